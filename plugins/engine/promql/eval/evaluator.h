// SPDX-License-Identifier: Apache-2.0
// Evaluator: a plan to values, bottom up, each node over a whole grid of steps at once.
//
// Operators ask for their operands by expression. The plan knows which node computes it; a node
// with several uses is computed once, and its value copied to all but the last.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/container/flat_hash_set.h>

#include "kvs/base/status.h"

#include "eval/profile.h"
#include "eval/range_call.h"
#include "eval/shared_values.h"
#include "plan/plan.h"
#include "value/query.h"
#include "value/vector.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

/// Evaluates one query. Not shared between threads; the scans it starts use several. Borrows the
/// query and the plan, and the profile, which may be null.
class Evaluator {
 public:
  Evaluator(Query& query, const plan::Plan& plan, Profile* profile = nullptr)
      : query_(query), plan_(plan), profile_(profile), shared_(plan.size()) {}

  /// The value of the whole plan, names dropped where that was delayed.
  StatusOr<Value> EvalQuery();

  /// The value of `expr`, which has a node in the plan, at every step of `grid`.
  StatusOr<Value> Eval(const ast::Expr& expr, const Grid& grid);
  /// Of an expression of that type.
  StatusOr<Vector> EvalVector(const ast::Expr& expr, const Grid& grid);
  StatusOr<std::vector<double>> EvalScalar(const ast::Expr& expr, const Grid& grid);

  Query& query() { return query_; }

  /// The windows of a selector or subquery: offset and @ applied.
  Windows WindowsOf(const Grid& grid, int64_t range_ms, int64_t offset_ms,
                    const ast::AtModifier& at) const;
  /// The windows of a selector; 0 for `range_ms` if it is an instant selector.
  Windows WindowsOf(const Grid& grid, int64_t range_ms, const ast::VectorSelector& selector) const;

  /// Removes names now, or marks the rows. Rows that become equal are an error where they have
  /// values at the same step, and are merged where not, if `merge`; else they are always an error.
  Status DropNames(Vector& vector, bool merge);

 private:
  using Node = plan::Node;

  /// The value of a node for `asks`, one of the expressions it stands for.
  StatusOr<Value> EvalNode(const Node& node, const ast::Expr& asks, const Grid& grid);
  /// Evaluates parts of a tall plan before those above them ask, from the bottom up, so that the
  /// stack never holds more than a few levels of it. What fails then fails again when its turn
  /// comes, and is told then.
  void Settle(const Node& top, const Grid& grid);
  /// Computes it, and measures that where somebody wants to know.
  StatusOr<Value> Compute(const Node& node, const Grid& grid);
  StatusOr<Value> Run(const Node& node, const Grid& grid);
  StatusOr<Value> RunRepeat(const Node& node, const Grid& grid);
  StatusOr<Value> RunSamples(const ast::MatrixSelector& matrix, const Grid& grid);
  StatusOr<Value> RunSubquery(const ast::Subquery& subquery, const Grid& grid);
  StatusOr<Value> RunRangeCall(const ast::Call& call, const Grid& grid);
  StatusOr<Value> RunAbsent(const Node& node, const Grid& grid);
  StatusOr<Value> RunAbsentOverTime(const ast::Call& call, const Grid& grid);
  StatusOr<Value> RunAggregate(const ast::Aggregate& aggregate, const Grid& grid);
  StatusOr<Value> RunBinary(const ast::Binary& binary, const Grid& grid);
  StatusOr<Value> RunUnary(const ast::Unary& unary, const Grid& grid);

  StatusOr<RangeCall> PrepareRangeCall(const ast::Call& call, const Grid& grid);

  struct ScanWork;
  struct ScanPass;
  /// The value of a kScan of a selector or of a function of a range, or of a kScanAggregate. What
  /// else the plan wants of the same samples is computed by the way and kept.
  StatusOr<Value> RunScan(const Node& asked, const Grid& grid);
  /// One attempt; `alone`: without anything else. `wanted` gets the number of things computed.
  StatusOr<Value> RunPass(const Node& asked, const Grid& grid, bool alone, size_t* wanted);
  StatusOr<ScanWork> PrepareScan(const Node& scan, const Grid& grid);
  Status PreparePass(const Node& asked, const Node& scan, const Grid& grid, bool alone,
                     ScanPass& pass);
  /// Keeps the results of a pass, but for that of `asked`, which is nothing where it is an
  /// aggregation and the rows have histograms.
  StatusOr<std::optional<Value>> TakeResults(const Node& asked, ScanPass& pass);
  /// The annotations of a pass that belong to `scan`, at the positions of `node`, which stands for
  /// it or aggregates it.
  static NoteLog NotesFor(const Node& node, const Node& scan, const NoteLog& notes);
  /// One group of all rows of a function; nothing where they have histograms.
  StatusOr<std::optional<Vector>> AnyRow(const ast::VectorSelector& selector,
                                         const RowFunction& function, std::string_view hint,
                                         ast::PosRange pos);

  /// Rows of a range function over the results of a subquery.
  StatusOr<Vector> ApplyToSubquery(const RangeCall& prepared, const Grid& grid);
  /// With `counted` the samples of all steps together are added to it.
  StatusOr<Vector> EvalSubquerySteps(const ast::Subquery& subquery, const Windows& windows,
                                     StepSamples::Count* counted = nullptr);

  Query& query_;
  const plan::Plan& plan_;
  Profile* const profile_;
  SharedValues shared_;
  absl::flat_hash_set<uint32_t> histogram_scans_;  ///< Nodes that accumulators cannot take.
  absl::flat_hash_set<uint32_t> scanned_;          ///< Nodes that a pass has computed.
  bool all_rows_ = false;  ///< Of scans whose best rows would do: names hide what is equal.
};

/// Counts samples elsewhere for a scope, or nowhere.
class StepSamplesScope {
 public:
  StepSamplesScope(Query& query, StepSamples* inner)
      : query_(query), outer_(std::exchange(query.step_samples, inner)) {}
  ~StepSamplesScope() { query_.step_samples = outer_; }
  StepSamplesScope(const StepSamplesScope&) = delete;
  StepSamplesScope& operator=(const StepSamplesScope&) = delete;

  /// What was set before; null: nobody wants to know.
  StepSamples* outer() const { return outer_; }

 private:
  Query& query_;
  StepSamples* const outer_;
};

/// Merges rows with equal labels. Two values at one step are DuplicateLabelSetError(); so are equal
/// labels at all unless `merge`.
Status MergeEqualRows(Vector& vector, bool merge);

}  // namespace kvs::engine::promql
