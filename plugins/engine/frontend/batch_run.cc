// SPDX-License-Identifier: Apache-2.0
#include "batch_run.h"

#include "kvs/sdk/owned.h"
#include "kvs/sdk/status.h"
#include "kvs/sdk/str.h"
#include "kvs/sdk/task.h"

namespace kvs::engine::frontend {

void BatchRun::Add(uint64_t i, const kvs_query_t& query) {
  queries_.push_back(query);
  places_.push_back(i);
  answers_.push_back(out_.answers[i]);  // Result and error are the caller's.
}

sdk::Co<Status> BatchRun::Go() {
  Status asked = co_await AskTogether();
  if (asked.code() == StatusCode::kUnimplemented) {
    Status alone = co_await AskOneByOne();
    asked = std::move(alone);
  }
  if (!asked.ok()) co_return asked;
  for (size_t i = 0; i < places_.size(); ++i) out_.answers[places_[i]] = answers_[i];
  for (const auto& [i, why] : refused_)
    out_.answers[i].code = sdk::Export(why, out_.answers[i].error);
  co_return OkStatus();
}

sdk::Co<Status> BatchRun::AskTogether() {
  if (queries_.empty()) co_return OkStatus();
  std::vector<const kvs_query_t*> pointers;
  for (const kvs_query_t& query : queries_) pointers.push_back(&query);
  kvs_query_batch_t in = sdk::CopyOf(in_);
  in.queries = pointers.data();
  in.n_queries = pointers.size();
  auto out = sdk::Record<kvs_query_answers_t>();
  out.answers = answers_.data();
  out.n_answers = answers_.size();
  Status status = co_await sdk::Async(next_.query_batch(), call_, &in, &out);
  co_return status;
}

sdk::Co<Status> BatchRun::AskOneByOne() {
  for (size_t i = 0; i < queries_.size(); ++i) {
    co_await sdk::OnWorker(executor_);  // Whoever brought the answer is not to send the next query.
    sdk::OwnedCall one(call_, call_.tenant());
    if (in_.timeout_ms > 0) one.WithTimeoutMs(in_.timeout_ms);
    const int64_t began_ns = sdk::MonotonicNs();
    const Status status =
        co_await sdk::Async(next_.query(), one.call(), &queries_[i], answers_[i].result);
    answers_[i].wall_ns = sdk::MonotonicNs() - began_ns;
    answers_[i].code = sdk::Export(status, answers_[i].error);
  }
  co_return OkStatus();
}

}  // namespace kvs::engine::frontend
