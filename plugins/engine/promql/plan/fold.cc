// SPDX-License-Identifier: Apache-2.0
// Arithmetic on numbers, computed by the function that would compute it at every step.

#include "binary/binary.h"
#include "plan/build.h"

namespace kvs::engine::promql::plan {
namespace {

void Fold(Node& node) {
  for (Node* input : node.inputs) Fold(*input);
  for (const Node* input : node.inputs) {
    if (input->op != Op::kNumber) return;
  }
  if (node.op == Op::kBinary) {
    const ast::BinaryOp op = ast::As<ast::Binary>(node.expr()).op;
    node.number = Compute(op, node.inputs[0]->number, node.inputs[1]->number);
  } else if (node.op == Op::kUnary) {
    const double x = node.inputs[0]->number;
    node.number = ast::As<ast::Unary>(node.expr()).negate ? -x : x;
  } else {
    return;
  }
  node.op = Op::kNumber;
  node.inputs.clear();
}

}  // namespace

void FoldConstants(Plan& plan) {
  Fold(*plan.root);
  plan.Number();
}

}  // namespace kvs::engine::promql::plan
