// SPDX-License-Identifier: Apache-2.0
// One query, from its text to its result.
#pragma once

#include <memory>

#include "kvs/abi/port/query_engine.h"
#include "kvs/promql/ast.h"
#include "kvs/query/query_limits.h"
#include "kvs/query/query_rules.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/series_source.h"

#include "config.h"
#include "plan/plan.h"
#include "stats.h"
#include "value/features.h"
#include "value/grid.h"
#include "value/memory.h"

namespace kvs::engine::promql {

class Query;
class StepSamples;

/// What all queries of an engine share.
struct EngineParts {
  sdk::Executor executor;
  sdk::Clock clock;
  sdk::SourceRef source;
  sdk::LimiterRef limiter;  ///< May be missing.
  const Config& config;
  const Features& features;
  std::shared_ptr<MemoryPool> memory;
  query::QueryRuleBook& rules;
};

/// Borrows all that it is given. Fills `usage`, but for the time in the queue, which stands there
/// already, also where it fails. [worker]
class QueryRun {
 public:
  QueryRun(const EngineParts& parts, const sdk::Call& caller, const kvs_query_t& asked,
           Usage& usage);

  /// Parses, checks and plans. First.
  Status Prepare();
  /// Null: there is nothing to evaluate.
  const ast::Expr* expr() const { return evaluates_ ? expr_.get() : nullptr; }
  /// Lets the plan select from `nothing`, a source that has nothing, and forgets what it computes.
  void Rehearse(const sdk::SourceRef& nothing);
  /// Evaluates and hands out. `timeout_ms`: beside those of the call and the engine; 0: none.
  Status Evaluate(const sdk::SourceRef& source, int64_t timeout_ms, kvs_query_result_t& out);

 private:
  bool Wants(uint32_t flags) const { return (in_.flags & flags) != 0; }
  /// A MemoryAccount, a source with the tenant's limits and a Query, for the time of `use(query,
  /// source)`.
  template <typename Use>
  auto WithQuery(const sdk::SourceRef& source, int64_t timeout_ms, Use use);
  Status EvaluateWith(Query& query, kvs_query_result_t& out);
  std::string StatsOf(const Query& query, const StepSamples& samples) const;

  const EngineParts& parts_;
  const sdk::Call caller_;
  const kvs_query_t& asked_;
  Usage& usage_;
  query::QueryLimits limits_;
  int64_t now_ms_ = 0;
  kvs_query_t in_;
  Grid grid_;
  int64_t lookback_ms_ = 0;
  bool samples_only_ = false;
  ast::ExprPtr expr_;
  plan::Plan plan_;
  bool evaluates_ = false;
};

}  // namespace kvs::engine::promql
