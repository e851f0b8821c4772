// SPDX-License-Identifier: Apache-2.0
#include "admission.h"

#include "kvs/promql/durations.h"
#include "kvs/promql/printer.h"
#include "kvs/query/query_limits.h"
#include "kvs/sdk/str.h"

namespace kvs::engine::frontend {
namespace {

bool IsSoundRange(const kvs_query_t& query) {
  return query.step_ms > 0 && query.end_ms >= query.start_ms;
}

}  // namespace

Admission::Admission(const sdk::Host& host, const Config& config)
    : config_(config), clock_(host.clock()), rules_(host) {
  for (const std::string& flag : config.enable_features) syntax_.Enable(flag);
}

StatusOr<Admitted> Admission::Admit(const sdk::LimiterRef& limiter, const sdk::Call& call,
                                    const kvs_query_t& in) {
  Admitted out;
  out.query = sdk::CopyOf(in);
  const bool is_range = out.is_range();
  const StatusOr<promql::ExprPtr> parsed = promql::ParseExpr(sdk::View(in.text), syntax_);
  if (!parsed.ok() || (is_range && !IsSoundRange(out.query))) return out;
  promql::Expr& expr = **parsed;
  out.printed = promql::ToString(expr);

  KVS_ASSIGN_OR_RETURN(const query::QueryLimits limits, query::QueryLimits::Of(limiter, call));
  KVS_RETURN_IF_ERROR(limits.Check(out.query));
  KVS_ASSIGN_OR_RETURN(const bool has_rules, rules_.HasRules(limiter, call));
  if (has_rules) KVS_RETURN_IF_ERROR(rules_.Check(call, out.query, out.printed));
  KVS_ASSIGN_OR_RETURN(out.limits, TenantLimits::Of(limiter, call, config_));
  out.query.flags |= KVS_QUERY_PART;
  // Said here, so that what was estimated under another limit is not found in the cache.
  if (out.query.max_resolution_ms == 0)
    out.query.max_resolution_ms = limits.max_source_resolution_ms;

  if ((in.flags & (KVS_QUERY_EXPLAIN | KVS_QUERY_ANALYZE)) != 0) return out;
  const bool is_evaluated =
      expr.type == promql::ValueType::kScalar || expr.type == promql::ValueType::kVector;
  const Status resolved = promql::ResolveDurations(expr, is_range ? out.query.step_ms : 0,
                                                   is_range ? in.end_ms - in.start_ms : 0);
  if (!is_evaluated || !resolved.ok()) return out;
  const int64_t lookback_ms =
      out.query.lookback_ms > 0 ? out.query.lookback_ms : config_.lookback_delta.ms;
  out.shape = ShapeOf(expr, lookback_ms);
  if (out.limits.total_shards > 1 && (in.flags & KVS_QUERY_STATS) == 0)
    out.shardable = ShardableOf(expr, {.shard_sums = config_.shard_sums});
  if (!is_range) {
    // Series of an instant query come in an order that only the engine knows.
    out.can_be_cut = out.shardable.has_value() && out.shardable->one_row;
    return out;
  }
  if (out.shape.needs_whole_range) return out;
  // Nothing of what is too old is answered, cached or not.
  out.can_be_cut = limits.Clip(limits.max_lookback_ms > 0 ? clock_.NowMs() : 0, out.query);
  return out;
}

}  // namespace kvs::engine::frontend
