// SPDX-License-Identifier: Apache-2.0
// What has one value for all steps: every selector in it carries @, and nothing in it looks at the
// time of evaluation.

#include <algorithm>

#include "plan/build.h"

namespace kvs::engine::promql::plan {
namespace {

bool DependsOnTime(ast::FunctionId id) {
  using enum ast::FunctionId;
  switch (id) {
    case kDayOfMonth:
    case kDayOfWeek:
    case kDayOfYear:
    case kDaysInMonth:
    case kHour:
    case kMinute:
    case kMonth:
    case kYear:
    case kPredictLinear:
    case kTime:
    case kTimestamp:
    case kStart:
    case kEnd:
    case kRange:
    case kStep:
      return true;
    default:
      return false;
  }
}

class Hoister {
 public:
  explicit Hoister(Plan& plan) : plan_(plan) {}

  /// Whether the value of `node` is the same at every step; hoists below it what is, where it is
  /// not. `one_step`: it is computed at one step anyway.
  bool Visit(Node& node, bool one_step) {
    if (node.op == Op::kSubquery) {
      Node*& steps = node.inputs[0];
      if (Visit(*steps, false)) Hoist(steps);
      return ast::As<ast::Subquery>(node.expr()).at.present();
    }
    std::vector<bool> constant;
    for (Node* input : node.inputs) constant.push_back(Visit(*input, one_step));
    const bool all = std::ranges::all_of(constant, [](bool c) { return c; }) && OfItself(node);
    if (all || one_step) return all;
    for (size_t i = 0; i < constant.size(); ++i) {
      if (constant[i]) Hoist(node.inputs[i]);
    }
    return false;
  }

  void Hoist(Node*& slot) {
    // A subquery is no value that can be repeated: what stands above it takes its windows.
    const Op op = slot->op;
    if (op == Op::kNumber || op == Op::kString || op == Op::kSubquery || op == Op::kSamples) return;
    Node* const repeat = plan_.Add(Op::kRepeat, slot->expr());
    repeat->inputs.push_back(slot);
    plan_.Assign(slot->expr(), repeat);
    slot = repeat;
  }

 private:
  static bool OfItself(const Node& node) {
    const ast::Expr& expr = node.expr();
    if (const ast::VectorSelector* selector = SelectorOf(node);
        selector != nullptr && !selector->at.present()) {
      return false;
    }
    const auto* call = ast::AsIf<ast::Call>(&expr);
    if (call == nullptr || !DependsOnTime(call->function->id)) return true;
    // The time of a stored sample is not that of evaluation. Parentheses hide it from Prometheus.
    return call->function->id == ast::FunctionId::kTimestamp &&
           call->args[0]->kind == ast::Kind::kVectorSelector;
  }

  Plan& plan_;
};

}  // namespace

void HoistInvariants(Plan& plan, const Context& context) {
  Hoister hoister(plan);
  if (hoister.Visit(*plan.root, context.one_step) && !context.one_step) hoister.Hoist(plan.root);
  plan.Number();
}

}  // namespace kvs::engine::promql::plan
