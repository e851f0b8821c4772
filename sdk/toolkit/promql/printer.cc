// SPDX-License-Identifier: Apache-2.0
#include "kvs/promql/printer.h"

#include <algorithm>
#include <vector>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

#include "expr_writer.h"
#include "numbers.h"

namespace kvs::promql {
namespace {

bool IsPlainLabelName(std::string_view name) {
  const auto plain = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && plain(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return plain(c) || (c >= '0' && c <= '9');
  });
}

void AppendLabels(std::string& out, const std::vector<std::string>& labels) {
  out.push_back('(');
  std::string_view separator;
  for (const std::string& label : labels) {
    StrAppend(out, separator, IsPlainLabelName(label) ? label : Quote(label));
    separator = ", ";
  }
  out.push_back(')');
}

void AppendSeconds(std::string& out, double seconds, bool is_duration) {
  if (!is_duration) {
    out += FormatNumber(seconds);
    return;
  }
  if (seconds < 0) out.push_back('-');
  AppendDurationMs(out, static_cast<int64_t>(std::abs(seconds) * 1e9) / 1000000);
}

void AppendDuration(std::string& out, int64_t ms, const DurationExpr* expr) {
  if (expr != nullptr) {
    WriteDuration(*expr, out);
  } else {
    AppendDurationMs(out, ms);
  }
}

void AppendAt(std::string& out, const AtModifier& at) {
  switch (at.kind) {
    case AtKind::kNone:
      return;
    case AtKind::kStart:
      out += " @ start()";
      return;
    case AtKind::kEnd:
      out += " @ end()";
      return;
    case AtKind::kTimestamp:
      break;
  }
  out += " @ ";
  AppendFixedFloat(out, static_cast<double>(at.timestamp_ms) / 1000, 3);
}

// Behind `offset` a parser stops after the first operand, unless the text begins with a parenthesis
// or with two signs.
bool IsCutShortAfterOffset(const DurationExpr& duration, std::string_view text) {
  const DurationExpr* inner = &duration;
  while (inner->op == DurationOp::kMinus && !inner->wrapped) inner = inner->rhs.get();
  const bool infix = inner->op >= DurationOp::kAdd && inner->op <= DurationOp::kPow;
  return infix && !inner->wrapped && text[0] != '(' && !text.starts_with("--");
}

void AppendOffset(std::string& out, int64_t ms, const DurationExpr* expr) {
  if (ms == 0 && expr == nullptr) return;
  out += " offset ";
  if (expr == nullptr) return AppendDurationMs(out, ms);
  const std::string text = ToString(*expr);
  StrAppend(out, IsCutShortAfterOffset(*expr, text) ? StrCat("(", text, ")") : text);
}

void AppendExtended(std::string& out, const VectorSelector& selector) {
  if (selector.anchored) {
    out += " anchored";
  } else if (selector.smoothed) {
    out += " smoothed";
  }
}

void AppendMatchers(std::string& out, const VectorSelector& selector) {
  std::vector<std::string> texts;
  for (const Matcher& m : selector.matchers) {
    const bool is_the_name =
        m.name == kMetricNameLabel && m.op == MatchOp::kEqual && m.value == selector.name;
    if (!is_the_name || m.value.empty()) texts.push_back(ToString(m));
  }
  out += selector.name;
  if (texts.empty()) {
    if (selector.name.empty()) out += "{}";  // info() takes it.
    return;
  }
  std::sort(texts.begin(), texts.end());
  char separator = '{';
  for (const std::string& text : texts) {
    StrAppend(out, separator, text);
    separator = ',';
  }
  out.push_back('}');
}

void AppendFill(std::string& out, std::string_view name, double value) {
  StrAppend(out, " ", name, " (");
  AppendShortFloat(out, value);
  out.push_back(')');
}

}  // namespace

