// SPDX-License-Identifier: Apache-2.0
// Listing keys that are paths, in the byte order of whole keys. Folders sort as their name with a
// "/" behind it: then "a-b", "a/b" and "a0" come in this order, as the keys do, though the folder's
// name alone is less than all of them.
#pragma once

#include <cstdint>
#include <string>

#include "kvs/base/status.h"
#include "kvs/objstore/listing.h"

namespace kvs::storage::filesystem {

/// What to list, as objstore::Listing was told.
struct ListRequest {
  std::string prefix, start_after, delimiter;
  /// Empty folders in which nothing has changed since are taken away: a put that was killed has
  /// made them, or a remove that was killed has left them, and nothing else would ever see them.
  int64_t abandoned_before_ms = 0;
};

/// Offers `listing` every key below `root` that can be on its page. What begins with `hidden` at
/// the top is left out. [worker]
Status ListFolder(const std::string& root, std::string_view hidden, const ListRequest& request,
                  objstore::Listing* listing);

}  // namespace kvs::storage::filesystem
