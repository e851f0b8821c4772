// SPDX-License-Identifier: Apache-2.0
// topk and bottomk at one step: rows that cannot be chosen are forgotten batch by batch, before
// anybody looks at their labels.

#include "plan/build.h"

namespace kvs::engine::promql::plan {
namespace {

/// Above this there is little to forget.
constexpr double kMostKept = 1000;

/// How many `aggregate` chooses of all its input; 0: that is not known, or there are groups.
uint32_t Chosen(const ast::Aggregate& aggregate) {
  if (aggregate.op != ast::AggregateOp::kTopk && aggregate.op != ast::AggregateOp::kBottomk)
    return 0;
  if (aggregate.without || !aggregate.grouping.empty()) return 0;
  const auto* k = ast::AsIf<ast::NumberLiteral>(&Unwrap(*aggregate.param));
  return k != nullptr && k->value >= 1 && k->value <= kMostKept ? static_cast<uint32_t>(k->value)
                                                                : 0;
}

}  // namespace

void KeepBest(Plan& plan, const Context& context) {
  if (!context.one_step) return;
  for (uint32_t id = 0; id < plan.size(); ++id) {
    const Node& node = plan[id];
    if (node.op != Op::kAggregate || node.grid != plan.root->grid) continue;
    const auto& aggregate = ast::As<ast::Aggregate>(node.expr());
    const uint32_t chosen = Chosen(aggregate);
    if (chosen == 0) continue;
    Node* const scan = plan.Of(*aggregate.expr);
    if (scan == nullptr || scan->op != Op::kScan || scan->mentions != 1) continue;
    const auto* call = ast::AsIf<ast::Call>(&scan->expr());
    if (call != nullptr && RangeOf(*call) == nullptr) continue;  // timestamp(m)
    if (NamesMayCollide(*scan, context)) continue;
    scan->best = chosen;
    scan->best_is_greatest = aggregate.op == ast::AggregateOp::kTopk;
  }
}

}  // namespace kvs::engine::promql::plan
