// SPDX-License-Identifier: Apache-2.0
#include "kvs/promql/parser.h"

#include <limits>
#include <utility>

#include "kvs/base/quote.h"
#include "kvs/promql/position.h"

#include "checker.h"
#include "numbers.h"
#include "parser_impl.h"

namespace kvs::promql {
namespace {

constexpr int kLowestPrecedence = 1;
constexpr int kMulPrecedence = 5;
constexpr int kPowPrecedence = 6;

struct OperatorInfo {
  BinaryOp op;
  int precedence;  // 0: not a binary operator.
};

OperatorInfo FindOperator(TokenType type) {
  switch (type) {
    case TokenType::kOr:
      return {BinaryOp::kOr, 1};
    case TokenType::kAnd:
      return {BinaryOp::kAnd, 2};
    case TokenType::kUnless:
      return {BinaryOp::kUnless, 2};
    case TokenType::kEqual:
      return {BinaryOp::kEqual, 3};
    case TokenType::kNotEqual:
      return {BinaryOp::kNotEqual, 3};
    case TokenType::kLess:
      return {BinaryOp::kLess, 3};
    case TokenType::kLessEqual:
      return {BinaryOp::kLessEqual, 3};
    case TokenType::kGreater:
      return {BinaryOp::kGreater, 3};
    case TokenType::kGreaterEqual:
      return {BinaryOp::kGreaterEqual, 3};
    case TokenType::kTrimUpper:
      return {BinaryOp::kTrimUpper, 3};
    case TokenType::kTrimLower:
      return {BinaryOp::kTrimLower, 3};
    case TokenType::kAdd:
      return {BinaryOp::kAdd, 4};
    case TokenType::kSub:
      return {BinaryOp::kSub, 4};
    case TokenType::kMul:
      return {BinaryOp::kMul, kMulPrecedence};
    case TokenType::kDiv:
      return {BinaryOp::kDiv, kMulPrecedence};
    case TokenType::kMod:
      return {BinaryOp::kMod, kMulPrecedence};
    case TokenType::kAtan2:
      return {BinaryOp::kAtan2, kMulPrecedence};
    case TokenType::kPow:
      return {BinaryOp::kPow, kPowPrecedence};
    default:
      return {BinaryOp::kAdd, 0};
  }
}

// Tokens that an expression can begin with, except a parenthesis.
bool BeginsOperand(TokenType type) {
  switch (type) {
    case TokenType::kNumber:
    case TokenType::kDuration:
    case TokenType::kString:
    case TokenType::kLeftBrace:
    case TokenType::kAdd:
    case TokenType::kSub:
      return true;
    default:
      return MayBeMetricName(type);
  }
}

AggregateOp ToAggregateOp(TokenType type) {
  switch (type) {
    case TokenType::kAvg:
      return AggregateOp::kAvg;
    case TokenType::kCount:
      return AggregateOp::kCount;
    case TokenType::kMin:
      return AggregateOp::kMin;
    case TokenType::kMax:
      return AggregateOp::kMax;
    case TokenType::kGroup:
      return AggregateOp::kGroup;
    case TokenType::kStddev:
      return AggregateOp::kStddev;
    case TokenType::kStdvar:
      return AggregateOp::kStdvar;
    case TokenType::kTopk:
      return AggregateOp::kTopk;
    case TokenType::kBottomk:
      return AggregateOp::kBottomk;
    case TokenType::kCountValues:
      return AggregateOp::kCountValues;
    case TokenType::kQuantile:
      return AggregateOp::kQuantile;
    case TokenType::kLimitk:
      return AggregateOp::kLimitk;
    case TokenType::kLimitRatio:
      return AggregateOp::kLimitRatio;
    default:
      return AggregateOp::kSum;
  }
}

Status TooLong(std::string_view text) {
  return InvalidArgument("query is too long: ", text.size(), " bytes, limit ",
                         std::numeric_limits<int32_t>::max());
}

}  // namespace

ParserOptions ParserOptions::AllFeatures() {
  ParserOptions options;
  options.promql_experimental_functions = true;
  options.promql_duration_expr = true;
  options.promql_extended_range_selectors = true;
  options.promql_binop_fill_modifiers = true;
  return options;
}

bool ParserOptions::Enable(std::string_view flag) {
  if (flag == "promql-experimental-functions") {
    promql_experimental_functions = true;
  } else if (flag == "promql-duration-expr") {
    promql_duration_expr = true;
  } else if (flag == "promql-extended-range-selectors") {
    promql_extended_range_selectors = true;
  } else if (flag == "promql-binop-fill-modifiers") {
    promql_binop_fill_modifiers = true;
  } else {
    return false;
  }
  return true;
}

StatusOr<ExprPtr> ParseExpr(std::string_view text, const ParserOptions& options) {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) return TooLong(text);
  return Parser(text, options).ParseWholeExpr();
}

