// SPDX-License-Identifier: Apache-2.0
// The nodes and who stands for what.

#include "plan/plan.h"

namespace kvs::engine::promql {

const ast::Expr& Unwrap(const ast::Expr& expr) {
  const ast::Expr* at = &expr;
  while (at->kind == ast::Kind::kParen) at = ast::As<ast::Paren>(*at).expr.get();
  return *at;
}

namespace plan {

Node* Plan::Add(Op op, const ast::Expr& expr) {
  Node& node = nodes_.emplace_back();
  node.op = op;
  node.stands_for.push_back(&expr);
  return &node;
}

Node* Plan::Of(const ast::Expr& expr) const {
  const auto it = of_.find(&Unwrap(expr));
  return it == of_.end() ? nullptr : it->second;
}

void Plan::Merge(Node& node, const Node& other) {
  for (const ast::Expr* expr : other.stands_for) {
    node.stands_for.push_back(expr);
    if (const auto it = of_.find(expr); it != of_.end() && it->second == &other) it->second = &node;
  }
}

void Plan::Number() {
  for (Node& node : nodes_) node.uses = node.mentions = 0;
  by_id_.clear();
  constexpr uint32_t kNone = ~uint32_t{0};
  for (Node& node : nodes_) node.id = kNone;
  std::vector<Node*> waiting{root};
  root->uses = root->mentions = 1;
  while (!waiting.empty()) {
    Node* const node = waiting.back();
    waiting.pop_back();
    if (node->id != kNone) continue;
    node->id = static_cast<uint32_t>(by_id_.size());
    by_id_.push_back(node);
    for (Node* input : node->inputs) {
      ++input->mentions;
      if (node->op != Op::kScanAggregate) ++input->uses;
    }
    waiting.insert(waiting.end(), node->inputs.rbegin(), node->inputs.rend());
  }
}

const ast::Expr* RangeOf(const ast::Call& call) {
  for (const ast::ExprPtr& arg : call.args) {
    if (arg->type == ast::ValueType::kMatrix) return &Unwrap(*arg);
  }
  return nullptr;
}

const ast::VectorSelector* SelectorOf(const Node& node) {
  if (node.op != Op::kScan && node.op != Op::kSamples && node.op != Op::kAbsent) return nullptr;
  const ast::Expr* at = &node.expr();
  if (const auto* call = ast::AsIf<ast::Call>(at)) {
    at = RangeOf(*call);
    if (at == nullptr) at = &Unwrap(*call->args[0]);  // timestamp(m), absent(m)
  }
  if (const auto* matrix = ast::AsIf<ast::MatrixSelector>(at)) return matrix->selector.get();
  return ast::AsIf<ast::VectorSelector>(at);
}

bool KeepsNames(ast::FunctionId id) {
  return id == ast::FunctionId::kLastOverTime || id == ast::FunctionId::kFirstOverTime;
}

}  // namespace plan
}  // namespace kvs::engine::promql
