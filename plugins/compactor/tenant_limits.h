// SPDX-License-Identifier: Apache-2.0
// What the limiter says of a tenant that the compactor wants to know, under Mimir's names; the
// configuration where it says nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/sdk/port/limiter.h"

#include "config.h"

namespace kvs::compactor {

struct TenantLimits {
  int64_t retention_ms = 0;     ///< Of samples; 0: for ever.
  int64_t retention_5m_ms = 0;  ///< Of aggregates over 5 minutes; 0: that of samples.
  int64_t retention_1h_ms = 0;  ///< Of aggregates over an hour; 0: that of samples.
  bool downsampling = false;
  int64_t downsample_5m_after_ms = 0;  ///< From a block's end on.
  int64_t downsample_1h_after_ms = 0;
  uint64_t shards = 0;
  uint64_t split_groups = 1;
  int64_t partial_block_delay_ms = 0;  ///< 0: never.
  bool upload_enabled = false;
  bool upload_validation = true;
  bool upload_verify_chunks = true;
  int64_t upload_max_bytes = 0;  ///< 0: any size.
  uint32_t shard_size = 0;       ///< Compactors of a ring that work for it; 0: all.

  /// Of blocks of a resolution, 0 of samples; 0: for ever.
  int64_t RetentionOf(int64_t resolution_ms) const;
};

/// `limiter` may be empty. [worker]
StatusOr<TenantLimits> ReadTenantLimits(const Config& config, const sdk::LimiterRef& limiter,
                                        std::string_view tenant);

}  // namespace kvs::compactor