StatusOr<std::vector<Matcher>> ParseMetricSelector(std::string_view text) {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) return TooLong(text);
  return Parser(text, ParserOptions()).ParseWholeSelector();
}

StatusOr<ExprPtr> Parser::ParseWholeExpr() {
  if (Peek().type == TokenType::kEof) {
    Error(0, "no expression found in input");
    return error_;
  }
  ExprPtr expr = ParseBinary(kLowestPrecedence);
  if (expr == nullptr) return error_;
  if (Peek().type != TokenType::kEof) {
    Unexpected();
    return error_;
  }
  const CheckResult check = CheckTypes(*expr, text_);
  if (!check.ok) {
    Error(check.pos, check.message);
    return error_;
  }
  return expr;
}

StatusOr<std::vector<Matcher>> Parser::ParseWholeSelector() {
  std::unique_ptr<VectorSelector> selector;
  if (MayBeMetricName(Peek().type)) {
    const Token name = Take();
    selector = ParseSelector(&name);
  } else if (Peek().type == TokenType::kLeftBrace) {
    selector = ParseSelector(nullptr);
  } else {
    Unexpected();
  }
  if (selector == nullptr) return error_;
  if (Peek().type != TokenType::kEof) {
    Unexpected();
    return error_;
  }
  return std::move(selector->matchers);
}

ExprPtr Parser::ParseBinary(int lowest_precedence) {
  const Deeper deeper(this);
  if (depth_ > options_.max_depth) return TooDeep(Peek().pos);
  ExprPtr lhs = ParseUnary();
  while (lhs != nullptr) {
    const OperatorInfo info = FindOperator(Peek().type);
    if (info.precedence < lowest_precedence || info.precedence == 0) break;
    const Token op = Take();
    BinaryModifiers modifiers;
    if (!ParseBinaryModifiers(&modifiers)) return nullptr;
    // `^` associates to the right: its right side may contain further ones.
    ExprPtr rhs = ParseBinary(info.op == BinaryOp::kPow ? kPowPrecedence : info.precedence + 1);
    if (rhs == nullptr) return nullptr;
    lhs = MakeBinary(op, std::move(modifiers), std::move(lhs), std::move(rhs));
  }
  return lhs;
}

bool Parser::ParseBinaryModifiers(BinaryModifiers* modifiers) {
  VectorMatching& matching = modifiers->matching;
  if (Peek().type == TokenType::kBool) {
    Take();
    modifiers->return_bool = true;
  }
  if (Peek().type == TokenType::kOn || Peek().type == TokenType::kIgnoring) {
    matching.on = Take().type == TokenType::kOn;
    if (!ParseGroupingLabels(&matching.labels)) return false;
    if (Peek().type == TokenType::kGroupLeft || Peek().type == TokenType::kGroupRight) {
      matching.card =
          Take().type == TokenType::kGroupLeft ? Cardinality::kManyToOne : Cardinality::kOneToMany;
      // The list may be left out, if an operand follows at once.
      if (!BeginsOperand(Peek().type) && !ParseGroupingLabels(&matching.include)) return false;
    }
  }

  const TokenType fill = Peek().type;
  if (fill != TokenType::kFill && fill != TokenType::kFillLeft && fill != TokenType::kFillRight)
    return true;
  Take();
  double value = 0;
  if (!ParseFillValue(&value)) return false;
  if (fill != TokenType::kFillRight) matching.fill_left = value;
  if (fill != TokenType::kFillLeft) matching.fill_right = value;
  if (fill == TokenType::kFill) return true;
  const bool left_first = fill == TokenType::kFillLeft;
  if (Peek().type != (left_first ? TokenType::kFillRight : TokenType::kFillLeft)) return true;
  Take();
  if (!ParseFillValue(&value)) return false;
  (left_first ? matching.fill_right : matching.fill_left) = value;
  return true;
}

