// SPDX-License-Identifier: Apache-2.0
// Instant queries that are asked together, as those of a group of rules: each is let in or refused
// by itself, and the next engine gets the others together, so that it may read once what they
// share. They are not sharded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/query_engine.h"

namespace kvs::engine::frontend {

/// Lives in the coroutine that awaits Go(), once.
class BatchRun {
 public:
  BatchRun(const sdk::EngineRef& next, const sdk::Executor& executor, const sdk::Call& call,
           const kvs_query_batch_t& in, kvs_query_answers_t& out)
      : next_(next), executor_(executor), call_(call), in_(in), out_(out) {}

  /// The i-th query was let in, as `query`.
  void Add(uint64_t i, const kvs_query_t& query);
  void Refuse(uint64_t i, Status why) { refused_.emplace_back(i, std::move(why)); }

  /// OK: every answer is filled; any other: none.
  sdk::Co<Status> Go();

 private:
  sdk::Co<Status> AskTogether();
  /// For engines that answer one query at a time. Queries that were let in are counted as asked, so
  /// the caller is not to ask again.
  sdk::Co<Status> AskOneByOne();

  const sdk::EngineRef next_;
  const sdk::Executor executor_;
  const sdk::Call call_;
  const kvs_query_batch_t& in_;
  kvs_query_answers_t& out_;
  std::vector<kvs_query_t> queries_;  ///< Those that were let in.
  std::vector<uint64_t> places_;      ///< And where they stand.
  std::vector<kvs_query_answer_t> answers_;
  std::vector<std::pair<uint64_t, Status>> refused_;
};

}  // namespace kvs::engine::frontend
