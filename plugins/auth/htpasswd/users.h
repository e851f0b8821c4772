// SPDX-License-Identifier: Apache-2.0
// Users: what stands in the two files: hashed passwords, and what names are granted. Immutable.
// [any]
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/sdk/identity.h"

namespace kvs::auth::htpasswd {

class Users {
 public:
  struct User {
    std::string hash;
    std::shared_ptr<const sdk::Identity> identity;  ///< Null: nothing is granted to the name.
  };

  /// InvalidArgument with file's kind and line.
  static StatusOr<std::shared_ptr<const Users>> Parse(std::string_view users,
                                                      const std::string& grants);

  /// Null for an unknown name. Borrowed from this.
  const User* Find(std::string_view name) const;
  /// What a password of nobody is checked against, so that it takes as long as that of somebody.
  const std::string& decoy() const { return decoy_; }

 private:
  std::map<std::string, User, std::less<>> users_;
  std::string decoy_;
};

}  // namespace kvs::auth::htpasswd
