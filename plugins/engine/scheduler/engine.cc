// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#include <algorithm>
#include <utility>

#include "kvs/sdk/limits.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/query_priority.h"

namespace kvs::engine::scheduler {
namespace {

// How late a query may end after its deadline while it waits, and how late it is seen that a
// querier is to be tried again.
constexpr int64_t kTickMs = 100;

}  // namespace

Scheduler::Scheduler(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      tick_([this] { places_->Tick(); }),
      collect_([this] { Collect(); }) {
  host_.metrics().OnCollect(&collect_);
}

Status Scheduler::Check() {
  std::vector<std::string> addresses;
  for (const std::string& address : config_.addresses)
    if (!address.empty()) addresses.push_back(address);
  if (!addresses.empty() && !dialer)
    return FailedPrecondition("addresses are reached through the port dialer, which is not linked");
  if (addresses.empty() && engines.empty())
    return FailedPrecondition("there is no querier: name addresses, or link the port engines");
  return OkStatus();
}

sdk::Outcome Scheduler::Start(const sdk::Call&, sdk::Completer& completer) {
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    std::vector<std::string> addresses;
    for (const std::string& address : config_.addresses)
      if (!address.empty()) addresses.push_back(address);
    StatusOr<std::vector<std::unique_ptr<Querier>>> opened =
        OpenQueriers(engines, dialer, addresses);
    if (!opened.ok()) return (*done)(opened.status());
    queriers_ = *std::move(opened);
    std::vector<std::string> names;
    for (const auto& querier : queriers_) names.push_back(querier->name);
    places_ = std::make_unique<Places>(
        host_.executor(), host_.clock(), std::move(names),
        PlacesOptions{config_.max_concurrent_per_querier,
                      config_.max_outstanding_requests_per_tenant, config_.querier_pause.ms});
    ticker_ = host_.timer().After(kTickMs, kTickMs, &tick_);
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

sdk::Outcome Scheduler::Stop(const sdk::Call&, sdk::Completer&) {
  host_.timer().Cancel(std::exchange(ticker_, 0));
  return OkStatus();
}

void Scheduler::Collect() {
  if (places_ == nullptr) return;  // Not started yet.
  metrics_.inflight.Set(static_cast<double>(inflight_.load()));
  metrics_.queriers.Set(static_cast<double>(places_->healthy()));
  const MutexLock lock(mutex_);
  for (const std::string& tenant : shown_) metrics_.ShowWaiting(tenant, 0);
  places_->ForEachLine([this](std::string_view tenant, int64_t waiting) KVS_REQUIRES(mutex_) {
    shown_.emplace(tenant);
    metrics_.ShowWaiting(tenant, waiting);
  });
}

StatusOr<int64_t> Scheduler::SpreadOf(const sdk::Call& call) const {
  KVS_ASSIGN_OR_RETURN(const double limit, sdk::AskLimit(limits, call, "max_queriers_per_tenant"));
  return limit > 0 ? static_cast<int64_t>(limit) : config_.max_queriers_per_tenant;
}

sdk::Outcome Scheduler::Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                              sdk::Completer& completer) {
  return sdk::Run(completer, Answer(&sdk::EngineRef::query, call, sdk::PriorityOf(in), in, out));
}

sdk::Outcome Scheduler::QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                                   kvs_query_answers_t& out, sdk::Completer& completer) {
  if (in.n_queries == 0) return OkStatus();
  return sdk::Run(completer,
                  Answer(&sdk::EngineRef::query_batch, call, sdk::PriorityOf(in), in, out));
}

template <typename In, typename Out>
sdk::Task Scheduler::Answer(EngineMethod<In, Out> method, sdk::Call call, int32_t priority,
                            const In& in, Out& out) {
  co_await sdk::OnWorker(host_.executor());
  inflight_.fetch_add(1);
  Status status = co_await AnswerCounted(method, call, priority, in, out);
  inflight_.fetch_sub(1);
  co_return status;
}

template <typename In, typename Out>
sdk::Co<Status> Scheduler::AnswerCounted(EngineMethod<In, Out> method, sdk::Call call,
                                         int32_t priority, const In& in, Out& out) {
  const StatusOr<int64_t> spread = SpreadOf(call);
  if (!spread.ok()) co_return spread.status();
  for (int64_t attempt = 1;; ++attempt) {
    const int64_t since_ns = host_.clock().MonotonicNs();
    const StatusOr<size_t> place = co_await places_->Take(call, *spread, priority);
    metrics_.Waited(static_cast<double>(host_.clock().MonotonicNs() - since_ns) / 1e9);
    if (!place.ok()) {
      if (place.status().reason() == "too_many_requests") {
        metrics_.discarded.With({call.tenant()}).Add();
      }
      co_return place.status();
    }
    const Querier& querier = *queriers_[*place];
    Status status = co_await sdk::Async((querier.engine.*method)(), call, &in, &out);
    const bool unavailable = status.code() == StatusCode::kUnavailable;
    places_->Give(*place, !unavailable);
    if (!unavailable || attempt >= config_.max_attempts || !call.CheckAlive().ok()) {
      metrics_.retries.Observe(static_cast<double>(attempt - 1));
      co_return status;
    }
    host_.log().Warn(
        "a query is tried at another querier",
        {{"tenant", call.tenant()}, {"querier", querier.name}, {"error", status.message()}});
    // Whoever brought the failure is not to send the query again.
    co_await sdk::OnWorker(host_.executor());
  }
}

}  // namespace kvs::engine::scheduler
