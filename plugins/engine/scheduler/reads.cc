// SPDX-License-Identifier: Apache-2.0
// Reads of labels and series: at any querier, and at another one when it cannot be reached.
#include <algorithm>

#include "engine.h"

namespace kvs::engine::scheduler {

template <typename In, typename Out>
sdk::Task Scheduler::Read(sdk::Method<In, Out> (sdk::SourceRef::*method)() const, sdk::Call call,
                          const In& in, Out& out) {
  co_await sdk::OnWorker(host_.executor());
  const StatusOr<int64_t> spread = SpreadOf(call);
  if (!spread.ok()) co_return spread.status();
  const int64_t attempts =
      std::min<int64_t>(config_.max_attempts, static_cast<int64_t>(queriers_.size()));
  for (int64_t attempt = 1;; ++attempt) {
    const sdk::SourceRef source = queriers_[places_->Any(call.tenant(), *spread)]->source;
    if (!source) co_return FailedPrecondition("this querier gives no series, only answers");
    Status status = co_await sdk::Async((source.*method)(), call, &in, &out);
    if (status.code() != StatusCode::kUnavailable || attempt >= attempts) co_return status;
    co_await sdk::OnWorker(host_.executor());
  }
}

sdk::Outcome Scheduler::Select(const sdk::Call& call, const kvs_select_t& in,
                               kvs_series_cursor_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, Read(&sdk::SourceRef::select, call, in, out));
}
sdk::Outcome Scheduler::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                                   kvs_strings_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, Read(&sdk::SourceRef::label_names, call, in, out));
}
sdk::Outcome Scheduler::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                                    kvs_strings_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, Read(&sdk::SourceRef::label_values, call, in, out));
}
sdk::Outcome Scheduler::Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                                 kvs_metadata_list_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, Read(&sdk::SourceRef::metadata, call, in, out));
}
sdk::Outcome Scheduler::Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                                  kvs_exemplar_list_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, Read(&sdk::SourceRef::exemplars, call, in, out));
}
sdk::Outcome Scheduler::Tenants(const sdk::Call& call, const kvs_label_query_t& in,
                                kvs_strings_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, Read(&sdk::SourceRef::tenants, call, in, out));
}

}  // namespace kvs::engine::scheduler