void WriteDuration(const DurationExpr& duration, std::string& out) {
  const auto binary = [&](std::string_view op) {
    WriteDuration(*duration.lhs, out);
    StrAppend(out, " ", op, " ");
    WriteDuration(*duration.rhs, out);
  };
  const auto function = [&](std::string_view name) {
    StrAppend(out, name, "(");
    WriteDuration(*duration.lhs, out);
    out += ", ";
    WriteDuration(*duration.rhs, out);
    out.push_back(')');
  };
  if (duration.wrapped) out.push_back('(');
  switch (duration.op) {
    case DurationOp::kLiteral:
      AppendSeconds(out, duration.value, duration.is_duration);
      break;
    case DurationOp::kPlus:
      WriteDuration(*duration.rhs, out);
      break;
    case DurationOp::kMinus:
      out.push_back('-');
      WriteDuration(*duration.rhs, out);
      break;
    case DurationOp::kAdd:
      binary("+");
      break;
    case DurationOp::kSub:
      binary("-");
      break;
    case DurationOp::kMul:
      binary("*");
      break;
    case DurationOp::kDiv:
      binary("/");
      break;
    case DurationOp::kMod:
      binary("%");
      break;
    case DurationOp::kPow:
      binary("^");
      break;
    case DurationOp::kStep:
      out += "step()";
      break;
    case DurationOp::kRange:
      out += "range()";
      break;
    case DurationOp::kMinOf:
      function("min_of");
      break;
    case DurationOp::kMaxOf:
      function("max_of");
      break;
  }
  if (duration.wrapped) out.push_back(')');
}

void WriteBinaryOperator(const Binary& binary, std::string& out) {
  StrAppend(out, BinaryOpName(binary.op), binary.return_bool ? " bool" : "");
  if (!binary.matching.has_value()) return;
  const VectorMatching& matching = *binary.matching;
  const bool grouped =
      matching.card == Cardinality::kManyToOne || matching.card == Cardinality::kOneToMany;
  if (!matching.labels.empty() || matching.on || grouped) {
    out += matching.on ? " on " : " ignoring ";
    AppendLabels(out, matching.labels);
  }
  if (grouped) {
    out += matching.card == Cardinality::kManyToOne ? " group_left " : " group_right ";
    AppendLabels(out, matching.include);
  }
  if (matching.fill_left.has_value() && matching.fill_left == matching.fill_right) {
    AppendFill(out, "fill", *matching.fill_left);
    return;
  }
  if (matching.fill_left.has_value()) AppendFill(out, "fill_left", *matching.fill_left);
  if (matching.fill_right.has_value()) AppendFill(out, "fill_right", *matching.fill_right);
}

void WriteAggregateOperator(const Aggregate& aggregate, std::string& out) {
  out += AggregateOpName(aggregate.op);
  if (!aggregate.without && aggregate.grouping.empty()) return;
  out += aggregate.without ? " without " : " by ";
  AppendLabels(out, aggregate.grouping);
  out.push_back(' ');
}

void WriteSubqueryBrackets(const Subquery& subquery, std::string& out) {
  out.push_back('[');
  AppendDuration(out, subquery.range_ms, subquery.range_expr.get());
  out.push_back(':');
  // Once resolved, a step expression is still printed as written.
  if (subquery.step_expr != nullptr || subquery.step_ms != 0) {
    AppendDuration(out, subquery.step_ms, subquery.step_expr.get());
  }
  out.push_back(']');
  AppendAt(out, subquery.at);
  AppendOffset(out, subquery.offset_ms, subquery.offset_expr.get());
}

std::string OperatorToString(const Expr& expr) {
  std::string out;
  switch (expr.kind) {
    case Kind::kBinary:
      WriteBinaryOperator(As<Binary>(expr), out);
      return out;
    case Kind::kAggregate:
      WriteAggregateOperator(As<Aggregate>(expr), out);
      if (out.back() == ' ') out.pop_back();
      return out;
    case Kind::kSubquery:
      WriteSubqueryBrackets(As<Subquery>(expr), out);
      return out;
    case Kind::kCall:
      return std::string(As<Call>(expr).function->name);
    case Kind::kUnary:
      return As<Unary>(expr).negate ? "-" : "+";
    case Kind::kParen:
      return "()";
    case Kind::kNumberLiteral:
    case Kind::kStringLiteral:
    case Kind::kVectorSelector:
    case Kind::kMatrixSelector:
      return ToString(expr);
  }
  return out;
}

