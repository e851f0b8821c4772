// SPDX-License-Identifier: Apache-2.0
// Plans as people read them.

#include "kvs/base/str_cat.h"
#include "kvs/promql/printer.h"

#include "plan/plan.h"

namespace kvs::engine::promql::plan {
namespace {

constexpr size_t kDetailMax = 200;

/// A call with the arguments that are not inputs: label_replace(…, "a", "$1", "b", "(.*)").
std::string CallText(const ast::Call& call) {
  std::string out = StrCat(call.function->name, "(");
  std::string_view separator;
  for (const ast::ExprPtr& arg : call.args) {
    const ast::Expr& plain = Unwrap(*arg);
    const bool here = plain.kind == ast::Kind::kStringLiteral ||
                      plain.kind == ast::Kind::kNumberLiteral ||
                      plain.kind == ast::Kind::kMatrixSelector ||
                      (call.function->id == ast::FunctionId::kInfo && arg != call.args[0]);
    StrAppend(out, separator, here ? ast::ToString(plain) : std::string("…"));
    separator = ", ";
  }
  out += ")";
  return out;
}

/// At most kDetailMax bytes, cut between characters.
std::string Short(std::string text) {
  if (text.size() <= kDetailMax) return text;
  size_t end = kDetailMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text + "…";
}

class Writer {
 public:
  explicit Writer(const Plan& plan) : plan_(plan), seen_(plan.size(), false) {}

  void Write(const Node& node, size_t depth) {
    out_.append(2 * depth, ' ');
    const bool shared = node.uses > 1;
    if (shared && seen_[node.id]) {
      StrAppend(out_, "= #", node.id, "\n");
      return;
    }
    seen_[node.id] = true;
    StrAppend(out_, OpName(node.op));
    if (const std::string detail = DetailOf(node); !detail.empty()) StrAppend(out_, " ", detail);
    if (shared) StrAppend(out_, "  (#", node.id, ", used ", node.uses, " times)");
    out_ += '\n';
    for (const Node* input : node.inputs) Write(*input, depth + 1);
  }
  std::string Take() { return std::move(out_); }

 private:
  const Plan& plan_;
  std::vector<bool> seen_;
  std::string out_;
};

}  // namespace

std::string_view OpName(Op op) {
  switch (op) {
    case Op::kNumber:
      return "number";
    case Op::kString:
      return "string";
    case Op::kScan:
      return "scan";
    case Op::kScanAggregate:
      return "scan_aggregate";
    case Op::kSamples:
      return "samples";
    case Op::kSubquery:
      return "subquery";
    case Op::kWindow:
      return "window";
    case Op::kAbsent:
      return "absent";
    case Op::kCall:
      return "call";
    case Op::kAggregate:
      return "aggregate";
    case Op::kBinary:
      return "binary";
    case Op::kUnary:
      return "unary";
    case Op::kRepeat:
      return "repeat";
  }
  return "";
}

std::string DetailOf(const Node& node) {
  switch (node.op) {
    case Op::kNumber:
      return ast::FormatNumber(node.number);
    case Op::kRepeat:
      return "";
    case Op::kScan:
    case Op::kWindow:
    case Op::kAbsent:
    case Op::kCall:
      if (const auto* call = ast::AsIf<ast::Call>(&node.expr())) {
        const bool whole = node.op == Op::kScan && node.inputs.empty();
        return Short(whole ? ast::ToString(*call) : CallText(*call));
      }
      [[fallthrough]];
    default:
      return Short(ast::OperatorToString(node.expr()));
  }
}

std::string ToText(const Plan& plan) {
  Writer writer(plan);
  writer.Write(*plan.root, 0);
  return writer.Take();
}

}  // namespace kvs::engine::promql::plan
