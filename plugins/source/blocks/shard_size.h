// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kvs/sdk/limits.h"

namespace kvs::source::blocks {

/// Over how many store-gateways the blocks of the call's tenant are spread; 0: all. Gateways and
/// those who ask them must say the same. [worker]
inline uint32_t ShardSizeOf(const sdk::LimiterRef& limiter, const sdk::Call& call,
                            int64_t configured) {
  return sdk::AskShardSize(limiter, call, "store_gateway_tenant_shard_size", configured);
}

}  // namespace kvs::source::blocks
