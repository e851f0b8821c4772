// SPDX-License-Identifier: Apache-2.0
// From the syntax tree to an optimised plan. Each pass is a file of its own, and none changes a bit
// of any result, nor an annotation.
#pragma once

#include "plan/plan.h"

namespace kvs::engine::promql::plan {

/// The plan as it is evaluated: built, and all passes applied. Borrows `root`, whose height the
/// parser bounds; everything here recurses no deeper than that.
Plan MakePlan(const ast::Expr& root, const Context& context);

/// A node for each expression whose value somebody asks for.
Plan Build(const ast::Expr& root);

/// Numbers in place of arithmetic on numbers.
void FoldConstants(Plan& plan);
/// Computes once what is the same at every step.
void HoistInvariants(Plan& plan, const Context& context);
/// Computes once what stands in the query several times.
void ShareEqual(Plan& plan);
/// Reads fewer series where a join shows that others find no partner. After ShareEqual().
void PushMatchers(Plan& plan);
/// Aggregates rows while they are scanned.
void FuseAggregations(Plan& plan, const Context& context);

/// Tells scans right below a topk() which rows it wants. After FuseAggregations().
void KeepBest(Plan& plan, const Context& context);

/// Finds scans that read the same samples. After FuseAggregations().
void GroupScans(Plan& plan);

/// Whether dropping the name of the rows of a kScan node may leave equal label sets, which only
/// whole label sets show.
bool NamesMayCollide(const Node& scan, const Context& context);

}  // namespace kvs::engine::promql::plan