ExprPtr Parser::MakeBinary(const Token& op, BinaryModifiers modifiers, ExprPtr lhs, ExprPtr rhs) {
  const PosRange pos{lhs->pos.start, rhs->pos.end};
  const bool fills =
      modifiers.matching.fill_left.has_value() || modifiers.matching.fill_right.has_value();
  if (fills && !options_.promql_binop_fill_modifiers) {
    return Error(pos.start, "binop fill modifiers are experimental and not enabled");
  }
  auto binary =
      std::make_unique<Binary>(FindOperator(op.type).op, std::move(lhs), std::move(rhs), pos);
  if (!HeightFits(binary->height, op.pos)) return nullptr;
  binary->return_bool = modifiers.return_bool;
  binary->matching = std::move(modifiers.matching);
  return binary;
}

ExprPtr Parser::ParseUnary() {
  if (Peek().type != TokenType::kAdd && Peek().type != TokenType::kSub) {
    ExprPtr expr = ParsePrimary();
    return expr == nullptr ? nullptr : ParsePostfix(std::move(expr));
  }
  const Token sign = Take();
  const bool minus = sign.type == TokenType::kSub;
  ExprPtr expr = ParseBinary(kPowPrecedence);  // -2^2 is -(2^2), and -2*3 is (-2)*3.
  if (expr == nullptr) return nullptr;
  if (auto* number = AsIf<NumberLiteral>(expr.get())) {
    if (minus) number->value = -number->value;
    number->pos.start = sign.pos;
    return expr;
  }
  const PosRange pos{sign.pos, expr->pos.end};
  auto unary = std::make_unique<Unary>(minus, std::move(expr), pos);
  return HeightFits(unary->height, sign.pos) ? std::move(unary) : nullptr;
}

ExprPtr Parser::ParsePostfix(ExprPtr expr) {
  while (expr != nullptr) {
    switch (Peek().type) {
      case TokenType::kLeftBracket:
        expr = ParseBrackets(std::move(expr));
        break;
      case TokenType::kOffset:
        expr = ParseOffset(std::move(expr));
        break;
      case TokenType::kAt:
        expr = ParseAt(std::move(expr));
        break;
      case TokenType::kAnchored:
      case TokenType::kSmoothed:
        expr = ParseExtended(std::move(expr));
        break;
      default:
        return expr;
    }
  }
  return nullptr;
}

ExprPtr Parser::ParsePrimary() {
  switch (Peek().type) {
    case TokenType::kNumber:
    case TokenType::kDuration:
      return ParseNumberLiteral();
    case TokenType::kString: {
      const Token token = Take();
      return std::make_unique<StringLiteral>(Unquote(token.text), PosRange{token.pos, token.end()});
    }
    case TokenType::kLeftParen:
      return ParseParen();
    case TokenType::kLeftBrace:
      return ParseSelector(nullptr);
    default:
      return MayBeMetricName(Peek().type) ? ParseNamed() : Unexpected();
  }
}

ExprPtr Parser::ParseNumberLiteral() {
  const Token token = Take();
  const StatusOr<double> value = NumberOf(token);
  if (!value.ok()) return Error(token.pos, value.status().message());
  return std::make_unique<NumberLiteral>(*value, token.type == TokenType::kDuration,
                                         PosRange{token.pos, token.end()});
}

ExprPtr Parser::ParseParen() {
  const Token open = Take();
  ExprPtr expr = ParseBinary(kLowestPrecedence);
  if (expr == nullptr || !Expect(TokenType::kRightParen)) return nullptr;
  auto paren = std::make_unique<Paren>(std::move(expr), PosRange{open.pos, last_end_});
  return HeightFits(paren->height, open.pos) ? std::move(paren) : nullptr;
}

ExprPtr Parser::ParseNamed() {
  const Token name = Take();
  const TokenType next = Peek().type;
  if (IsAggregator(name.type)) {
    if (next == TokenType::kLeftParen || next == TokenType::kBy || next == TokenType::kWithout) {
      return ParseAggregate(name);
    }
  } else if (next == TokenType::kLeftParen &&
             (name.type == TokenType::kIdentifier || IsPreprocessor(name.type))) {
    return ParseCall(name);
  }
  return ParseSelector(&name);
}

ExprPtr Parser::ParseCall(const Token& name) {
  std::vector<ExprPtr> args;
  if (!ParseArguments(&args)) return nullptr;
  const Function* const function = FindFunction(name.text);
  if (function == nullptr) return Error(name.pos, "unknown function with name ", Quote(name.text));
  if (function->experimental && !options_.promql_experimental_functions) {
    return Error(name.pos, "function ", Quote(name.text), " is not enabled");
  }
  auto call = std::make_unique<Call>(function, std::move(args), PosRange{name.pos, last_end_});
  return HeightFits(call->height, name.pos) ? std::move(call) : nullptr;
}

