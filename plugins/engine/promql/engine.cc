// SPDX-License-Identifier: Apache-2.0
// Who runs when, and what is told about it afterwards.

#include "engine.h"

#include <array>
#include <cstdio>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/http/status_code.h"
#include "kvs/sdk/query_priority.h"
#include "kvs/sdk/str.h"

namespace kvs::engine::promql {
namespace {

/// Of a query's text in the log.
constexpr size_t kLoggedTextMax = 2048;

Features ParsedFeatures(const Config& config) {
  StatusOr<Features> features = Features::Parse(config.enable_features);
  return features.ok() ? *features : Features();  // Validate() has refused what is not OK.
}

/// Empty for a call that is not traced.
std::string TraceId(const kvs_call_t& call) {
  std::string out;
  bool any = false;
  for (const uint8_t byte : call.trace_id) {
    std::array<char, 3> hex;
    std::snprintf(hex.data(), hex.size(), "%02x", byte);
    out.append(hex.data());
    any |= byte != 0;
  }
  return any ? out : std::string();
}

std::string Seconds(int64_t ns) {
  return StrCat(static_cast<double>(ns / 1000) / 1e6);
}

}  // namespace

PromqlEngine::PromqlEngine(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      features_(ParsedFeatures(config_)),
      metrics_(host.metrics()),
      memory_(std::make_shared<MemoryPool>(config_.max_memory.bytes)),
      rules_(host),
      turns_(config_.max_concurrent, config_.max_queued_per_tenant),
      collect_([this] {
        metrics_.running.Set(static_cast<double>(turns_.running()));
        metrics_.waiting.Set(static_cast<double>(turns_.waiting()));
        metrics_.memory.Set(static_cast<double>(memory_->used()));
      }) {
  host_.metrics().OnCollect(&collect_);
}

sdk::Outcome PromqlEngine::Query(const sdk::Call& call, const kvs_query_t& in,
                                 kvs_query_result_t& out, sdk::Completer& completer) {
  return RunInTurn(call, {.query = &in, .result = &out}, completer);
}

sdk::Outcome PromqlEngine::QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                                      kvs_query_answers_t& out, sdk::Completer& completer) {
  if (out.n_answers != in.n_queries) {
    return InvalidArgument("a batch of ", in.n_queries, " queries with room for ", out.n_answers,
                           " answers");
  }
  return RunInTurn(call, {.batch = &in, .answers = &out}, completer);
}

int32_t PromqlEngine::Asked::priority() const {
  return query != nullptr ? sdk::PriorityOf(*query) : sdk::PriorityOf(*batch);
}

sdk::Outcome PromqlEngine::RunInTurn(const sdk::Call& call, const Asked& asked,
                                     sdk::Completer& completer) {
  const int64_t now = sdk::MonotonicNs();
  if (!turns_.TryRun()) return Wait(call, asked, completer, now);
  Status status = Run(call, asked, now);
  PassTurn();
  return status;
}

sdk::Outcome PromqlEngine::Wait(const sdk::Call& call, const Asked& asked,
                                sdk::Completer& completer, int64_t now) {
  const auto waiting = std::make_shared<Waiting>();
  waiting->engine = this;
  waiting->call = call.raw();
  waiting->asked = asked;
  waiting->since_ns = now;
  waiting->Subscribe();
  switch (turns_.Ask(
      call.tenant(), waiting, [&] { waiting->done = completer.Defer(); }, asked.priority())) {
    case sdk::TurnAnswer::kWait:
      // Between Subscribe() and Ask() the caller may have gone, when there was nothing to give up.
      if (waiting->cancelled.load()) GiveUp(waiting);
      return sdk::Pending();
    case sdk::TurnAnswer::kFull:
      waiting->Unsubscribe();
      metrics_.queries.With({"too_many_requests"}).Add(static_cast<double>(asked.size()));
      return ResourceExhausted("too many outstanding requests: ", config_.max_queued_per_tenant,
                               " queries of this tenant wait, limit max_queued_per_tenant ",
                               config_.max_queued_per_tenant)
          .WithReason("too_many_requests");
    case sdk::TurnAnswer::kRun:
      break;
  }
  waiting->Unsubscribe();
  Status status = Run(call, asked, now);
  PassTurn();
  return status;
}

void PromqlEngine::Waiting::Subscribe() {
  if (call->cancel == nullptr) return;
  const MutexLock lock(mutex);
  ticket = call->cancel->subscribe(call->cancel, &OnCancel, this);
}

void PromqlEngine::Waiting::Unsubscribe() {
  if (call->cancel == nullptr) return;
  const MutexLock lock(mutex);
  call->cancel->unsubscribe(call->cancel, ticket);
}

void PromqlEngine::Waiting::OnCancel(void* self) noexcept {
  // Whoever holds it lets go only after Unsubscribe(), which waits for us.
  const std::shared_ptr<Waiting> waiting = static_cast<Waiting*>(self)->shared_from_this();
  waiting->cancelled.store(true);
  waiting->engine->GiveUp(waiting);
}

void PromqlEngine::GiveUp(const std::shared_ptr<Waiting>& waiting) {
  if (!turns_.Leave(sdk::Call(waiting->call).tenant(), waiting.get())) return;
  // Elsewhere: a completion may not come from inside Query(), nor Unsubscribe() from OnCancel().
  host_.executor().PostWorker([this, waiting] {
    waiting->Unsubscribe();
    metrics_.queries.With({StatusCodeName(StatusCode::kCancelled)})
        .Add(static_cast<double>(waiting->asked.size()));
    waiting->done(Cancelled("query was canceled in query queue"));
  });
}

void PromqlEngine::PassTurn() {
  const std::shared_ptr<Waiting> next = turns_.Next();
  if (next == nullptr) return;
  host_.executor().PostWorker([this, next] {
    next->Unsubscribe();
    const Status status = Run(sdk::Call(next->call), next->asked, next->since_ns);
    sdk::Completion done = std::move(next->done);
    PassTurn();
    done(status);
  });
}

Status PromqlEngine::Run(const sdk::Call& call, const Asked& asked, int64_t since_ns) {
  std::vector<BatchItem> items(asked.size());
  BatchOptions options;
  if (asked.query != nullptr) {
    items[0].in = asked.query;
    items[0].out = asked.result;
  } else {
    options = {asked.batch->max_parallel, asked.batch->timeout_ms};
    for (size_t i = 0; i < items.size(); ++i) {
      items[i].in = asked.batch->queries[i];
      items[i].out = asked.answers->answers[i].result;
    }
  }
  const int64_t queued_ns = sdk::MonotonicNs() - since_ns;
  for (BatchItem& item : items) item.usage.timings.queue = queued_ns;
  const EngineParts parts{host_.executor(), host_.clock(), source,  limits,
                          config_,          features_,     memory_, rules_};
  metrics_.shared_reads.Add(static_cast<double>(RunBatch(parts, call, items, options)));
  for (const BatchItem& item : items) CountEnd(call, item);
  if (asked.query != nullptr) return items[0].status;
  for (size_t i = 0; i < items.size(); ++i) {
    kvs_query_answer_t& answer = asked.answers->answers[i];
    answer.wall_ns = items[i].usage.timings.eval_total();
    answer.code = sdk::Export(items[i].status, answer.error);
  }
  return OkStatus();
}

void PromqlEngine::CountEnd(const sdk::Call& call, const BatchItem& item) const {
  const Timings& timings = item.usage.timings;
  metrics_.samples.Add(static_cast<double>(item.usage.samples_read));
  metrics_.queries.With({StatusCodeName(item.status.code())}).Add();
  const double seconds = static_cast<double>(timings.queue + timings.eval_total()) / 1e9;
  metrics_.seconds.Observe(seconds);
  const bool is_range = (item.in->flags & KVS_QUERY_RANGE) != 0;
  metrics_.requests
      .With({"GET", is_range ? "prometheus_api_v1_query_range" : "prometheus_api_v1_query",
             StrCat(http::HttpCode(item.status)), "false"})
      .Observe(seconds);
  const auto observe = [](const sdk::Cell& slice, int64_t ns) {
    slice.Observe(static_cast<double>(ns) / 1e9);
  };
  observe(metrics_.queue_time, timings.queue);
  observe(metrics_.prepare_time, timings.prepare);
  observe(metrics_.inner_eval, timings.evaluate);
  observe(metrics_.result_sort, timings.sort);
  metrics_.tenant_seconds.With({call.tenant()}).Add(seconds);
  metrics_.tenant_samples.With({call.tenant()}).Add(static_cast<double>(item.usage.samples_read));
  const Fetched& fetched = item.usage.fetched;
  metrics_.tenant_series.With({call.tenant()}).Add(static_cast<double>(fetched.series));
  metrics_.tenant_chunks.With({call.tenant()}).Add(static_cast<double>(fetched.chunks));
  metrics_.tenant_chunk_bytes.With({call.tenant()}).Add(static_cast<double>(fetched.chunk_bytes));
  LogIfSlow(call, item);
}

void PromqlEngine::LogIfSlow(const sdk::Call& call, const BatchItem& item) const {
  const kvs_query_t& in = *item.in;
  const Usage& usage = item.usage;
  const int64_t threshold_ns = config_.slow_query_threshold.ms * 1'000'000;
  const int64_t total_ns = usage.timings.queue + usage.timings.eval_total();
  if (threshold_ns == 0 || total_ns < threshold_ns) return;
  const std::string_view text = sdk::View(in.text).substr(0, kLoggedTextMax);
  host_.log().Warn("slow query", {{"tenant", call.tenant()},
                                  {"trace_id", TraceId(*call.raw())},
                                  {"query", text},
                                  {"start_ms", StrCat(in.start_ms)},
                                  {"end_ms", StrCat(in.end_ms)},
                                  {"step_ms", StrCat(in.step_ms)},
                                  {"status", StatusCodeName(item.status.code())},
                                  {"seconds", Seconds(total_ns)},
                                  {"queue_seconds", Seconds(usage.timings.queue)},
                                  {"cpu_seconds", Seconds(usage.cpu_ns)},
                                  {"samples", StrCat(usage.samples_read)},
                                  {"peak_samples", StrCat(usage.peak_samples)},
                                  {"peak_bytes", StrCat(usage.peak_bytes)},
                                  {"series", StrCat(usage.series)}});
}

}  // namespace kvs::engine::promql
