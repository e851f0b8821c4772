// SPDX-License-Identifier: Apache-2.0
// Matchers across joins: where all rows of one side satisfy a matcher on a label of the match key,
// rows of the other side that do not satisfy it find no partner, and need not be read.
//
// Only bare selectors are narrowed. A function above them may have something to say about a series
// that is not read, and a sum's last bits depend on how series lie in batches. Beside set operators
// only joins on all labels are used: they cannot fail because of rows that find no partner.

#include <algorithm>

#include "kvs/promql/walk.h"

#include "plan/build.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql::plan {
namespace {

using Matchers = std::vector<ast::Matcher>;

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Functions of an instant vector that leave labels, but for names, as they are.
bool KeepsLabels(ast::FunctionId id) {
  using enum ast::FunctionId;
  switch (id) {
    case kAbs:
    case kCeil:
    case kFloor:
    case kExp:
    case kLn:
    case kLog2:
    case kLog10:
    case kSqrt:
    case kSgn:
    case kRound:
    case kClamp:
    case kClampMin:
    case kClampMax:
      return true;
    default:
      return false;
  }
}

Matchers GuaranteesOf(const Node& node);

Matchers OfAggregate(const Node& node) {
  const auto& aggregate = ast::As<ast::Aggregate>(node.expr());
  using enum ast::AggregateOp;
  Matchers out = GuaranteesOf(*node.inputs.back());
  if (aggregate.op == kTopk || aggregate.op == kBottomk || aggregate.op == kLimitk ||
      aggregate.op == kLimitRatio) {
    return out;  // They choose rows.
  }
  if (aggregate.op == kCountValues) return {};  // Its label may hide another.
  std::erase_if(out, [&](const ast::Matcher& m) {
    return Contains(aggregate.grouping, m.name) == aggregate.without;
  });
  return out;
}

/// Matchers that every row of the value satisfies; none on the name.
Matchers GuaranteesOf(const Node& node) {
  switch (node.op) {
    case Op::kScan: {
      const ast::VectorSelector* const selector = SelectorOf(node);
      if (selector == nullptr) return {};
      Matchers out = selector->matchers;
      std::erase_if(out, [](const ast::Matcher& m) {
        return m.name == ast::kMetricNameLabel || m.name == "__type__" || m.name == "__unit__";
      });
      return out;
    }
    case Op::kUnary:
    case Op::kRepeat:
      return GuaranteesOf(*node.inputs[0]);
    case Op::kScanAggregate:
    case Op::kAggregate:
      return OfAggregate(node);
    case Op::kCall:
      if (!KeepsLabels(ast::As<ast::Call>(node.expr()).function->id)) return {};
      return GuaranteesOf(*node.inputs[0]);
    case Op::kBinary: {
      const auto& binary = ast::As<ast::Binary>(node.expr());
      if (!binary.matching.has_value()) {
        const bool left = node.inputs[0]->expr().type == ast::ValueType::kVector;
        return GuaranteesOf(*node.inputs[left ? 0 : 1]);
      }
      const bool chooses = binary.op == ast::BinaryOp::kAnd || binary.op == ast::BinaryOp::kUnless;
      return chooses ? GuaranteesOf(*node.inputs[0]) : Matchers();
    }
    default:
      return {};
  }
}

/// Whether no two rows differ in their names alone.
bool UniqueWithoutName(const Node& node) {
  switch (node.op) {
    case Op::kScan:
      return SelectorOf(node) != nullptr && !FixedName(*SelectorOf(node)).empty();
    case Op::kScanAggregate:
    case Op::kAggregate: {
      const auto& aggregate = ast::As<ast::Aggregate>(node.expr());
      return !ast::TakesParam(aggregate.op) &&
             (aggregate.without || !Contains(aggregate.grouping, ast::kMetricNameLabel));
    }
    default:
      return false;
  }
}

bool IsBareSelector(const Node& node) {
  return node.op == Op::kScan && node.expr().kind == ast::Kind::kVectorSelector && node.uses == 1;
}

/// Adds what `from` guarantees of the labels in the match key to the selector `to`.
void Narrow(const ast::VectorMatching& matching, const Node& from, Node& to) {
  const auto& selector = ast::As<ast::VectorSelector>(to.expr());
  ast::ExprPtr narrowed;
  for (ast::Matcher& m : GuaranteesOf(from)) {
    if (Contains(matching.labels, m.name) != matching.on) continue;
    if (std::ranges::find(selector.matchers, m) != selector.matchers.end()) continue;
    if (narrowed == nullptr) narrowed = ast::Clone(selector);
    auto& matchers = ast::As<ast::VectorSelector>(*narrowed).matchers;
    if (std::ranges::find(matchers, m) == matchers.end())
      matchers.insert(matchers.begin(), std::move(m));
  }
  if (narrowed != nullptr) to.narrowed = std::move(narrowed);
}

void Push(Node& node) {
  const auto& binary = ast::As<ast::Binary>(node.expr());
  const ast::VectorMatching& matching = *binary.matching;
  Node& left = *node.inputs[0];
  Node& right = *node.inputs[1];
  bool to_left = false;
  bool to_right = false;
  if (binary.op == ast::BinaryOp::kAnd || binary.op == ast::BinaryOp::kUnless) {
    to_left = binary.op == ast::BinaryOp::kAnd;
    to_right = true;
  } else if (!ast::IsSetOperator(binary.op) && matching.card == ast::Cardinality::kOneToOne &&
             !matching.on && matching.labels.empty() && !matching.fill_left.has_value() &&
             !matching.fill_right.has_value()) {
    // Two rows on the right with one key are an error, unless the left has none at that step.
    to_left = to_right = UniqueWithoutName(right);
  }
  // Both see the other as it was written: what was pushed says nothing new.
  if (to_right && IsBareSelector(right)) Narrow(matching, left, right);
  if (to_left && IsBareSelector(left)) Narrow(matching, right, left);
}

}  // namespace

void PushMatchers(Plan& plan) {
  for (uint32_t id = 0; id < plan.size(); ++id) {
    Node& node = plan[id];
    if (node.op != Op::kBinary || !ast::As<ast::Binary>(node.expr()).matching.has_value()) continue;
    Push(node);
  }
}

}  // namespace kvs::engine::promql::plan