bool Parser::ParseArguments(std::vector<ExprPtr>* args) {
  if (!Expect(TokenType::kLeftParen)) return false;
  if (Peek().type == TokenType::kRightParen) {
    Take();
    return true;
  }
  while (true) {
    ExprPtr arg = ParseBinary(kLowestPrecedence);
    if (arg == nullptr) return false;
    args->push_back(std::move(arg));
    if (Peek().type != TokenType::kComma) return Expect(TokenType::kRightParen);
    const Token comma = Take();
    if (!BeginsOperand(Peek().type) && Peek().type != TokenType::kLeftParen) {
      Error(comma.pos, "trailing commas not allowed in function call args");
      return false;
    }
  }
}

ExprPtr Parser::ParseAggregate(const Token& name) {
  const InContext context(this, {"aggregation", ""});
  Grouping grouping;
  std::vector<ExprPtr> args;
  const bool grouping_first = Peek().type != TokenType::kLeftParen;
  if (grouping_first && !ParseGrouping(&grouping)) return nullptr;
  if (!ParseArguments(&args)) return nullptr;
  const bool grouping_last =
      !grouping_first && (Peek().type == TokenType::kBy || Peek().type == TokenType::kWithout);
  if (grouping_last && !ParseGrouping(&grouping)) return nullptr;
  return MakeAggregate(name, std::move(grouping), std::move(args));
}

bool Parser::ParseGrouping(Grouping* grouping) {
  grouping->without = Take().type == TokenType::kWithout;
  return ParseGroupingLabels(&grouping->labels);
}

ExprPtr Parser::MakeAggregate(const Token& name, Grouping grouping, std::vector<ExprPtr> args) {
  const AggregateOp op = ToAggregateOp(name.type);
  const bool experimental = op == AggregateOp::kLimitk || op == AggregateOp::kLimitRatio;
  const size_t wanted = TakesParam(op) ? 2 : 1;
  if (args.empty()) return Error(name.pos, "no arguments for aggregate expression provided");
  if (experimental && !options_.promql_experimental_functions) {
    return Error(name.pos, AggregateOpName(op),
                 "() is experimental and must be enabled with "
                 "--enable-feature=promql-experimental-functions");
  }
  if (args.size() != wanted) {
    return Error(name.pos, "wrong number of arguments for aggregate expression provided, expected ",
                 wanted, ", got ", args.size());
  }
  auto aggregate =
      std::make_unique<Aggregate>(op, wanted == 2 ? std::move(args[0]) : nullptr,
                                  std::move(args.back()), PosRange{name.pos, last_end_});
  if (!HeightFits(aggregate->height, name.pos)) return nullptr;
  aggregate->grouping = std::move(grouping.labels);
  aggregate->without = grouping.without;
  return aggregate;
}

const Token& Parser::Peek() {
  if (!has_token_) {
    token_ = lexer_.Next();
    has_token_ = true;
    if (token_.type == TokenType::kError) RecordError(token_.pos, lexer_.error());
  }
  return token_;
}

Token Parser::Take() {
  const Token token = Peek();
  has_token_ = false;
  last_end_ = token.end();
  return token;
}

bool Parser::Expect(TokenType type) {
  if (Peek().type != type) {
    Unexpected();
    return false;
  }
  Take();
  return true;
}

StatusOr<double> Parser::NumberOf(const Token& token) const {
  if (token.type == TokenType::kDuration) return ParseDurationSeconds(token.text);
  const StatusOr<double> number = ParseNumber(token.text);
  return number.ok() ? number : StatusOr<double>(Annotate(number.status(), "error parsing number"));
}

std::nullptr_t Parser::Unexpected() {
  std::string message = StrCat("unexpected ", Describe(Peek()));
  if (!context_.where.empty()) StrAppend(message, " in ", context_.where);
  if (!context_.expected.empty()) StrAppend(message, ", expected ", context_.expected);
  RecordError(Peek().pos, std::move(message));
  return nullptr;
}

std::nullptr_t Parser::TooDeep(int32_t pos) {
  return Error(pos, "expression is nested too deeply, limit ", options_.max_depth, " levels");
}

bool Parser::HeightFits(uint32_t height, int32_t pos) {
  if (height <= options_.max_depth) return true;
  TooDeep(pos);
  return false;
}

void Parser::RecordError(int32_t pos, std::string message) {
  if (!error_.ok()) return;
  error_ = InvalidArgument(LineAndColumn(text_, pos), ": parse error: ", message);
}

}  // namespace kvs::promql
