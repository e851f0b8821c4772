// SPDX-License-Identifier: Apache-2.0
// The way of a query.

#include "query_run.h"

#include <algorithm>
#include <limits>

#include "kvs/promql/durations.h"
#include "kvs/promql/parser.h"
#include "kvs/promql/printer.h"
#include "kvs/sdk/str.h"

#include "eval/evaluator.h"
#include "limits/limited_source.h"
#include "plan/build.h"
#include "plan/explain.h"
#include "plan/resolution.h"
#include "result.h"
#include "value/query.h"

namespace kvs::engine::promql {
namespace {

/// The evaluation times that a request asks for.
StatusOr<Grid> GridOf(const kvs_query_t& in) {
  if ((in.flags & KVS_QUERY_RANGE) == 0) return Grid{in.start_ms, 0, 1};
  if (in.step_ms <= 0)
    return InvalidArgument("zero or negative query resolution step widths are not accepted");
  if (in.end_ms < in.start_ms)
    return InvalidArgument("end timestamp must not be before start time");
  const uint64_t span = static_cast<uint64_t>(in.end_ms) - static_cast<uint64_t>(in.start_ms);
  const uint64_t n = span / static_cast<uint64_t>(in.step_ms) + 1;
  constexpr uint64_t kMax = std::numeric_limits<int32_t>::max();
  if (n > kMax) return ResourceExhausted("a query of ", n, " steps, limit ", kMax);
  return Grid{in.start_ms, in.step_ms, static_cast<uint32_t>(n)};
}

StatusOr<ast::ExprPtr> Parse(const kvs_query_t& in, const Grid& grid, const Features& features) {
  KVS_ASSIGN_OR_RETURN(ast::ExprPtr expr, ast::ParseExpr(sdk::View(in.text), features.parser));
  const bool range = (in.flags & KVS_QUERY_RANGE) != 0;
  if (range && expr->type != ast::ValueType::kScalar && expr->type != ast::ValueType::kVector) {
    return InvalidArgument("invalid expression type \"", ast::DocumentedTypeName(expr->type),
                           "\" for range query, must be Scalar or instant Vector");
  }
  KVS_RETURN_IF_ERROR(
      ast::ResolveDurations(*expr, grid.step_ms, range ? in.end_ms - in.start_ms : 0));
  return expr;
}

int64_t LookbackOf(const kvs_query_t& in, const Config& config) {
  return in.lookback_ms > 0 ? in.lookback_ms : config.lookback_delta.ms;
}

/// What may be estimated: what the request says, or else the tenant's limit, or else the setting.
int64_t EstimatesOf(const kvs_query_t& in, const query::QueryLimits& limits, const Config& config) {
  if (in.max_resolution_ms != 0) return in.max_resolution_ms;
  if (limits.max_source_resolution_ms > 0) return limits.max_source_resolution_ms;
  return plan::ParseEstimates(config.max_source_resolution).value();  // Validate() has seen it.
}

/// Lets `ns` be the time since `since`, which becomes now.
void Lap(int64_t& since, int64_t& ns) {
  const int64_t now = sdk::MonotonicNs();
  ns = now - since;
  since = now;
}

}  // namespace

QueryRun::QueryRun(const EngineParts& parts, const sdk::Call& caller, const kvs_query_t& asked,
                   Usage& usage)
    : parts_(parts), caller_(caller), asked_(asked), usage_(usage), in_(sdk::CopyOf(asked)) {}

Status QueryRun::Prepare() {
  int64_t since = sdk::MonotonicNs();
  const int64_t cpu_since = ThreadCpuNs();
  KVS_RETURN_IF_ERROR(GridOf(in_).status());
  KVS_ASSIGN_OR_RETURN(limits_, query::QueryLimits::Of(parts_.limiter, caller_));
  const bool whole = !Wants(KVS_QUERY_PART);
  if (whole) KVS_RETURN_IF_ERROR(limits_.Check(asked_));
  now_ms_ = limits_.max_lookback_ms > 0 ? parts_.clock.NowMs() : 0;
  const bool any_step = limits_.Clip(now_ms_, in_);
  KVS_ASSIGN_OR_RETURN(grid_, GridOf(in_));
  KVS_ASSIGN_OR_RETURN(expr_, Parse(in_, grid_, parts_.features));
  KVS_ASSIGN_OR_RETURN(const bool has_rules, parts_.rules.HasRules(parts_.limiter, caller_));
  if (whole && has_rules)
    KVS_RETURN_IF_ERROR(parts_.rules.Check(caller_, asked_, ast::ToString(*expr_)));
  plan_ = plan::MakePlan(*expr_, {&parts_.features, grid_.n == 1});
  const plan::ResolutionRules rules{grid_, Wants(KVS_QUERY_RANGE) ? in_.end_ms : in_.start_ms,
                                    parts_.config.default_step.ms, LookbackOf(in_, parts_.config),
                                    EstimatesOf(in_, limits_, parts_.config)};
  plan::ChooseResolutions(plan_, rules);
  lookback_ms_ = rules.lookback_ms;
  samples_only_ = rules.estimates_ms == KVS_RESOLUTION_SAMPLES;
  evaluates_ = any_step && !Wants(KVS_QUERY_EXPLAIN);
  Lap(since, usage_.timings.prepare);
  usage_.cpu_ns = ThreadCpuNs() - cpu_since;
  return OkStatus();
}

template <typename Use>
auto QueryRun::WithQuery(const sdk::SourceRef& source, int64_t timeout_ms, Use use) {
  const Config& config = parts_.config;
  sdk::OwnedCall call(caller_, caller_.tenant());
  call.WithTimeoutMs(config.timeout.ms);
  if (timeout_ms > 0) call.WithTimeoutMs(timeout_ms);
  MemoryAccount memory(parts_.memory, limits_.max_memory_bytes > 0 ? limits_.max_memory_bytes
                                                                   : config.max_query_memory.bytes);
  const MemoryAccount::Scope scope(memory);
  LimitedSource limited(source, limits_, now_ms_);
  Query query(call, parts_.executor, sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&limited)),
              sdk::View(in_.text), parts_.features, memory);
  query.grid = grid_;
  query.range = Wants(KVS_QUERY_RANGE);
  query.end_ms = query.range ? in_.end_ms : in_.start_ms;
  query.lookback_ms = lookback_ms_;
  query.shard = {in_.shard_index, in_.shard_count};
  query.samples_only = samples_only_;
  query.default_step_ms = config.default_step.ms;
  query.max_samples = config.max_samples;
  query.threads =
      static_cast<uint32_t>(std::min<int64_t>(config.max_threads, parts_.executor.worker_count()));
  return use(query, limited);
}

