// SPDX-License-Identifier: Apache-2.0
// A query engine before another one: range queries are split, looked up in a cache, asked in
// shards, and put together again, so that nobody can tell from the answer.
#pragma once

#include <memory>

#include "kvs/sdk/co.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/cache.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/task.h"

#include "admission.h"
#include "cache/generations.h"
#include "config.h"
#include "metrics.h"

namespace kvs::engine::frontend {

/// Holds no thread while it waits. [any]
class Frontend final : public sdk::Component, public sdk::QueryEngine {
 public:
  Frontend(sdk::Host host, Config config);

  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                     sdk::Completer& completer) override;
  /// Of instant queries; range queries are cut, each by itself: UNIMPLEMENTED.
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                          kvs_query_answers_t& out, sdk::Completer& completer) override;

  sdk::EngineRef next;     ///< Required port "next".
  sdk::CacheRef cache;     ///< Optional port "cache".
  sdk::LimiterRef limits;  ///< Optional port "limits".
  sdk::StoreRef store;     ///< Optional port "store": where deletions of series are.

 private:
  sdk::Task Answer(sdk::Call call, const kvs_query_t& in, kvs_query_result_t& out);
  sdk::Co<Status> AnswerAdmitted(sdk::Call call, const kvs_query_t& in, kvs_query_result_t& out);
  sdk::Task AnswerBatch(sdk::Call call, const kvs_query_batch_t& in, kvs_query_answers_t& out);

  const sdk::Host host_;
  const Config config_;
  const Metrics metrics_;
  Admission admission_;
  Generations generations_;
};

}  // namespace kvs::engine::frontend
