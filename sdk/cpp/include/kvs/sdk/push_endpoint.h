// SPDX-License-Identifier: Apache-2.0
// PushEndpoint: what every way in does, whatever its protocol. A request is decoded on the event
// loop, or on a worker when it is large; its batch goes to the next sink, which may answer later;
// the answer is written and everything is counted. Large ones take turns by tenant, and have no
// more than a quarter of the workers at a time, so that neither another tenant's pushes nor
// anybody's queries stand behind one tenant's flood. A tenant whose requests are refused as a whole
// is told so no faster than `refusals_per_second`, for refusing costs nearly what serving does. A
// protocol derives, says how a body is decoded, and how an end is answered.
//
//   struct Push : sdk::PushRequest { using PushRequest::PushRequest; ...; };
//   class PushHandler final : public sdk::PushEndpoint<Push> {
//     Status Decode(Push& push) override;                              // Sets push.view.batch.
//     sdk::HttpReply Answer(Push& push, const Status& end) override;
//   };
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string_view>
#include <utility>

#include "kvs/sdk/call.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/pause.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/push_limits.h"
#include "kvs/sdk/push_metrics.h"
#include "kvs/sdk/push_settings.h"
#include "kvs/sdk/refusal_pace.h"
#include "kvs/sdk/turns.h"

namespace kvs::sdk {

/// One request under way. Protocols add what their answer needs.
struct PushRequest {
  PushRequest(const Call& c, const kvs_http_request_t& i, kvs_http_reply_t& o,
              const Completer& completer)
      : call(c.raw()), in(i), out(o), completion(*completer.raw()), error(completer.error()) {}

  const Call call;
  const kvs_http_request_t& in;
  kvs_http_reply_t& out;
  const kvs_completion_t completion;
  kvs_error_t* const error;

  std::string_view version;  ///< of the protocol, eg: "2.0"; static
  bool decoded = false;      ///< by Decode(): the body made sense
  size_t body_bytes = 0;     ///< by Decode(): its size after decompression
  Status refused;  ///< by Decode(): what of the body was left out, though the rest is in the batch
  kvs_write_view_t view =
      Record<kvs_write_view_t>();  ///< by Decode(): batch; null or empty: nothing to write
  kvs_write_result_t result = Record<kvs_write_result_t>();

  // Handle() leaves and the push ends, in either order, perhaps on two threads: whoever comes
  // second knows of the other.
  enum : int { kRunning, kLeft, kEnded };
  std::atomic<int> state{kRunning};
};

template <typename Push>
class PushEndpoint : public Component, public HttpHandler {
 public:
  RoutesRef http;
  SinkRef next;

  Outcome Stop(const Call& /*call*/, Completer& /*completer*/) override {
    http.RemoveAll(host_.component());
    return OkStatus();
  }

  Outcome Handle(const Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                 Completer& completer) override {
    const auto push = std::make_shared<Push>(call, in, out, completer);
    if (const Status may = limits_.Enter(in.body.size, clock_.MonotonicNs()); !may.ok()) {
      End(push, may);
    } else if (in.body.size <= inline_bytes_) {
      Run(push);
    } else {
      RunInTurn(push);
    }
    return push->state.exchange(Push::kLeft) == Push::kEnded ? Outcome(OkStatus()) : Pending();
  }

 protected:
  /// Bodies above `inline_bytes` are decoded on a worker. `handler` is a label of metrics.
  PushEndpoint(Host host, const PushSettings& settings, int64_t inline_bytes,
               std::string_view handler)
      : host_(host),
        inline_bytes_(static_cast<uint64_t>(std::max<int64_t>(inline_bytes, 0))),
        executor_(host.executor()),
        clock_(host.clock()),
        metrics_(host.metrics(), handler),
        limits_(host.metrics(), settings),
        pace_(settings.refusals_per_second),
        turns_(std::make_shared<Turns<Push>>(std::max<int64_t>(2, executor_.worker_count() / 4),
                                             kWaitingOfTenant)) {
    std::random_device random;
    secret_ = (uint64_t{random()} << 32) | random();
  }

  /// Sets what PushRequest leaves to it. Whatever the batch borrows from lives in the push.
  /// [reactor or worker]
  virtual Status Decode(Push& push) = 0;
  /// The answer to a push that ended so: refused by Decode() or by the sink, or OK. [any]
  virtual HttpReply Answer(Push& push, const Status& end) = 0;

  const Host& host() const { return host_; }
  PushMetrics& metrics() { return metrics_; }
  /// Seeds series keys, so that nobody outside can make two series collide.
  uint64_t secret() const { return secret_; }

 private:
  // Pushes of one tenant that wait with their bodies.
  static constexpr int64_t kWaitingOfTenant = 1000;

  void RunInTurn(const std::shared_ptr<Push>& push) {
    const TurnAnswer turn = turns_->Ask(push->call.tenant(), push, [] {});
    if (turn == TurnAnswer::kRun) RunOnWorker(push);
    if (turn != TurnAnswer::kFull) return;
    constexpr std::string_view kReason = "err-mimir-distributor-max-inflight-push-requests";
    End(push, Unavailable("more than ", kWaitingOfTenant,
                          " write requests of the tenant are waiting (", kReason, ")")
                  .WithReason(std::string(kReason)));
  }
  void RunOnWorker(const std::shared_ptr<Push>& push) {
    // The last push that ends may take this along: only one that waits needs it.
    executor_.PostWorker([this, push, turns = turns_] {
      Run(push);
      if (const std::shared_ptr<Push> next = turns->Next()) RunOnWorker(next);
    });
  }

