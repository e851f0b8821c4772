// SPDX-License-Identifier: Apache-2.0
// Tokens: from a bearer token to the identity it stands for. Only digests are kept, and the token
// shown is looked up by its digest: how long that takes tells nothing about tokens. Immutable.
// [any]
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kvs/auth/crypto.h"
#include "kvs/base/status.h"
#include "kvs/sdk/identity.h"

namespace kvs::auth::token {

class Tokens {
 public:
  /// Of the YAML of a tokens file. InvalidArgument with the line.
  static StatusOr<std::shared_ptr<const Tokens>> Parse(const std::string& yaml);

  /// Null for a token that nobody has.
  std::shared_ptr<const sdk::Identity> Find(std::string_view token) const;

 private:
  struct DigestHash {
    size_t operator()(const Digest& digest) const;
  };
  std::unordered_map<Digest, std::shared_ptr<const sdk::Identity>, DigestHash> by_digest_;
};

}  // namespace kvs::auth::token
