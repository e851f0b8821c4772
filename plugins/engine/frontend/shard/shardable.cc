// SPDX-License-Identifier: Apache-2.0
#include "shard/shardable.h"

#include <algorithm>

namespace kvs::engine::frontend {
namespace {

using promql::FunctionId;

// Each makes of one series at most one, whose labels are the series' own, with or without the name.
constexpr FunctionId kOfOneSeries[] = {
    FunctionId::kAbs,
    FunctionId::kAcos,
    FunctionId::kAcosh,
    FunctionId::kAsin,
    FunctionId::kAsinh,
    FunctionId::kAtan,
    FunctionId::kAtanh,
    FunctionId::kAvgOverTime,
    FunctionId::kCeil,
    FunctionId::kChanges,
    FunctionId::kClamp,
    FunctionId::kClampMax,
    FunctionId::kClampMin,
    FunctionId::kCos,
    FunctionId::kCosh,
    FunctionId::kCountOverTime,
    FunctionId::kDeg,
    FunctionId::kDelta,
    FunctionId::kDeriv,
    FunctionId::kExp,
    FunctionId::kFloor,
    FunctionId::kHistogramAvg,
    FunctionId::kHistogramCount,
    FunctionId::kHistogramSum,
    FunctionId::kIdelta,
    FunctionId::kIncrease,
    FunctionId::kIrate,
    FunctionId::kLastOverTime,
    FunctionId::kLn,
    FunctionId::kLog10,
    FunctionId::kLog2,
    FunctionId::kMaxOverTime,
    FunctionId::kMinOverTime,
    FunctionId::kPresentOverTime,
    FunctionId::kRad,
    FunctionId::kRate,
    FunctionId::kResets,
    FunctionId::kRound,
    FunctionId::kSgn,
    FunctionId::kSin,
    FunctionId::kSinh,
    FunctionId::kSqrt,
    FunctionId::kStddevOverTime,
    FunctionId::kStdvarOverTime,
    FunctionId::kSumOverTime,
    FunctionId::kTan,
    FunctionId::kTanh,
    FunctionId::kTimestamp,
};

// With it, labels without the name still tell series apart, wherever they are.
bool HasFixedName(const promql::VectorSelector& selector) {
  return std::ranges::any_of(selector.matchers, [](const promql::Matcher& m) {
    return m.name == promql::kMetricNameLabel && m.op == promql::MatchOp::kEqual &&
           !m.value.empty();
  });
}

bool IsNumber(const promql::Expr& expr) {
  if (const auto* paren = promql::AsIf<promql::Paren>(&expr)) return IsNumber(*paren->expr);
  if (const auto* unary = promql::AsIf<promql::Unary>(&expr)) return IsNumber(*unary->expr);
  return expr.kind == promql::Kind::kNumberLiteral;
}

/// Whether `expr` looks at the series of one selector, one at a time.
bool IsOfOneSeries(const promql::Expr& expr) {
  switch (expr.kind) {
    case promql::Kind::kVectorSelector:
      return HasFixedName(promql::As<promql::VectorSelector>(expr));
    case promql::Kind::kMatrixSelector:
      return HasFixedName(*promql::As<promql::MatrixSelector>(expr).selector);
    case promql::Kind::kParen:
      return IsOfOneSeries(*promql::As<promql::Paren>(expr).expr);
    case promql::Kind::kUnary:
      return IsOfOneSeries(*promql::As<promql::Unary>(expr).expr);
    case promql::Kind::kBinary: {
      const auto& binary = promql::As<promql::Binary>(expr);
      if (IsNumber(*binary.rhs)) return IsOfOneSeries(*binary.lhs);
      return IsNumber(*binary.lhs) && IsOfOneSeries(*binary.rhs);
    }
    case promql::Kind::kCall: {
      const auto& call = promql::As<promql::Call>(expr);
      if (std::ranges::find(kOfOneSeries, call.function->id) == std::end(kOfOneSeries))
        return false;
      int selections = 0;
      for (const promql::ExprPtr& arg : call.args) {
        if (IsNumber(*arg)) continue;
        if (!IsOfOneSeries(*arg)) return false;
        ++selections;
      }
      return selections == 1;
    }
    default:  // Subqueries would each have a step of their own to agree on; aggregations mix
              // series.
      return false;
  }
}

std::optional<ShardMerge> MergeOf(promql::AggregateOp op, const ShardOptions& options) {
  switch (op) {
    case promql::AggregateOp::kCount:
      return ShardMerge::kSum;
    case promql::AggregateOp::kMin:
      return ShardMerge::kMin;
    case promql::AggregateOp::kMax:
      return ShardMerge::kMax;
    case promql::AggregateOp::kGroup:
      return ShardMerge::kGroup;
    case promql::AggregateOp::kSum:
      if (options.shard_sums) return ShardMerge::kSum;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Shardable> ShardableOf(const promql::Expr& expr, const ShardOptions& options) {
  if (const auto* paren = promql::AsIf<promql::Paren>(&expr))
    return ShardableOf(*paren->expr, options);
  const auto* aggregate = promql::AsIf<promql::Aggregate>(&expr);
  if (aggregate == nullptr) return std::nullopt;
  const std::optional<ShardMerge> merge = MergeOf(aggregate->op, options);
  if (!merge.has_value() || !IsOfOneSeries(*aggregate->expr)) return std::nullopt;
  return Shardable{*merge, aggregate->grouping.empty() && !aggregate->without};
}

}  // namespace kvs::engine::frontend
