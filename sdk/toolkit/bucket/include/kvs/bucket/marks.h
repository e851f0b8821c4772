// SPDX-License-Identifier: Apache-2.0
// Marks: small files that say what shall become of a block, or of a whole tenant. Each is parsed
// from and formatted to JSON as Mimir and Thanos have it; errors are DataLoss and name the member.
// Times are Unix seconds. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/tsdb/ulid.h"

namespace kvs::bucket {

/// The block will be removed some time after.
struct DeletionMark {
  tsdb::Ulid id;
  int64_t deletion_time_s = 0;
  std::string details;

  friend bool operator==(const DeletionMark&, const DeletionMark&) = default;
};
StatusOr<DeletionMark> ParseDeletionMark(std::string_view json);
std::string FormatDeletionMark(const DeletionMark& mark);

inline constexpr std::string_view kNoCompactManual = "manual";
inline constexpr std::string_view kNoCompactIndexSize = "index-size-exceeding";
inline constexpr std::string_view kNoCompactOutOfOrderChunks = "block-index-out-of-order-chunk";
inline constexpr std::string_view kNoCompactCritical = "critical";

/// The block stays as it is: the compactor leaves it out.
struct NoCompactMark {
  tsdb::Ulid id;
  int64_t no_compact_time_s = 0;
  std::string reason;  ///< One of the above, or what somebody else wrote.
  std::string details;

  friend bool operator==(const NoCompactMark&, const NoCompactMark&) = default;
};
StatusOr<NoCompactMark> ParseNoCompactMark(std::string_view json);
std::string FormatNoCompactMark(const NoCompactMark& mark);

/// All of a tenant's blocks will be removed.
struct TenantDeletionMark {
  int64_t deletion_time_s = 0;
  int64_t finished_time_s = 0;  ///< When the last block was gone; 0: not yet.

  friend bool operator==(const TenantDeletionMark&, const TenantDeletionMark&) = default;
};
StatusOr<TenantDeletionMark> ParseTenantDeletionMark(std::string_view json);
std::string FormatTenantDeletionMark(const TenantDeletionMark& mark);

}  // namespace kvs::bucket
