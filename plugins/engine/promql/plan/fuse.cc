// SPDX-License-Identifier: Apache-2.0
// Aggregations right above a scan.

#include "plan/build.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql::plan {
namespace {

bool CanFuse(const Node& node, const Context& context) {
  if (node.op != Op::kAggregate || ast::As<ast::Aggregate>(node.expr()).param != nullptr)
    return false;
  const Node& scan = *node.inputs[0];
  if (scan.op != Op::kScan) return false;
  const auto* call = ast::AsIf<ast::Call>(&scan.expr());
  if (call != nullptr && RangeOf(*call) == nullptr) return false;  // timestamp(m)
  return !NamesMayCollide(scan, context);
}

}  // namespace

bool NamesMayCollide(const Node& scan, const Context& context) {
  const auto* call = ast::AsIf<ast::Call>(&scan.expr());
  if (call == nullptr || context.features->delayed_name_removal) return false;
  return !KeepsNames(call->function->id) && FixedName(*SelectorOf(scan)).empty();
}

void FuseAggregations(Plan& plan, const Context& context) {
  for (uint32_t id = 0; id < plan.size(); ++id) {
    Node& node = plan[id];
    if (!CanFuse(node, context)) continue;
    node.op = Op::kScanAggregate;
    node.inputs[0]->aggregated_by.push_back(&node);
  }
  plan.Number();
}

}  // namespace kvs::engine::promql::plan
