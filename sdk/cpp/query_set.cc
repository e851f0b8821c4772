// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/query_set.h"

namespace kvs::sdk {

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
  std::vector<kvs_error_t> errors(queries_.size(), Record<kvs_error_t>());
  std::vector<kvs_query_answer_t> answers(queries_.size());
  for (size_t i = 0; i < queries_.size(); ++i) {
    pointers.push_back(&queries_[i]);
    answers[i] = {ended_[i].result.out(), &errors[i], 0, KVS_UNKNOWN, 0};
  }
  auto in = Record<kvs_query_batch_t>();
  in.max_parallel = options.max_parallel;
  in.queries = pointers.data();
  in.n_queries = pointers.size();
  in.timeout_ms = options.timeout_ms;
  auto out = Record<kvs_query_answers_t>();
  out.answers = answers.data();
  out.n_answers = answers.size();
  KVS_RETURN_IF_ERROR(Await(engine.query_batch(), call, &in, &out));
  for (size_t i = 0; i < queries_.size(); ++i) {
    ended_[i].status = Import(answers[i].code, &errors[i]);
    ended_[i].wall_ns = answers[i].wall_ns;
  }
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
