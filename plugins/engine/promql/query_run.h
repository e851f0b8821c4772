// SPDX-License-Identifier: Apache-2.0
// One query, from its text to its result.
#pragma once

#include <memory>

#include "kvs/abi/port/query_engine.h"
#include "kvs/query/query_rules.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/series_source.h"

#include "config.h"
#include "stats.h"
#include "value/features.h"
#include "value/memory.h"

namespace kvs::engine::promql {

/// What all queries of an engine share.
struct EngineParts {
  sdk::Executor executor;
  sdk::Clock clock;
  sdk::SourceRef source;
  sdk::LimiterRef limiter;  ///< May be missing.
  const Config& config;
  const Features& features;
  std::shared_ptr<MemoryPool> memory;
  query::QueryRuleBook& rules;
};

/// Parses, plans, evaluates and hands out. Fills `usage`, but for the time in the queue, which
/// stands there already, also where it fails. [worker]
Status RunQuery(const EngineParts& parts, const sdk::Call& caller, const kvs_query_t& in,
                kvs_query_result_t& out, Usage& usage);

}  // namespace kvs::engine::promql
