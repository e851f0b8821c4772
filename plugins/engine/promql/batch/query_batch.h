// SPDX-License-Identifier: Apache-2.0
// Queries that are planned together. One that is asked alone is a batch of one.
#pragma once

#include <cstdint>
#include <span>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"

#include "query_run.h"
#include "stats.h"

namespace kvs::engine::promql {

/// One query, where its answer goes, and how it ended.
struct BatchItem {
  const kvs_query_t* in = nullptr;
  kvs_query_result_t* out = nullptr;
  Usage usage;
  Status status;
};

struct BatchOptions {
  uint32_t max_parallel = 1;  ///< Evaluated at once.
  int64_t timeout_ms = 0;     ///< Of each, from when its evaluation begins; 0: none.
};

/// Plans all, then evaluates them; what several of them select is read once. Returns how many reads
/// were shared. [worker]
size_t RunBatch(const EngineParts& parts, const sdk::Call& caller, std::span<BatchItem> items,
                const BatchOptions& options);

}  // namespace kvs::engine::promql
