// SPDX-License-Identifier: Apache-2.0
// Durations in brackets and after offset: literals, and arithmetic with step(), range(), min_of()
// and max_of().
#include <algorithm>
#include <utility>

#include "numbers.h"
#include "parser_impl.h"

namespace kvs::promql {
namespace {

constexpr int kLowestDurationPrecedence = 1;
constexpr int kDurationPowPrecedence = 3;

struct DurationOperatorInfo {
  DurationOp op;
  int precedence;  // 0: not an operator.
};

DurationOperatorInfo FindDurationOperator(TokenType type) {
  switch (type) {
    case TokenType::kAdd:
      return {DurationOp::kAdd, 1};
    case TokenType::kSub:
      return {DurationOp::kSub, 1};
    case TokenType::kMul:
      return {DurationOp::kMul, 2};
    case TokenType::kDiv:
      return {DurationOp::kDiv, 2};
    case TokenType::kMod:
      return {DurationOp::kMod, 2};
    case TokenType::kPow:
      return {DurationOp::kPow, kDurationPowPrecedence};
    default:
      return {DurationOp::kLiteral, 0};
  }
}

DurationExprPtr MakeNode(DurationOp op, PosRange pos, DurationExprPtr lhs, DurationExprPtr rhs) {
  auto node = std::make_unique<DurationExpr>();
  node->op = op;
  node->pos = pos;
  node->height = 1 + std::max(lhs == nullptr ? 0 : lhs->height, rhs == nullptr ? 0 : rhs->height);
  node->lhs = std::move(lhs);
  node->rhs = std::move(rhs);
  return node;
}

// Remembers the parentheses around `inner`. A literal has no room for that, so it becomes the
// operand of a plus.
DurationExprPtr Wrap(DurationExprPtr inner, int32_t start) {
  if (inner->op == DurationOp::kLiteral) {
    const PosRange pos{start, inner->pos.end};
    inner = MakeNode(DurationOp::kPlus, pos, nullptr, std::move(inner));
  }
  inner->wrapped = true;
  return inner;
}

bool IsSign(TokenType type) {
  return type == TokenType::kAdd || type == TokenType::kSub;
}

}  // namespace

void Parser::StoreDuration(DurationExprPtr duration, int64_t* ms, DurationExprPtr* expr) {
  if (duration->op == DurationOp::kLiteral) {
    *ms = LiteralMs(duration->value);
  } else {
    *expr = std::move(duration);
  }
}

DurationExprPtr Parser::ParsePositiveDuration() {
  DurationExprPtr duration = ParseDuration(kLowestDurationPrecedence);
  if (duration != nullptr && duration->op == DurationOp::kLiteral && duration->value <= 0) {
    return Error(duration->pos.start, "duration must be greater than 0");
  }
  return duration;
}

DurationExprPtr Parser::ParseDuration(int lowest_precedence) {
  const Deeper deeper(this);
  if (depth_ > options_.max_depth) return TooDeep(Peek().pos);
  DurationExprPtr lhs = ParseDurationUnary();
  return lhs == nullptr ? nullptr : ContinueDuration(std::move(lhs), lowest_precedence);
}

DurationExprPtr Parser::ContinueDuration(DurationExprPtr lhs, int lowest_precedence) {
  while (lhs != nullptr) {
    const int precedence = FindDurationOperator(Peek().type).precedence;
    if (precedence < lowest_precedence || precedence == 0) break;
    const Token op = Take();
    DurationExprPtr rhs =
        ParseDuration(precedence == kDurationPowPrecedence ? kDurationPowPrecedence : precedence + 1);
    if (rhs == nullptr) return nullptr;
    lhs = MakeDuration(op, std::move(lhs), std::move(rhs));
  }
  return lhs;
}

DurationExprPtr Parser::MakeDuration(const Token& op, DurationExprPtr lhs, DurationExprPtr rhs) {
  if (!DurationsAllowed(*lhs)) return nullptr;
  const DurationOp kind = FindDurationOperator(op.type).op;
  if (rhs->op == DurationOp::kLiteral && rhs->value == 0) {
    if (kind == DurationOp::kDiv) return Error(op.pos, "division by zero");
    if (kind == DurationOp::kMod) return Error(op.pos, "modulo by zero");
  }
  const PosRange pos{lhs->pos.start, rhs->pos.end};
  DurationExprPtr node = MakeNode(kind, pos, std::move(lhs), std::move(rhs));
  return HeightFits(node->height, op.pos) ? std::move(node) : nullptr;
}

DurationExprPtr Parser::ParseDurationUnary() {
  if (!IsSign(Peek().type)) return ParseDurationOperand();
  const Token sign = Take();
  DurationExprPtr operand = ParseDuration(kDurationPowPrecedence);
  return operand == nullptr ? nullptr : ApplySign(sign, std::move(operand));
}

DurationExprPtr Parser::ApplySign(const Token& sign, DurationExprPtr operand) {
  const bool minus = sign.type == TokenType::kSub;
  if (operand->op == DurationOp::kLiteral) {
    if (minus) operand->value = -operand->value;
    operand->pos.start = sign.pos;
    return operand;
  }
  if (!minus) return operand;
  const PosRange pos{sign.pos, operand->pos.end};
  DurationExprPtr node = MakeNode(DurationOp::kMinus, pos, nullptr, std::move(operand));
  return HeightFits(node->height, sign.pos) ? std::move(node) : nullptr;
}

DurationExprPtr Parser::ParseDurationOperand() {
  switch (Peek().type) {
    case TokenType::kNumber:
    case TokenType::kDuration:
      return ParseDurationLiteral();
    case TokenType::kLeftParen:
      return ParseDurationParen();
    case TokenType::kStep:
    case TokenType::kRange:
    case TokenType::kMinOf:
    case TokenType::kMaxOf:
      return ParseDurationFunction();
    default:
      return Unexpected();
  }
}

DurationExprPtr Parser::ParseDurationLiteral() {
  const Token token = Take();
  const StatusOr<double> seconds = NumberOf(token);
  if (!seconds.ok()) return Error(token.pos, seconds.status().message());
  if (DurationOutOfRange(*seconds)) return Error(token.pos, "duration out of range");
  DurationExprPtr literal =
      MakeNode(DurationOp::kLiteral, {token.pos, token.end()}, nullptr, nullptr);
  literal->value = *seconds;
  literal->is_duration = token.type == TokenType::kDuration;
  return literal;
}

DurationExprPtr Parser::ParseDurationParen() {
  const Token open = Take();
  DurationExprPtr inner = ParseDuration(kLowestDurationPrecedence);
  if (inner == nullptr || !Expect(TokenType::kRightParen)) return nullptr;
  if (!DurationsAllowed(*inner)) return nullptr;
  DurationExprPtr wrapped = Wrap(std::move(inner), open.pos);
  return HeightFits(wrapped->height, open.pos) ? std::move(wrapped) : nullptr;
}

DurationExprPtr Parser::ParseDurationFunction() {
  const Token name = Take();
  if (!Expect(TokenType::kLeftParen)) return nullptr;
  DurationExprPtr node;
  if (name.type == TokenType::kStep || name.type == TokenType::kRange) {
    if (!Expect(TokenType::kRightParen)) return nullptr;
    const DurationOp op = name.type == TokenType::kStep ? DurationOp::kStep : DurationOp::kRange;
    node = MakeNode(op, {name.pos, last_end_}, nullptr, nullptr);
  } else {
    DurationExprPtr lhs = ParseDuration(kLowestDurationPrecedence);
    if (lhs == nullptr || !Expect(TokenType::kComma)) return nullptr;
    DurationExprPtr rhs = ParseDuration(kLowestDurationPrecedence);
    if (rhs == nullptr || !Expect(TokenType::kRightParen)) return nullptr;
    // Prometheus reports the two arguments as the place of the whole.
    const PosRange pos{lhs->pos.start, rhs->pos.end};
    const DurationOp op = name.type == TokenType::kMinOf ? DurationOp::kMinOf : DurationOp::kMaxOf;
    node = MakeNode(op, pos, std::move(lhs), std::move(rhs));
  }
  if (!DurationsAllowed(*node) || !HeightFits(node->height, name.pos)) return nullptr;
  return node;
}

// What follows `offset` is one operand with at most one sign, so that `m offset 5m - 1` subtracts
// from the samples. Only an operand that begins with a parenthesis, or with two signs, goes on as
// arithmetic.
DurationExprPtr Parser::ParseOffsetDuration() {
  const Deeper deeper(this);
  if (IsSign(Peek().type)) return ParseSignedOffsetDuration();
  const bool paren = Peek().type == TokenType::kLeftParen;
  DurationExprPtr operand = ParseDurationOperand();
  if (operand == nullptr || !paren) return operand;
  return ContinueDuration(std::move(operand), kLowestDurationPrecedence);
}

DurationExprPtr Parser::ParseSignedOffsetDuration() {
  const Token sign = Take();
  if (IsSign(Peek().type)) {
    DurationExprPtr operand = ParseDuration(kDurationPowPrecedence);
    if (operand != nullptr) operand = ApplySign(sign, std::move(operand));
    return operand == nullptr ? nullptr : ContinueDuration(std::move(operand), kLowestDurationPrecedence);
  }
  DurationExprPtr operand = ParseDurationOperand();
  return operand == nullptr ? nullptr : ApplySign(sign, std::move(operand));
}

bool Parser::DurationsAllowed(const DurationExpr& duration) {
  if (options_.promql_duration_expr) return true;
  Error(duration.pos.start, "experimental duration expression is not enabled");
  return false;
}

}  // namespace kvs::promql