void ExprWriter::Write(const Expr& expr) {
  if (out_.size() > limit_) return;
  switch (expr.kind) {
    case Kind::kNumberLiteral: {
      const auto& number = As<NumberLiteral>(expr);
      return AppendSeconds(out_, number.value, number.is_duration);
    }
    case Kind::kStringLiteral:
      out_ += Quote(As<StringLiteral>(expr).value);
      return;
    case Kind::kVectorSelector: {
      const auto& selector = As<VectorSelector>(expr);
      if (selector.matchers.size() > limit_)
        return out_.resize(limit_ + 1);  // Spares sorting them at every level.
      AppendMatchers(out_, selector);
      AppendAt(out_, selector.at);
      AppendExtended(out_, selector);
      AppendOffset(out_, selector.offset_ms, selector.offset_expr.get());
      return;
    }
    case Kind::kMatrixSelector:
      return WriteMatrix(As<MatrixSelector>(expr));
    case Kind::kSubquery:
      Write(*As<Subquery>(expr).expr);
      return WriteSubqueryBrackets(As<Subquery>(expr), out_);
    case Kind::kCall:
      out_ += As<Call>(expr).function->name;
      return WriteList(As<Call>(expr).args);
    case Kind::kAggregate:
      return WriteAggregate(As<Aggregate>(expr));
    case Kind::kBinary:
      Write(*As<Binary>(expr).lhs);
      out_.push_back(' ');
      WriteBinaryOperator(As<Binary>(expr), out_);
      out_.push_back(' ');
      return Write(*As<Binary>(expr).rhs);
    case Kind::kUnary:
      out_.push_back(As<Unary>(expr).negate ? '-' : '+');
      return Write(*As<Unary>(expr).expr);
    case Kind::kParen:
      out_.push_back('(');
      Write(*As<Paren>(expr).expr);
      out_.push_back(')');
      return;
  }
}

void ExprWriter::WriteMatrix(const MatrixSelector& matrix) {
  const VectorSelector& selector = *matrix.selector;
  AppendMatchers(out_, selector);
  out_.push_back('[');
  AppendDuration(out_, matrix.range_ms, matrix.range_expr.get());
  out_.push_back(']');
  AppendExtended(out_, selector);
  AppendAt(out_, selector.at);
  AppendOffset(out_, selector.offset_ms, selector.offset_expr.get());
}

void ExprWriter::WriteAggregate(const Aggregate& aggregate) {
  WriteAggregateOperator(aggregate, out_);
  out_.push_back('(');
  if (aggregate.param != nullptr) {
    Write(*aggregate.param);
    out_ += ", ";
  }
  Write(*aggregate.expr);
  out_.push_back(')');
}

void ExprWriter::WriteList(const std::vector<ExprPtr>& args) {
  out_.push_back('(');
  std::string_view separator;
  for (const ExprPtr& arg : args) {
    out_ += separator;
    Write(*arg);
    separator = ", ";
  }
  out_.push_back(')');
}

std::string ToString(const Expr& expr) {
  ExprWriter writer;
  writer.Write(expr);
  return writer.Take();
}

std::string ToString(const DurationExpr& duration) {
  std::string out;
  WriteDuration(duration, out);
  return out;
}

std::string ToString(const Matcher& matcher) {
  return StrCat(IsPlainLabelName(matcher.name) ? matcher.name : Quote(matcher.name),
                MatchOpName(matcher.op), Quote(matcher.value));
}

std::string_view MatchOpName(MatchOp op) {
  switch (op) {
    case MatchOp::kEqual:
      return "=";
    case MatchOp::kNotEqual:
      return "!=";
    case MatchOp::kRegex:
      return "=~";
    case MatchOp::kNotRegex:
      return "!~";
  }
  return "";
}

}  // namespace kvs::promql
