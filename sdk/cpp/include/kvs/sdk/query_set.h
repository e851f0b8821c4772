// SPDX-License-Identifier: Apache-2.0
// Several queries asked together, for callers that may wait.
//
//   sdk::QuerySet batch;
//   for (const kvs_query_t& query : queries) batch.Add(query);
//   batch.Ask(engine, executor, call, {.max_parallel = 4});
//   if (batch.status(0).ok()) sdk::Owned<kvs_query_result_t> first = batch.TakeResult(0);
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/query_engine.h"

namespace kvs::sdk {

/// Room for the answers to a batch of queries.
class QueryAnswers {
 public:
  explicit QueryAnswers(size_t n);
  // The record points at its members.
  QueryAnswers(const QueryAnswers&) = delete;
  QueryAnswers& operator=(const QueryAnswers&) = delete;
  ~QueryAnswers();

  /// To be filled, by query_batch().
  kvs_query_answers_t* out() { return &record_; }

  size_t size() const { return answers_.size(); }
  /// UNKNOWN where nobody filled it; once.
  Status TakeStatus(size_t i);
  int64_t wall_ns(size_t i) const { return answers_[i].wall_ns; }
  const kvs_query_result_t& result(size_t i) const { return *results_[i]; }
  /// Once.
  Owned<kvs_query_result_t> TakeResult(size_t i) { return std::move(results_[i]); }

 private:
  std::vector<Owned<kvs_query_result_t>> results_;
  std::vector<kvs_error_t> errors_;
  std::vector<kvs_query_answer_t> answers_;
  kvs_query_answers_t record_;
};

/// Asked once. Not shared between threads.
class QuerySet {
 public:
  struct Options {
    uint32_t max_parallel = 1;  ///< Queries evaluated at once.
    int64_t timeout_ms = 0;     ///< Of each query; 0: the call's deadline alone.
  };

  /// Copies the record; what it points at is borrowed until Ask() has ended.
  void Add(const kvs_query_t& query) { queries_.push_back(query); }
  size_t size() const { return queries_.size(); }

  /// Asks an engine that does not plan queries together one by one. Afterwards every query has a
  /// status. [worker]
  void Ask(const EngineRef& engine, const Executor& executor, const Call& call,
           const Options& options);

  const Status& status(size_t i) const { return ended_[i].status; }
  /// How long planning and evaluating it took.
  int64_t wall_ns(size_t i) const { return ended_[i].wall_ns; }
  /// Of a query that succeeded; once.
  Owned<kvs_query_result_t> TakeResult(size_t i) { return std::move(ended_[i].result); }

 private:
  struct Ended {
    Status status;
    int64_t wall_ns = 0;
    Owned<kvs_query_result_t> result;
  };
  Status AskTogether(const EngineRef& engine, const Call& call, const Options& options);
  void AskAlone(size_t i, const EngineRef& engine, const Call& call, const Options& options);

  std::vector<kvs_query_t> queries_;
  std::vector<Ended> ended_;
};

}  // namespace kvs::sdk