  void Run(const std::shared_ptr<Push>& push) {
    Status status = push->call.CheckAlive();
    if (status.ok()) status = Decode(*push);
    if (!status.ok()) return End(push, status);
    const kvs_write_batch_t* const batch = push->view.batch;
    if (batch == nullptr || (batch->n_series == 0 && batch->n_metadata == 0))
      return End(push, OkStatus());
    sdk::Start(next.write(), push->call, &push->view, &push->result,
               [this, push](const Status& written) { End(push, written); });
  }

  void End(const std::shared_ptr<Push>& ended, const Status& written) {
    Push& push = *ended;
    const Status end = written.ok() ? push.refused : written;
    if (written.ok() && push.view.batch != nullptr) {
      // All of it was accepted, whether or not the sink has counted.
      const kvs_write_batch_t& batch = *push.view.batch;
      push.result.samples_accepted = batch.n_samples;
      push.result.histograms_accepted =
          batch.histograms == nullptr ? 0 : batch.histograms->n_histograms;
      push.result.exemplars_accepted =
          batch.exemplars == nullptr ? 0 : batch.exemplars->n_exemplars;
    } else if (!end.partial()) {
      push.result = Record<kvs_write_result_t>();
    }
    Count(push, end);
    Send(Answer(push, end), push.out);
    limits_.Leave(push.in.body.size);
    if (const uint64_t n = push.result.samples_accepted + push.result.histograms_accepted; n > 0)
      limits_.NoteSamples(n, clock_.MonotonicNs());
    if (const int64_t wait_ms = WaitMs(push, end); wait_ms > 0) {
      TellLater(ended, wait_ms);
    } else {
      Tell(push);
    }
  }

  // How long the refusal of a request of which nothing was written waits. What is full or down has
  // no reason to be patient with: those answers carry Retry-After.
  int64_t WaitMs(const Push& push, const Status& end) {
    if (end.ok() || push.result.samples_accepted + push.result.histograms_accepted > 0) return 0;
    const bool refused = end.code() == StatusCode::kInvalidArgument ||
                         end.code() == StatusCode::kFailedPrecondition ||
                         end.code() == StatusCode::kResourceExhausted;
    if (!refused) return 0;
    return pace_.WaitMs(push.call.tenant(), push.in.body.size, clock_.MonotonicNs());
  }

  Detached TellLater(std::shared_ptr<Push> push, int64_t wait_ms) {
    metrics_.refusals_held.Add();
    {
      Pause pause(host_, push->call, wait_ms);
      (void)co_await pause;
    }
    pace_.Told(push->call.tenant(), push->in.body.size);
    Tell(*push);
  }

  void Tell(Push& push) {
    if (push.state.exchange(Push::kEnded) == Push::kLeft)
      Completion(push.completion, push.error)(OkStatus());
  }

  void Count(const Push& push, const Status& end) {
    const std::string_view tenant = push.call.tenant();
    metrics_.RequestsIn(tenant, push.version).Add();
    if (!push.decoded) return;
    const TenantPushMetrics& cells = metrics_.Of(tenant);
    cells.received_requests.Add();
    cells.body_bytes.Observe(static_cast<double>(push.body_bytes));
    if (push.view.batch == nullptr) return;
    const kvs_write_batch_t& batch = *push.view.batch;
    const auto add = [](const Cell& cell, uint64_t n) {
      if (n > 0) cell.Add(static_cast<double>(n));
    };
    add(cells.samples_in, uint64_t{batch.n_samples} +
                              (batch.histograms == nullptr ? 0 : batch.histograms->n_histograms));
    add(cells.exemplars_in, batch.exemplars == nullptr ? 0 : batch.exemplars->n_exemplars);
    add(cells.metadata_in, batch.n_metadata);
    add(cells.received_samples, push.result.samples_accepted + push.result.histograms_accepted);
    add(cells.received_histograms, push.result.histograms_accepted);
    // Of the whole batch: sinks do not say which of its histograms they took.
    if (push.result.histograms_accepted > 0) {
      const kvs_histogram_columns_t& h = *batch.histograms;
      add(cells.received_buckets, h.positive_bucket_begin[h.n_histograms] +
                                      h.negative_bucket_begin[h.n_histograms] -
                                      h.positive_bucket_begin[0] - h.negative_bucket_begin[0]);
    }
    add(cells.received_exemplars, push.result.exemplars_accepted);
    if (end.ok()) add(cells.received_metadata, batch.n_metadata);
    if (batch.n_samples > 0 && push.result.samples_accepted > 0) {
      const int64_t latest =
          *std::max_element(batch.timestamp_ms, batch.timestamp_ms + batch.n_samples);
      cells.latest_seconds.Set(static_cast<double>(latest) / 1000);
    }
  }

  const Host host_;
  const uint64_t inline_bytes_;
  const Executor executor_;
  const Clock clock_;
  PushMetrics metrics_;
  PushLimits limits_;
  RefusalPace pace_;
  const std::shared_ptr<Turns<Push>> turns_;
  uint64_t secret_ = 0;
};

}  // namespace kvs::sdk
