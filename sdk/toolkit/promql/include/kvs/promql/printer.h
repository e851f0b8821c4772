// SPDX-License-Identifier: Apache-2.0
// Syntax tree to PromQL text, byte for byte as Prometheus prints it. What ToString() and Format()
// return parses back to an equal tree.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kvs/promql/ast.h"

namespace kvs::promql {

/// The canonical form on one line: `sum by (job) (rate(up[5m]))`. [any]
std::string ToString(const Expr& expr);
std::string ToString(const DurationExpr& duration);
/// What ToString() prints of `expr` beside its operands: `== bool on (job)`, `sum by (job)`,
/// `[5m:1m]`, `rate`, `-`; the whole of a selector or literal. [any]
std::string OperatorToString(const Expr& expr);
/// `job="api"`; a label name that is no identifier is quoted.
std::string ToString(const Matcher& matcher);

/// The width of /api/v1/format_query.
inline constexpr size_t kFormatLineMax = 100;

/// What /api/v1/format_query returns: parts of more than `line_max` bytes are split over lines and
/// indented. [any]
std::string Format(const Expr& expr, size_t line_max = kFormatLineMax);

/// "=", "!=", "=~", "!~".
std::string_view MatchOpName(MatchOp op);

/// The text of a number as Prometheus prints it: shortest decimal form without exponent, "NaN",
/// "+Inf", "-Inf".
std::string FormatNumber(double value);

}  // namespace kvs::promql
