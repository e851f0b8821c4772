// SPDX-License-Identifier: Apache-2.0
#include "kvs/objstore/key_prefix.h"

#include "kvs/objstore/key.h"

namespace kvs::objstore {

KeyPrefix::KeyPrefix(std::string_view prefix) {
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!prefix.empty()) prefix_ = std::string(prefix) + "/";
}

Status KeyPrefix::Check() const {
  if (prefix_.empty()) return OkStatus();
  return Annotate(CheckKey(std::string_view(prefix_).substr(0, prefix_.size() - 1)),
                  "the prefix cannot begin a key");
}

}  // namespace kvs::objstore
