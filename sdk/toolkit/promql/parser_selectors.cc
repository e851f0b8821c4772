// SPDX-License-Identifier: Apache-2.0
// Selectors, lists of labels, and the modifiers behind an expression.
#include <cmath>
#include <limits>
#include <utility>

#include "kvs/base/quote.h"
#include "kvs/model/utf8.h"
#include "kvs/promql/matcher.h"

#include "numbers.h"
#include "parser_impl.h"

namespace kvs::promql {
namespace {

constexpr std::string_view kNotASelector =
    "modifier must be preceded by an instant vector selector or range vector selector or a "
    "subquery";

// Where the modifiers behind an expression are kept.
struct Modifiable {
  int64_t* offset_ms = nullptr;
  DurationExprPtr* offset_expr = nullptr;
  AtModifier* at = nullptr;

  explicit operator bool() const { return at != nullptr; }
};

Modifiable FindModifiable(Expr& expr) {
  VectorSelector* selector = AsIf<VectorSelector>(&expr);
  if (expr.kind == Kind::kMatrixSelector) selector = As<MatrixSelector>(expr).selector.get();
  if (selector != nullptr) return {&selector->offset_ms, &selector->offset_expr, &selector->at};
  if (auto* subquery = AsIf<Subquery>(&expr))
    return {&subquery->offset_ms, &subquery->offset_expr, &subquery->at};
  return {};
}

std::optional<MatchOp> ToMatchOp(TokenType type) {
  switch (type) {
    case TokenType::kAssign:
      return MatchOp::kEqual;
    case TokenType::kNotEqual:
      return MatchOp::kNotEqual;
    case TokenType::kRegex:
      return MatchOp::kRegex;
    case TokenType::kNotRegex:
      return MatchOp::kNotRegex;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::unique_ptr<VectorSelector> Parser::ParseSelector(const Token* name) {
  auto selector = std::make_unique<VectorSelector>();
  selector->pos.start = name != nullptr ? name->pos : Peek().pos;
  if (Peek().type == TokenType::kLeftBrace && !ParseMatchers(&selector->matchers)) return nullptr;
  if (name != nullptr) {
    selector->name = name->text;
    selector->matchers.push_back({std::string(kMetricNameLabel), MatchOp::kEqual, selector->name});
  }
  selector->pos.end = last_end_;
  return selector;
}

bool Parser::ParseMatchers(std::vector<Matcher>* matchers) {
  const InContext context(this, {"label matching", "identifier or \"}\""});
  Take();
  while (Peek().type != TokenType::kRightBrace) {
    Matcher matcher;
    if (!ParseMatcher(&matcher)) return false;
    matchers->push_back(std::move(matcher));

    const InContext behind_matcher(this, {"label matching", "\",\" or \"}\""});
    if (Peek().type == TokenType::kRightBrace) break;
    if (!Expect(TokenType::kComma)) return false;
  }
  Take();
  return true;
}

bool Parser::ParseMatcher(Matcher* matcher) {
  if (Peek().type != TokenType::kIdentifier && Peek().type != TokenType::kString) {
    Unexpected();
    return false;
  }
  const Token label = Take();
  const bool quoted = label.type == TokenType::kString;
  matcher->name = quoted ? Unquote(label.text) : std::string(label.text);

  const std::optional<MatchOp> op = ToMatchOp(Peek().type);
  if (!op.has_value()) {
    if (quoted) {  // A lone string is the metric name.
      matcher->value = std::exchange(matcher->name, std::string(kMetricNameLabel));
      return true;
    }
    const InContext context(this, {"label matching", "label matching operator"});
    Unexpected();
    return false;
  }
  Take();
  matcher->op = *op;
  const InContext context(this, {"label matching", "string"});
  if (Peek().type != TokenType::kString) {
    Unexpected();
    return false;
  }
  matcher->value = Unquote(Take().text);
  if (*op == MatchOp::kRegex || *op == MatchOp::kNotRegex) {
    const StatusOr<bool> valid = MatchesEmpty(*matcher);
    if (!valid.ok()) {
      Error(label.pos, valid.status().message());
      return false;
    }
  }
  return true;
}

bool Parser::ParseGroupingLabels(std::vector<std::string>* labels) {
  const InContext context(this, {"grouping opts", "\"(\""});
  if (!Expect(TokenType::kLeftParen)) return false;
  const InContext in_list(this, {"grouping opts", "label"});
  while (Peek().type != TokenType::kRightParen) {
    std::string label;
    if (!ParseGroupingLabel(&label)) return false;
    labels->push_back(std::move(label));

    const InContext behind_label(this, {"grouping opts", "\",\" or \")\""});
    if (Peek().type == TokenType::kRightParen) break;
    if (!Expect(TokenType::kComma)) return false;
  }
  Take();
  return true;
}

bool Parser::ParseGroupingLabel(std::string* label) {
  const bool quoted = Peek().type == TokenType::kString;
  if (!quoted && !MayBeGroupingLabel(Peek().type)) {
    Unexpected();
    return false;
  }
  const Token token = Take();
  *label = quoted ? Unquote(token.text) : std::string(token.text);
  if (!label->empty() && model::IsValidUtf8(*label)) return true;
  Error(token.pos, "invalid label name for grouping: ", Quote(*label));
  return false;
}

bool Parser::ParseFillValue(double* value) {
  return Expect(TokenType::kLeftParen) && ParseSignedNumber(value) &&
         Expect(TokenType::kRightParen);
}

ExprPtr Parser::ParseBrackets(ExprPtr expr) {
  const Token open = Take();
  DurationExprPtr range;
  {
    const InContext context(this,
                            {"subquery or range selector", "number, duration, step(), or range()"});
    range = ParsePositiveDuration();
    if (range == nullptr) return nullptr;
  }
  const InContext context(this, {"subquery or range", "\":\" or \"]\""});
  if (Peek().type == TokenType::kColon) return ParseSubquery(std::move(expr), std::move(range));
  if (!Expect(TokenType::kRightBracket)) return nullptr;

  const auto* const selector = AsIf<VectorSelector>(expr.get());
  if (selector == nullptr) return Error(open.pos, "ranges only allowed for vector selectors");
  if (selector->offset_ms != 0 || selector->offset_expr != nullptr) {
    return Error(open.pos, "no offset modifiers allowed before range");
  }
  if (selector->at.present()) return Error(open.pos, "no @ modifiers allowed before range");

  const PosRange pos{expr->pos.start, last_end_};
  std::unique_ptr<VectorSelector> inner(static_cast<VectorSelector*>(expr.release()));
  auto matrix = std::make_unique<MatrixSelector>(std::move(inner), 0, nullptr, pos);
  StoreDuration(std::move(range), &matrix->range_ms, &matrix->range_expr);
  return HeightFits(matrix->height, open.pos) ? std::move(matrix) : nullptr;
}

ExprPtr Parser::ParseSubquery(ExprPtr expr, DurationExprPtr range) {
  const int32_t start = expr->pos.start;
  auto subquery = std::make_unique<Subquery>(std::move(expr), PosRange{start, 0});
  StoreDuration(std::move(range), &subquery->range_ms, &subquery->range_expr);
  const Token colon = Take();
  const InContext context(this,
                          {"subquery selector", "number, duration, step(), range(), or \"]\""});
  if (Peek().type != TokenType::kRightBracket) {
    DurationExprPtr step = ParsePositiveDuration();
    if (step == nullptr) return nullptr;
    StoreDuration(std::move(step), &subquery->step_ms, &subquery->step_expr);
    const InContext behind_step(this, {"subquery selector", "\"]\""});
    if (!Expect(TokenType::kRightBracket)) return nullptr;
  } else {
    Take();
  }
  subquery->pos.end = last_end_;
  return HeightFits(subquery->height, colon.pos) ? std::move(subquery) : nullptr;
}

ExprPtr Parser::ParseOffset(ExprPtr expr) {
  const InContext context(this, {"offset", "number, duration, step(), or range()"});
  Take();
  DurationExprPtr offset = ParseOffsetDuration();
  if (offset == nullptr) return nullptr;
  const Modifiable target = FindModifiable(*expr);
  if (!target) return Error(expr->pos.start, "offset ", kNotASelector);
  if (*target.offset_ms != 0 || *target.offset_expr != nullptr) {
    return Error(expr->pos.start, "offset may not be set multiple times");
  }
  StoreDuration(std::move(offset), target.offset_ms, target.offset_expr);
  expr->pos.end = last_end_;
  return expr;
}

ExprPtr Parser::ParseAt(ExprPtr expr) {
  const InContext context(this, {"@", "timestamp"});
  Take();
  AtModifier at;
  if (Peek().type == TokenType::kStart || Peek().type == TokenType::kEnd) {
    at.kind = Take().type == TokenType::kStart ? AtKind::kStart : AtKind::kEnd;
    if (!Expect(TokenType::kLeftParen) || !Expect(TokenType::kRightParen)) return nullptr;
  } else {
    double seconds = 0;
    if (!ParseSignedNumber(&seconds)) return nullptr;
    const double ms = std::round(seconds * 1000);
    constexpr auto kLimit = static_cast<double>(std::numeric_limits<int64_t>::max());
    if (!(ms > -kLimit && ms < kLimit)) {
      std::string shown;
      AppendFixedFloat(shown, seconds, 6);
      return Error(expr->pos.start, "timestamp out of bounds for @ modifier: ", shown);
    }
    at.kind = AtKind::kTimestamp;
    at.timestamp_ms = static_cast<int64_t>(ms);
  }
  const Modifiable target = FindModifiable(*expr);
  if (!target) return Error(expr->pos.start, "@ ", kNotASelector);
  if (target.at->present())
    return Error(expr->pos.start, "@ <timestamp> may not be set multiple times");
  *target.at = at;
  expr->pos.end = last_end_;
  return expr;
}

bool Parser::ParseSignedNumber(double* value) {
  bool minus = false;
  if (Peek().type == TokenType::kAdd || Peek().type == TokenType::kSub)
    minus = Take().type == TokenType::kSub;
  if (Peek().type != TokenType::kNumber && Peek().type != TokenType::kDuration) {
    Unexpected();
    return false;
  }
  const Token token = Take();
  const StatusOr<double> number = NumberOf(token);
  if (!number.ok()) {
    Error(token.pos, number.status().message());
    return false;
  }
  *value = minus ? -*number : *number;
  return true;
}

ExprPtr Parser::ParseExtended(ExprPtr expr) {
  const bool anchored = Take().type == TokenType::kAnchored;
  const std::string_view name = anchored ? "anchored" : "smoothed";
  const int32_t start = expr->pos.start;
  if (!options_.promql_extended_range_selectors) {
    return Error(start, name, " modifier is experimental and not enabled");
  }
  if (expr->kind == Kind::kSubquery)
    return Error(start, name, " modifier is not supported for subqueries");
  VectorSelector* selector = AsIf<VectorSelector>(expr.get());
  if (expr->kind == Kind::kMatrixSelector) selector = As<MatrixSelector>(*expr).selector.get();
  if (selector == nullptr) return Error(start, name, " modifier not implemented");
  (anchored ? selector->anchored : selector->smoothed) = true;
  if (selector->anchored && selector->smoothed) {
    return Error(start, "anchored and smoothed modifiers cannot be used together");
  }
  expr->pos.end = last_end_;
  return expr;
}

}  // namespace kvs::promql
