// SPDX-License-Identifier: Apache-2.0
// Deletion: a tenant's request to delete series, an object in the bucket (see DeletionKey()). As
// long as it is there, readers leave the samples out; the compactor takes them out of blocks, and
// removes the request once nothing that could hold them is left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/ulid.h"

namespace kvs::bucket {

struct Deletion {
  tsdb::Ulid id;                       ///< Younger requests have greater ones.
  std::vector<std::string> selectors;  ///< PromQL; a series is meant that any of them selects.
  int64_t start_ms = 0;                ///< Both ends are deleted.
  int64_t end_ms = 0;
  int64_t created_at_ms = 0;

  friend bool operator==(const Deletion&, const Deletion&) = default;
};

/// DataLoss names the member. [any]
StatusOr<Deletion> ParseDeletion(std::string_view json);
std::string FormatDeletion(const Deletion& deletion);

}  // namespace kvs::bucket
