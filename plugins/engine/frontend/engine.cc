// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/http/status_code.h"
#include "kvs/sdk/co.h"

#include "batch_run.h"
#include "range_run.h"

namespace kvs::engine::frontend {

Frontend::Frontend(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      admission_(host, config_),
      generations_(host.clock(), config_.deletions_interval.ms) {}

sdk::Outcome Frontend::Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                             sdk::Completer& completer) {
  return sdk::Run(completer, Answer(call, in, out));
}

sdk::Task Frontend::Answer(sdk::Call call, const kvs_query_t& in, kvs_query_result_t& out) {
  // Parsing, and asking for limits, is for a worker; none is held from the first wait on.
  co_await sdk::OnWorker(host_.executor());
  const bool is_range = (in.flags & KVS_QUERY_RANGE) != 0;
  metrics_.queries.With({is_range ? "query_range" : "query", call.tenant()}).Add();
  const int64_t begin_ns = host_.clock().MonotonicNs();
  Status status = co_await AnswerAdmitted(call, in, out);
  if (is_range) {
    // Under the name of Mimir's middleware that its dashboards divide the parts by.
    metrics_.range_seconds
        .With({"split_by_interval_and_results_cache", StrCat(http::HttpCode(status))})
        .Observe(static_cast<double>(host_.clock().MonotonicNs() - begin_ns) / 1e9);
  }
  co_return status;
}

sdk::Co<Status> Frontend::AnswerAdmitted(sdk::Call call, const kvs_query_t& in,
                                         kvs_query_result_t& out) {
  const StatusOr<Admitted> admitted = admission_.Admit(limits, call, in);
  if (!admitted.ok()) co_return admitted.status();
  if (!admitted->can_be_cut) {
    Status status = co_await sdk::Async(next.query(), call, &admitted->query, &out);
    co_return status;
  }
  RangeRun run({host_.executor(), host_.clock(), host_.log(), next, cache, store, config_, metrics_,
                generations_},
               call, *admitted);
  Status status = co_await run.Go(out);
  co_return status;
}

sdk::Outcome Frontend::QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                                  kvs_query_answers_t& out, sdk::Completer& completer) {
  if (out.n_answers != in.n_queries) {
    return InvalidArgument("a batch of ", in.n_queries, " queries with room for ", out.n_answers,
                           " answers");
  }
  // Before any is let in, which may be counted.
  for (uint64_t i = 0; i < in.n_queries; ++i) {
    if ((in.queries[i]->flags & KVS_QUERY_RANGE) != 0)
      return Unimplemented("range queries are answered one at a time");
  }
  return sdk::Run(completer, AnswerBatch(call, in, out));
}

sdk::Task Frontend::AnswerBatch(sdk::Call call, const kvs_query_batch_t& in,
                                kvs_query_answers_t& out) {
  co_await sdk::OnWorker(host_.executor());
  BatchRun run(next, host_.executor(), call, in, out);
  for (uint64_t i = 0; i < in.n_queries; ++i) {
    metrics_.queries.With({"query", call.tenant()}).Add();
    const StatusOr<Admitted> admitted = admission_.Admit(limits, call, *in.queries[i]);
    if (admitted.ok()) {
      run.Add(i, admitted->query);
    } else {
      run.Refuse(i, admitted.status());
    }
  }
  Status status = co_await run.Go();
  co_return status;
}

}  // namespace kvs::engine::frontend
