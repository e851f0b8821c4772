// SPDX-License-Identifier: Apache-2.0
// Many queriers as one engine: queries wait here, fairly, and go to a querier that has room; one
// that a querier fails without being to blame is tried at another.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "metrics.h"
#include "places.h"
#include "queriers.h"

namespace kvs::engine::scheduler {

/// Holds no thread while a query waits or is at a querier. [any]
class Scheduler final : public sdk::Component, public sdk::QueryEngine, public sdk::SeriesSource {
 public:
  Scheduler(sdk::Host host, Config config);

  Status Check() override;
  sdk::Outcome Start(const sdk::Call&, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call&, sdk::Completer&) override;

  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                     sdk::Completer& completer) override;
  /// A batch takes the place of one query, and goes to one querier, which may then read once what
  /// its queries share.
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                          kvs_query_answers_t& out, sdk::Completer& completer) override;

  // Reads of labels and series go to any querier: they are short, and do not wait.
  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override;
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer& completer) override;
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer& completer) override;
  sdk::Outcome Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                        kvs_metadata_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                         kvs_exemplar_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer& completer) override;

  std::vector<sdk::EngineRef> engines;  ///< Ports "engines", may be empty.
  sdk::DialerRef dialer;                ///< Optional port "dialer".
  sdk::LimiterRef limits;               ///< Optional port "limits".

 private:
  template <typename In, typename Out>
  using EngineMethod = sdk::Method<In, Out> (sdk::EngineRef::*)() const;
  template <typename In, typename Out>
  sdk::Task Answer(EngineMethod<In, Out> method, sdk::Call call, int32_t priority, const In& in,
                   Out& out);
  /// Tries queriers until one answers.
  template <typename In, typename Out>
  sdk::Co<Status> AnswerCounted(EngineMethod<In, Out> method, sdk::Call call, int32_t priority,
                                const In& in, Out& out);
  template <typename In, typename Out>
  sdk::Task Read(sdk::Method<In, Out> (sdk::SourceRef::*method)() const, sdk::Call call,
                 const In& in, Out& out);
  /// Over how many queriers the tenant is spread. [worker]
  StatusOr<int64_t> SpreadOf(const sdk::Call& call) const;
  void Collect();

  const sdk::Host host_;
  const Config config_;
  const Metrics metrics_;
  std::vector<std::unique_ptr<Querier>> queriers_;
  std::unique_ptr<Places> places_;
  std::function<void()> tick_, collect_;
  uint64_t ticker_ = 0;
  std::atomic<int64_t> inflight_{0};
  Mutex mutex_;
  std::set<std::string, std::less<>> shown_ KVS_GUARDED_BY(mutex_);  ///< Tenants that have a gauge.
};

}  // namespace kvs::engine::scheduler
