// SPDX-License-Identifier: Apache-2.0
// Keys: a JSON Web Key Set (RFC 7517), and verifying with it. A key is good for one algorithm,
// which its own type says; what a token says of its algorithm only has to agree. Immutable. [any]
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>

#include "kvs/base/status.h"

#include "token.h"

namespace kvs::auth::jwt {

class Keys {
 public:
  /// Keys for other purposes, of other types and too weak ones are left out. InvalidArgument when
  /// it is no key set, or none is left.
  static StatusOr<std::shared_ptr<const Keys>> Parse(const std::string& json);

  enum class Verdict { kGood, kBad, kUnknownKey };
  /// With the key that the token names; with every key of its algorithm when it names none.
  Verdict Verify(const Token& token) const;
  size_t size() const { return keys_.size(); }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  struct Key {
    std::string id;
    Algorithm algorithm;
    std::unique_ptr<EVP_PKEY, Free> key;
  };
  static bool Fits(const Key& key, const Token& token);

  std::vector<Key> keys_;
};

}  // namespace kvs::auth::jwt
