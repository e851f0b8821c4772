// SPDX-License-Identifier: Apache-2.0
// The way of a query.

#include "query_run.h"

#include <algorithm>
#include <cstring>
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

/// A caller that was built before a field was added does not have it.
kvs_query_t CopyOf(const kvs_query_t& in) {
  auto out = sdk::Record<kvs_query_t>();
  std::memcpy(&out, &in, std::min<size_t>(in.struct_size, sizeof(out)));
  out.struct_size = sizeof(out);
  return out;
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

/// Evaluates and hands out what `prepared` by Run() describes.
class Run {
 public:
  Run(Query& query, const plan::Plan& plan, const kvs_query_t& in, Usage& usage)
      : query_(query), plan_(plan), in_(in), usage_(usage) {}

  Status Go(kvs_query_result_t& out) {
    const bool analyze = Wants(KVS_QUERY_ANALYZE);
    Profile profile(query_, plan_.size());
    StepSamples samples(query_.grid.n);
    if (Wants(KVS_QUERY_STATS | KVS_QUERY_STATS_PER_STEP)) query_.step_samples = &samples;
    int64_t since = sdk::MonotonicNs();
    const int64_t cpu_since = ThreadCpuNs();
    Evaluator evaluator(query_, plan_, analyze ? &profile : nullptr);
    StatusOr<Value> value = evaluator.EvalQuery();
    Lap(since, usage_.timings.evaluate);
    const auto measure = [&] {
      Lap(since, usage_.timings.sort);
      usage_.cpu_ns += ThreadCpuNs() - cpu_since + query_.worker_cpu_ns.load();
      usage_.samples_read = query_.samples_read.load();
      usage_.peak_samples = query_.samples_peak.load();
      usage_.peak_bytes = query_.memory.peak();
    };
    if (!value.ok()) {
      measure();
      return value.status();
    }
    const Status status =
        HandOutResult(query_, std::move(value).value(), out, [&](ResultNotes& notes) {
          measure();
          if (query_.step_samples != nullptr) notes.stats_json = Stats(samples);
          if (analyze) notes.explain_json = Explain(profile);
        });
    usage_.series = out.n_series;
    return status;
  }

 private:
  bool Wants(uint32_t flags) const { return (in_.flags & flags) != 0; }

  std::string Stats(const StepSamples& samples) const {
    const bool by_step = Wants(KVS_QUERY_STATS_PER_STEP) && query_.features.per_step_stats;
    return StatsJson(usage_, samples, by_step ? &query_.grid : nullptr);
  }

  std::string Explain(const Profile& profile) const {
    const plan::Totals totals{usage_.samples_read, usage_.peak_samples,
                              usage_.peak_bytes,   usage_.timings.queue,
                              usage_.cpu_ns,       usage_.timings.eval_total()};
    return plan::ToJson(plan_, profile.stats(), &totals);
  }

  Query& query_;
  const plan::Plan& plan_;
  const kvs_query_t& in_;
  Usage& usage_;
};

}  // namespace

Status RunQuery(const EngineParts& parts, const sdk::Call& caller, const kvs_query_t& asked,
                kvs_query_result_t& out, Usage& usage) {
  int64_t since = sdk::MonotonicNs();
  const int64_t cpu_since = ThreadCpuNs();
  const Config& config = parts.config;
  const Features& features = parts.features;
  KVS_RETURN_IF_ERROR(GridOf(asked).status());
  KVS_ASSIGN_OR_RETURN(const query::QueryLimits limits,
                       query::QueryLimits::Of(parts.limiter, caller));
  const bool whole = (asked.flags & KVS_QUERY_PART) == 0;
  if (whole) KVS_RETURN_IF_ERROR(limits.Check(asked));
  const int64_t now_ms = limits.max_lookback_ms > 0 ? parts.clock.NowMs() : 0;
  kvs_query_t in = CopyOf(asked);
  const bool any_step = limits.Clip(now_ms, in);
  KVS_ASSIGN_OR_RETURN(const Grid grid, GridOf(in));
  KVS_ASSIGN_OR_RETURN(const ast::ExprPtr expr, Parse(in, grid, features));
  KVS_ASSIGN_OR_RETURN(const bool has_rules, parts.rules.HasRules(parts.limiter, caller));
  if (whole && has_rules)
    KVS_RETURN_IF_ERROR(parts.rules.Check(caller, asked, ast::ToString(*expr)));
  plan::Plan plan = plan::MakePlan(*expr, {&features, grid.n == 1});
  const plan::ResolutionRules rules{
      grid, (in.flags & KVS_QUERY_RANGE) != 0 ? in.end_ms : in.start_ms, config.default_step.ms,
      LookbackOf(in, config), EstimatesOf(in, limits, config)};
  plan::ChooseResolutions(plan, rules);
  Lap(since, usage.timings.prepare);
  usage.cpu_ns = ThreadCpuNs() - cpu_since;
  const bool range = (in.flags & KVS_QUERY_RANGE) != 0;
  if ((in.flags & KVS_QUERY_EXPLAIN) != 0) return HandOutNothing(range, plan::ToJson(plan), out);
  if (!any_step) return HandOutNothing(range, {}, out);

  sdk::OwnedCall call(caller, caller.tenant());
  call.WithTimeoutMs(config.timeout.ms);
  MemoryAccount memory(parts.memory, limits.max_memory_bytes > 0 ? limits.max_memory_bytes
                                                                 : config.max_query_memory.bytes);
  const MemoryAccount::Scope scope(memory);
  LimitedSource limited(parts.source, limits, now_ms);
  const sdk::SourceRef source = limits.limits_reads()
                                    ? sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&limited))
                                    : parts.source;
  Query query(call, parts.executor, source, sdk::View(in.text), features, memory);
  query.grid = grid;
  query.range = range;
  query.end_ms = query.range ? in.end_ms : in.start_ms;
  query.lookback_ms = rules.lookback_ms;
  query.shard = {in.shard_index, in.shard_count};
  query.samples_only = rules.estimates_ms == KVS_RESOLUTION_SAMPLES;
  query.default_step_ms = config.default_step.ms;
  query.max_samples = config.max_samples;
  query.threads =
      static_cast<uint32_t>(std::min<int64_t>(config.max_threads, parts.executor.worker_count()));
  return Run(query, plan, in, usage).Go(out);
}

}  // namespace kvs::engine::promql