void QueryRun::Rehearse(const sdk::SourceRef& nothing) {
  int64_t since = sdk::MonotonicNs(), took = 0;
  const int64_t cpu_since = ThreadCpuNs();
  WithQuery(nothing, 0, [&](Query& query, const LimitedSource&) {
    IgnoreError(Evaluator(query, plan_).EvalQuery().status(), "it is told when it is evaluated");
  });
  Lap(since, took);
  usage_.timings.prepare += took;
  usage_.cpu_ns += ThreadCpuNs() - cpu_since;
}

Status QueryRun::Evaluate(const sdk::SourceRef& source, int64_t timeout_ms,
                          kvs_query_result_t& out) {
  const bool range = Wants(KVS_QUERY_RANGE);
  if (Wants(KVS_QUERY_EXPLAIN)) return HandOutNothing(range, plan::ToJson(plan_), out);
  if (!evaluates_) return HandOutNothing(range, {}, out);
  return WithQuery(source, timeout_ms, [&](Query& query, const LimitedSource& limited) {
    Status status = EvaluateWith(query, out);
    usage_.fetched = limited.fetched();
    return status;
  });
}

Status QueryRun::EvaluateWith(Query& query, kvs_query_result_t& out) {
  const bool analyze = Wants(KVS_QUERY_ANALYZE);
  Profile profile(query, plan_.size());
  StepSamples samples(grid_.n);
  if (Wants(KVS_QUERY_STATS | KVS_QUERY_STATS_PER_STEP)) query.step_samples = &samples;
  int64_t since = sdk::MonotonicNs();
  const int64_t cpu_since = ThreadCpuNs();
  Evaluator evaluator(query, plan_, analyze ? &profile : nullptr);
  StatusOr<Value> value = evaluator.EvalQuery();
  Lap(since, usage_.timings.evaluate);
  const auto measure = [&] {
    Lap(since, usage_.timings.sort);
    usage_.cpu_ns += ThreadCpuNs() - cpu_since + query.worker_cpu_ns.load();
    usage_.samples_read = query.samples_read.load();
    usage_.peak_samples = query.samples_peak.load();
    usage_.peak_bytes = query.memory.peak();
  };
  if (!value.ok()) {
    measure();
    return value.status();
  }
  const Status status =
      HandOutResult(query, std::move(value).value(), out, [&](ResultNotes& notes) {
        measure();
        if (query.step_samples != nullptr) notes.stats_json = StatsOf(query, samples);
        if (!analyze) return;
        const plan::Totals totals{usage_.samples_read, usage_.peak_samples,
                                  usage_.peak_bytes,   usage_.timings.queue,
                                  usage_.cpu_ns,       usage_.timings.eval_total()};
        notes.explain_json = plan::ToJson(plan_, profile.stats(), &totals);
      });
  usage_.series = out.n_series;
  return status;
}

std::string QueryRun::StatsOf(const Query& query, const StepSamples& samples) const {
  const bool by_step = Wants(KVS_QUERY_STATS_PER_STEP) && query.features.per_step_stats;
  return StatsJson(usage_, samples, by_step ? &query.grid : nullptr);
}

}  // namespace kvs::engine::promql
