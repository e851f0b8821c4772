// SPDX-License-Identifier: Apache-2.0
// KeyPrefix: keeps the keys of a store below one prefix of a larger one.
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::objstore {

/// Immutable. [any]
class KeyPrefix {
 public:
  KeyPrefix() = default;
  /// Slashes at the ends do not matter: "blocks", "/blocks" and "blocks/" are one prefix. Empty:
  /// none.
  explicit KeyPrefix(std::string_view prefix);

  bool empty() const { return prefix_.empty(); }
  /// "blocks/", or empty.
  const std::string& text() const { return prefix_; }
  /// InvalidArgument when no key could begin with it.
  Status Check() const;

  /// The key in the larger store. Only of valid keys: others may become valid by it.
  std::string Add(std::string_view key) const { return prefix_ + std::string(key); }
  /// Back again: a view into `key`, which begins with the prefix; empty when it does not.
  std::string_view Strip(std::string_view key) const {
    return key.starts_with(prefix_) ? key.substr(prefix_.size()) : std::string_view();
  }

 private:
  std::string prefix_;
};

}  // namespace kvs::objstore
