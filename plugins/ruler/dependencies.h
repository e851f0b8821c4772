// SPDX-License-Identifier: Apache-2.0
// Which rules of a group may be evaluated at once: those of which none reads what another one
// writes.
#pragma once

#include <cstddef>
#include <vector>

#include "kvs/promql/ast.h"
#include "kvs/rules/rule_file.h"

namespace kvs::ruler {

/// Numbers of rules, in waves: a wave begins when the one before has ended and is written. Rules
/// that depend on each other keep their order; a selector without a fixed name may read anything.
/// `exprs` are those of the rules; null: not known.
std::vector<std::vector<size_t>> EvaluationWaves(const std::vector<rules::Rule>& rules,
                                                 const std::vector<const promql::Expr*>& exprs);

}  // namespace kvs::ruler
