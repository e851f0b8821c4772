// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/query_set.h"

#include "kvs/sdk/status.h"

namespace kvs::sdk {

QueryAnswers::QueryAnswers(size_t n)
    : results_(n), errors_(n, Record<kvs_error_t>()), record_(Record<kvs_query_answers_t>()) {
  for (size_t i = 0; i < n; ++i)
    answers_.push_back({results_[i].out(), &errors_[i], 0, KVS_UNKNOWN, 0});
  record_.answers = answers_.data();
  record_.n_answers = n;
}

QueryAnswers::~QueryAnswers() {
  for (kvs_error_t& error : errors_) {
    if (error.release != nullptr) error.release(&error);
  }
}

Status QueryAnswers::TakeStatus(size_t i) {
  return Import(answers_[i].code, &errors_[i]);
}

void QuerySet::Ask(const EngineRef& engine, const Executor& executor, const Call& call,
                   const Options& options) {
  ended_ = std::vector<Ended>(queries_.size());
  if (queries_.size() > 1) {
    const Status status = AskTogether(engine, call, options);
    if (status.ok()) return;
    if (status.code() != StatusCode::kUnimplemented) {
      for (Ended& one : ended_) one.status = status;
      return;
    }
  }
  executor.Parallel(queries_.size(), options.max_parallel,
                    [&](uint64_t i) { AskAlone(i, engine, call, options); });
}

Status QuerySet::AskTogether(const EngineRef& engine, const Call& call, const Options& options) {
  std::vector<const kvs_query_t*> pointers;
  for (const kvs_query_t& query : queries_) pointers.push_back(&query);
  auto in = Record<kvs_query_batch_t>();
  in.max_parallel = options.max_parallel;
  in.queries = pointers.data();
  in.n_queries = pointers.size();
  in.timeout_ms = options.timeout_ms;
  QueryAnswers answers(queries_.size());
  KVS_RETURN_IF_ERROR(Await(engine.query_batch(), call, &in, answers.out()));
  for (size_t i = 0; i < queries_.size(); ++i)
    ended_[i] = {answers.TakeStatus(i), answers.wall_ns(i), answers.TakeResult(i)};
  return OkStatus();
}

void QuerySet::AskAlone(size_t i, const EngineRef& engine, const Call& call,
                        const Options& options) {
  Ended& one = ended_[i];
  OwnedCall narrowed(call, call.tenant());
  if (options.timeout_ms > 0) narrowed.WithTimeoutMs(options.timeout_ms);
  const int64_t began = MonotonicNs();
  one.status = Await(engine.query(), narrowed, &queries_[i], one.result.out());
  one.wall_ns = MonotonicNs() - began;
}

}  // namespace kvs::sdk
