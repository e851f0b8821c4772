// SPDX-License-Identifier: Apache-2.0
#include "checker.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/promql/matcher.h"
#include "kvs/promql/printer.h"

namespace kvs::promql {
namespace {

bool IsScalarOrVector(ValueType type) {
  return type == ValueType::kScalar || type == ValueType::kVector;
}

// Checks children before their parent, in the order in which Prometheus does, because only the
// first mistake is shown.
class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  bool Check(Expr& expr);
  CheckResult TakeResult() { return std::move(result_); }

 private:
  bool CheckBinary(Binary& binary);
  bool CheckMatching(Binary& binary);
  bool CheckCall(Call& call);
  bool CheckArgumentCount(const Call& call);
  bool CheckInfo(Call& call);
  bool CheckAggregate(Aggregate& aggregate);
  bool CheckSelector(const VectorSelector& selector);
  bool Expect(Expr& expr, ValueType type, std::string_view where);

  // Where the operator between two operands stands.
  int32_t OperatorPos(const Binary& binary) const;

  template <typename... Pieces>
  bool Fail(int32_t pos, const Pieces&... pieces) {
    result_ = {false, pos, StrCat(pieces...)};
    return false;
  }

  const std::string_view text_;
  CheckResult result_;
};

bool Checker::Check(Expr& expr) {
  switch (expr.kind) {
    case Kind::kNumberLiteral:
    case Kind::kStringLiteral:
      return true;
    case Kind::kVectorSelector:
      return CheckSelector(As<VectorSelector>(expr));
    case Kind::kMatrixSelector:
      return CheckSelector(*As<MatrixSelector>(expr).selector);
    case Kind::kSubquery: {
      Expr& inner = *As<Subquery>(expr).expr;
      if (!Check(inner)) return false;
      if (inner.type == ValueType::kVector) return true;
      return Fail(expr.pos.start, "subquery is only allowed on instant vector, got ",
                  ValueTypeName(inner.type), " instead");
    }
    case Kind::kCall:
      return CheckCall(As<Call>(expr));
    case Kind::kAggregate:
      return CheckAggregate(As<Aggregate>(expr));
    case Kind::kBinary:
      return CheckBinary(As<Binary>(expr));
    case Kind::kUnary: {
      Expr& inner = *As<Unary>(expr).expr;
      if (!Check(inner)) return false;
      if (IsScalarOrVector(inner.type)) return true;
      return Fail(
          expr.pos.start,
          "unary expression only allowed on expressions of type scalar or instant vector, got ",
          Quote(DocumentedTypeName(inner.type)));
    }
    case Kind::kParen:
      break;
  }
  return Check(*As<Paren>(expr).expr);
}

bool Checker::CheckBinary(Binary& binary) {
  if (!Check(*binary.lhs) || !Check(*binary.rhs)) return false;
  const ValueType left = binary.lhs->type;
  const ValueType right = binary.rhs->type;
  const bool comparison = IsComparison(binary.op);
  if (binary.return_bool && !comparison) {
    return Fail(OperatorPos(binary), "bool modifier can only be used on comparison operators");
  }
  if (comparison && !binary.return_bool && left == ValueType::kScalar &&
      right == ValueType::kScalar) {
    return Fail(OperatorPos(binary), "comparisons between scalars must use BOOL modifier");
  }
  if (!CheckMatching(binary)) return false;
  const std::string_view name = BinaryOpName(binary.op);
  if (IsSetOperator(binary.op) && (left == ValueType::kScalar || right == ValueType::kScalar)) {
    return Fail(binary.pos.start, "set operator ", Quote(name),
                " not allowed in binary scalar expression");
  }
  return true;
}

bool Checker::CheckMatching(Binary& binary) {
  VectorMatching& matching = *binary.matching;
  const int32_t start = binary.pos.start;
  const bool set_operator = IsSetOperator(binary.op);
  if (set_operator && matching.card == Cardinality::kOneToOne)
    matching.card = Cardinality::kManyToMany;
  if (matching.on && !matching.include.empty()) {
    const std::unordered_set<std::string_view> include(matching.include.begin(),
                                                       matching.include.end());
    for (const std::string& label : matching.labels) {
      if (!include.contains(label)) continue;
      return Fail(OperatorPos(binary), "label ", Quote(label),
                  " must not occur in ON and GROUP clause at once");
    }
  }
  for (const Expr* side : {binary.lhs.get(), binary.rhs.get()}) {
    if (!IsScalarOrVector(side->type)) {
      return Fail(side->pos.start,
                  "binary expression must contain only scalar and instant vector types");
    }
  }

  const bool fills = matching.fill_left.has_value() || matching.fill_right.has_value();
  if (binary.lhs->type != ValueType::kVector || binary.rhs->type != ValueType::kVector) {
    if (!matching.labels.empty())
      return Fail(start, "vector matching only allowed between instant vectors");
    if (fills) return Fail(start, "filling in missing series only allowed between instant vectors");
    binary.matching.reset();
  } else if (set_operator) {
    if (matching.card != Cardinality::kManyToMany) {
      return Fail(start, "no grouping allowed for ", Quote(BinaryOpName(binary.op)), " operation");
    }
    if (fills) return Fail(start, "filling in missing series not allowed for set operators");
  }
  return true;
}

bool Checker::CheckCall(Call& call) {
  const Function& function = *call.function;
  if (!CheckArgumentCount(call)) return false;
  if (function.id == FunctionId::kInfo && call.args.size() > 1 && !CheckInfo(call)) return false;
  for (size_t i = 0; i < call.args.size(); ++i) {
    Expr& arg = *call.args[i];
    if (!Check(arg)) return false;
    if (arg.type == function.arg_type(i)) continue;
    return Fail(arg.pos.start, "expected type ", DocumentedTypeName(function.arg_type(i)),
                " in call to function ", Quote(function.name), ", got ",
                DocumentedTypeName(arg.type));
  }
  return true;
}

bool Checker::CheckArgumentCount(const Call& call) {
  const Function& function = *call.function;
  const size_t given = call.args.size();
  const size_t declared = function.arg_types().size();
  const auto fail = [&](std::string_view how_many, size_t wanted) {
    return Fail(call.pos.start, "expected ", how_many, wanted, " argument(s) in call to ",
                Quote(function.name), ", got ", given);
  };
  if (function.variadic == 0) return given == declared || fail("", declared);
  const size_t least = declared - 1;
  if (given < least) return fail("at least ", least);
  const size_t most = least + static_cast<size_t>(std::max<int>(function.variadic, 0));
  return function.variadic < 0 || given <= most || fail("at most ", most);
}

bool Checker::CheckInfo(Call& call) {
  Expr& labels = *call.args[1];
  if (labels.type != ValueType::kVector) {
    return Fail(call.pos.start, "expected type instant vector in call to function \"info\", got ",
                DocumentedTypeName(labels.type));
  }
  auto* const selector = AsIf<VectorSelector>(&labels);
  if (selector == nullptr) return Fail(labels.pos.start, "expected label selectors only");
  if (!selector->name.empty()) {
    return Fail(labels.pos.start, "expected label selectors only, got vector selector instead");
  }
  selector->may_match_all = true;
  return true;
}

bool Checker::CheckAggregate(Aggregate& aggregate) {
  if (!Expect(*aggregate.expr, ValueType::kVector, "aggregation expression")) return false;
  if (aggregate.param == nullptr) return true;
  const ValueType wanted =
      aggregate.op == AggregateOp::kCountValues ? ValueType::kString : ValueType::kScalar;
  return Expect(*aggregate.param, wanted, "aggregation parameter");
}

bool Checker::Expect(Expr& expr, ValueType type, std::string_view where) {
  if (!Check(expr)) return false;
  if (expr.type == type) return true;
  return Fail(expr.pos.start, "expected type ", DocumentedTypeName(type), " in ", where, ", got ",
              DocumentedTypeName(expr.type));
}

bool Checker::CheckSelector(const VectorSelector& selector) {
  if (!selector.name.empty()) {
    // The last matcher is the one that the name before the braces became.
    for (size_t i = 0; i + 1 < selector.matchers.size(); ++i) {
      const Matcher& matcher = selector.matchers[i];
      if (matcher.name != kMetricNameLabel) continue;
      return Fail(selector.pos.start, "metric name must not be set twice: ", Quote(selector.name),
                  " or ", Quote(matcher.value));
    }
    return true;
  }
  if (selector.may_match_all || HasNonEmptyMatcher(selector.matchers)) return true;
  return Fail(selector.pos.start, "vector selector must contain at least one non-empty matcher");
}

int32_t Checker::OperatorPos(const Binary& binary) const {
  const size_t pos = text_.find_first_not_of(" \t\n\r", static_cast<size_t>(binary.lhs->pos.end));
  return static_cast<int32_t>(std::min(pos, text_.size()));
}

}  // namespace

CheckResult CheckTypes(Expr& expr, std::string_view text) {
  Checker checker(text);
  checker.Check(expr);
  return checker.TakeResult();
}

}  // namespace kvs::promql
