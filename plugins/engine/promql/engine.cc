// SPDX-License-Identifier: Apache-2.0
// From a query's text to its result.

#include "engine.h"

#include <algorithm>
#include <limits>

#include "kvs/promql/durations.h"
#include "kvs/promql/parser.h"
#include "kvs/sdk/str.h"

#include "eval/evaluator.h"
#include "plan/build.h"
#include "result.h"
#include "value/query.h"

namespace kvs::engine::promql {
namespace {

Features ParsedFeatures(const Config& config) {
  StatusOr<Features> features = Features::Parse(config.enable_features);
  return features.ok() ? *features : Features();  // Validate() has refused what is not OK.
}

/// The evaluation times that a request asks for.
StatusOr<Grid> GridOf(const kvs_query_t& in) {
  if ((in.flags & KVS_QUERY_RANGE) == 0) return Grid{in.start_ms, 0, 1};
  if (in.step_ms <= 0)
    return InvalidArgument("zero or negative query resolution step widths are not accepted");
  if (in.end_ms < in.start_ms)
    return InvalidArgument("end timestamp must not be before start time");
  const uint64_t span = static_cast<uint64_t>(in.end_ms) - static_cast<uint64_t>(in.start_ms);
  const uint64_t n = span / static_cast<uint64_t>(in.step_ms) + 1;
  if (n > std::numeric_limits<int32_t>::max()) return TooManySamplesError();
  return Grid{in.start_ms, in.step_ms, static_cast<uint32_t>(n)};
}

}  // namespace

PromqlEngine::PromqlEngine(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      features_(ParsedFeatures(config_)),
      metrics_(host.metrics()) {}

sdk::Outcome PromqlEngine::Query(const sdk::Call& call, const kvs_query_t& in,
                                 kvs_query_result_t& out, sdk::Completer& completer) {
  const int64_t now = sdk::MonotonicNs();
  {
    const MutexLock lock(mutex_);
    if (running_ >= config_.max_concurrent) {
      waiting_.push_back({call.raw(), &in, &out, completer.Defer(), now});
      metrics_.waiting.Set(static_cast<double>(waiting_.size()));
      return sdk::Pending();
    }
    metrics_.running.Set(static_cast<double>(++running_));
  }
  Status status = Run(call, in, out, now);
  PassTurn();
  return status;
}

void PromqlEngine::PassTurn() {
  auto next = std::make_shared<Waiting>();
  {
    const MutexLock lock(mutex_);
    if (waiting_.empty()) {
      metrics_.running.Set(static_cast<double>(--running_));
      return;
    }
    *next = std::move(waiting_.front());
    waiting_.pop_front();
    metrics_.waiting.Set(static_cast<double>(waiting_.size()));
  }
  host_.executor().PostWorker([this, next] {
    const Status status = Run(sdk::Call(next->call), *next->in, *next->out, next->since_ns);
    sdk::Completion done = std::move(next->done);
    PassTurn();
    done(status);
  });
}

Status PromqlEngine::Run(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                         int64_t since_ns) {
  const Status status = Evaluate(call, in, out);
  metrics_.queries.With({StatusCodeName(status.code())}).Add();
  metrics_.seconds.Observe(static_cast<double>(sdk::MonotonicNs() - since_ns) / 1e9);
  return status;
}

Status PromqlEngine::Evaluate(const sdk::Call& parent, const kvs_query_t& in,
                              kvs_query_result_t& out) {
  const std::string_view text = sdk::View(in.text);
  const bool range = (in.flags & KVS_QUERY_RANGE) != 0;
  KVS_ASSIGN_OR_RETURN(const ast::ExprPtr expr, ast::ParseExpr(text, features_.parser));
  if (range && expr->type != ast::ValueType::kScalar && expr->type != ast::ValueType::kVector) {
    return InvalidArgument("invalid expression type \"", ast::DocumentedTypeName(expr->type),
                           "\" for range query, must be Scalar or instant Vector");
  }
  KVS_ASSIGN_OR_RETURN(const Grid grid, GridOf(in));
  KVS_RETURN_IF_ERROR(
      ast::ResolveDurations(*expr, grid.step_ms, range ? in.end_ms - in.start_ms : 0));

  sdk::OwnedCall call(parent, parent.tenant());
  call.WithTimeoutMs(config_.timeout.ms);
  const sdk::Executor executor = host_.executor();
  class Query query(call, executor, source, text, features_);
  query.grid = grid;
  query.end_ms = range ? in.end_ms : in.start_ms;
  query.range = range;
  query.lookback_ms = in.lookback_ms > 0 ? in.lookback_ms : config_.lookback_delta.ms;
  query.default_step_ms = config_.default_step.ms;
  query.max_samples = config_.max_samples;
  query.threads =
      static_cast<uint32_t>(std::min<int64_t>(config_.max_threads, executor.worker_count()));

  const plan::Plan plan = plan::MakePlan(*expr, {&features_, grid.n == 1});
  Evaluator evaluator(query, plan);
  StatusOr<Value> value = evaluator.EvalQuery();
  metrics_.samples.Add(static_cast<double>(query.samples_read.load()));
  if (!value.ok()) return value.status();
  const bool stats = (in.flags & (KVS_QUERY_STATS | KVS_QUERY_STATS_PER_STEP)) != 0;
  return HandOutResult(query, std::move(value).value(), stats, out);
}

}  // namespace kvs::engine::promql
