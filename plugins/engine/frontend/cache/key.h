// SPDX-License-Identifier: Apache-2.0
// What has to be equal for one query to be answered with what another one was.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/abi/port/query_engine.h"
#include "kvs/sdk/call.h"

namespace kvs::engine::frontend {

/// Of a query in one interval. The tenant, and what binds the caller to labels, are part of it, so
/// nobody is answered with what others may see; so is `generation`, of what the tenant has deleted.
/// `printed` is the expression as it is printed, so spaces and comments make no difference. [any]
std::string CacheKey(const sdk::Call& call, const kvs_query_t& query, std::string_view printed,
                     std::string_view generation, int64_t interval_ms, int64_t interval);

}  // namespace kvs::engine::frontend
