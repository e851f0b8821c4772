// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kvs/sdk/limits.h"

namespace kvs::source::blocks {

/// Over how many store-gateways the blocks of the call's tenant are spread; 0: all. Gateways and
/// those who ask them must say the same. [worker]
inline uint32_t ShardSizeOf(const sdk::LimiterRef& limiter, const sdk::Call& call,
                            int64_t configured) {
  // NaN, too, is not above 0.
  const StatusOr<double> limit = sdk::AskLimit(limiter, call, "store_gateway_tenant_shard_size");
  return static_cast<uint32_t>(limit.ok() && *limit > 0 ? *limit : static_cast<double>(configured));
}

}  // namespace kvs::source::blocks
