// SPDX-License-Identifier: Apache-2.0
// One node an expression.

#include "plan/build.h"

#include <algorithm>

namespace kvs::engine::promql::plan {
namespace {

bool LooksAtStatsOnly(ast::FunctionId id) {
  using enum ast::FunctionId;
  return id == kHistogramCount || id == kHistogramSum || id == kHistogramAvg;
}

bool LooksAtBuckets(ast::FunctionId id) {
  using enum ast::FunctionId;
  switch (id) {
    case kHistogramStddev:
    case kHistogramStdvar:
    case kHistogramQuantile:
    case kHistogramQuantiles:
    case kHistogramFraction:
      return true;
    default:
      return false;
  }
}

class Builder {
 public:
  explicit Builder(Plan& plan) : plan_(plan) {}

  Node* Make(const ast::Expr& wrapped, bool stats) {
    const ast::Expr& expr = Unwrap(wrapped);
    Node* const node = plan_.Add(OpOf(expr), expr);
    node->histogram_stats = stats;
    plan_.Assign(expr, node);
    switch (expr.kind) {
      case ast::Kind::kNumberLiteral:
        node->number = ast::As<ast::NumberLiteral>(expr).value;
        break;
      case ast::Kind::kSubquery:
        Input(*node, *ast::As<ast::Subquery>(expr).expr, false);
        break;
      case ast::Kind::kCall:
        Arguments(*node, ast::As<ast::Call>(expr), stats);
        break;
      case ast::Kind::kAggregate: {
        const auto& aggregate = ast::As<ast::Aggregate>(expr);
        if (aggregate.param != nullptr) Input(*node, *aggregate.param, stats);
        Input(*node, *aggregate.expr, stats);
        break;
      }
      case ast::Kind::kBinary:
        Input(*node, *ast::As<ast::Binary>(expr).lhs, stats);
        Input(*node, *ast::As<ast::Binary>(expr).rhs, stats);
        break;
      case ast::Kind::kUnary:
        Input(*node, *ast::As<ast::Unary>(expr).expr, stats);
        break;
      case ast::Kind::kParen:  // Unwrapped.
      case ast::Kind::kStringLiteral:
      case ast::Kind::kVectorSelector:
      case ast::Kind::kMatrixSelector:
        break;
    }
    return node;
  }

 private:
  static bool IsTimestampOfSelector(const ast::Call& call) {
    const ast::FunctionId id = call.function->id;
    return (id == ast::FunctionId::kTimestamp || id == ast::FunctionId::kStartTimestamp) &&
           Unwrap(*call.args[0]).kind == ast::Kind::kVectorSelector;
  }

  static bool IsAbsentOfSelector(const ast::Call& call) {
    return call.function->id == ast::FunctionId::kAbsent &&
           Unwrap(*call.args[0]).kind == ast::Kind::kVectorSelector;
  }

  static Op OpOf(const ast::Expr& expr) {
    switch (expr.kind) {
      case ast::Kind::kNumberLiteral:
        return Op::kNumber;
      case ast::Kind::kStringLiteral:
        return Op::kString;
      case ast::Kind::kVectorSelector:
        return Op::kScan;
      case ast::Kind::kMatrixSelector:
        return Op::kSamples;
      case ast::Kind::kSubquery:
        return Op::kSubquery;
      case ast::Kind::kAggregate:
        return Op::kAggregate;
      case ast::Kind::kBinary:
        return Op::kBinary;
      case ast::Kind::kUnary:
        return Op::kUnary;
      case ast::Kind::kCall: {
        const auto& call = ast::As<ast::Call>(expr);
        if (call.function->id == ast::FunctionId::kAbsentOverTime) return Op::kAbsent;
        if (IsAbsentOfSelector(call)) return Op::kAbsent;
        if (IsTimestampOfSelector(call)) return Op::kScan;
        const ast::Expr* const range = RangeOf(call);
        if (range == nullptr) return Op::kCall;
        return range->kind == ast::Kind::kMatrixSelector ? Op::kScan : Op::kWindow;
      }
      case ast::Kind::kParen:
        break;
    }
    return Op::kCall;
  }

  void Arguments(Node& node, const ast::Call& call, bool stats) {
    if (IsTimestampOfSelector(call) || IsAbsentOfSelector(call)) return;
    const ast::FunctionId id = call.function->id;
    const bool inner = LooksAtStatsOnly(id) || (stats && !LooksAtBuckets(id));
    for (const ast::ExprPtr& arg : call.args) {
      // Functions read these from the syntax tree.
      const ast::Kind kind = Unwrap(*arg).kind;
      if (kind == ast::Kind::kMatrixSelector || kind == ast::Kind::kStringLiteral) continue;
      if (id == ast::FunctionId::kInfo && arg != call.args[0]) continue;
      Input(node, *arg, inner);
    }
  }

  void Input(Node& node, const ast::Expr& expr, bool stats) {
    Node* const input = Make(expr, stats);
    node.inputs.push_back(input);
  }

  Plan& plan_;
};

}  // namespace

Plan Build(const ast::Expr& root) {
  Plan plan;
  plan.root = Builder(plan).Make(root, false);
  plan.Number();
  return plan;
}

Plan MakePlan(const ast::Expr& root, const Context& context) {
  Plan plan = Build(root);
  FoldConstants(plan);
  HoistInvariants(plan, context);
  ShareEqual(plan);
  PushMatchers(plan);
  FuseAggregations(plan, context);
  KeepBest(plan, context);
  GroupScans(plan);
  return plan;
}

}  // namespace kvs::engine::promql::plan
