// SPDX-License-Identifier: Apache-2.0
// The plan of a query: what is computed, between the syntax tree and the evaluator.
//
// A node computes one value over a grid. It stands for an expression of the syntax tree, which
// keeps the details (matchers, labels, positions), and for every other expression that is known to
// have the same value: operators ask for the values of their operands by expression, and Of() finds
// the node. Parentheses have no nodes.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "kvs/promql/ast.h"

#include "value/features.h"
#include "value/grid.h"

namespace kvs::engine::promql {

/// Without parentheses around it.
const ast::Expr& Unwrap(const ast::Expr& expr);

namespace plan {

enum class Op : uint8_t {
  kNumber,
  kString,
  kScan,           ///< A selector, or a function of one: a row for each series.
  kScanAggregate,  ///< The same, and rows go into the accumulators of an aggregation at once.
  kSamples,        ///< m[5m] itself.
  kSubquery,       ///< Its input on a grid of its own.
  kWindow,         ///< A function over the steps of a subquery.
  kAbsent,         ///< absent_over_time, and absent of a selector.
  kCall,
  kAggregate,
  kBinary,
  kUnary,
  kRepeat,  ///< Its input at the first step, for all steps.
};

/// "scan", "scan_aggregate" and so on.
std::string_view OpName(Op op);

/// What a scan reads where there are both samples and aggregates.
struct Resolution {
  int64_t max_ms = 0;  ///< Of the windows of aggregates that do as well; 0: samples.
  bool exact = true;
  std::string why;  ///< Empty: nobody has chosen.
};

struct Node {
  Op op = Op::kNumber;
  uint32_t id = 0;                           ///< Set by Plan::Number().
  std::vector<const ast::Expr*> stands_for;  ///< Never parentheses; all equal but for positions.
  std::vector<Node*> inputs;
  double number = 0;  ///< Of kNumber.
  /// Of kScan: a selector with more matchers, which is read instead of the one that was written;
  /// null: that one.
  ast::ExprPtr narrowed;
  /// Only counts and sums of histograms are looked at, so that Prometheus' reader finds resets as
  /// it goes, and its hints show in annotations.
  bool histogram_stats = false;
  /// How often its value is asked for. The input of kScanAggregate is asked for only where rows
  /// turn out to be histograms; that does not count.
  uint32_t uses = 0;
  uint32_t mentions = 0;  ///< How often it is an input, or the root.
  /// Of a kScan: the kScanAggregate nodes above it, which are computed in one go.
  std::vector<Node*> aggregated_by;
  /// Of a kScan: all scans, itself included, that read the same samples in the same windows for
  /// other functions, and are computed in one go; empty: there are no others.
  std::vector<Node*> peers;
  /// Of a kScan at one step: only so many of the greatest rows, or of the least, are asked for; 0:
  /// all.
  uint32_t best = 0;
  bool best_is_greatest = true;
  Resolution resolution;  ///< Of a kScan.
  uint32_t grid = 0;      ///< Equal where it is known that nodes are evaluated at the same steps.

  const ast::Expr& expr() const { return *stands_for.front(); }
};

/// What passes need to know of the query.
struct Context {
  const Features* features = nullptr;
  bool one_step = false;  ///< An instant query.
};

/// Nodes of one query. Borrows its syntax tree.
class Plan {
 public:
  Plan() = default;
  Plan(Plan&&) = default;
  Plan& operator=(Plan&&) = default;

  Node* root = nullptr;

  Node* Add(Op op, const ast::Expr& expr);
  /// The node that computes `expr`; null when nobody asks for it by itself, such as the selector in
  /// rate(m[5m]).
  Node* Of(const ast::Expr& expr) const;
  /// From now on `node` is the one that computes `expr`.
  void Assign(const ast::Expr& expr, Node* node) { of_[&expr] = node; }
  /// `node` will stand for all that `other` stands for.
  void Merge(Node& node, const Node& other);

  /// Gives ids to the nodes that the root needs, parents first, and counts their uses.
  void Number();
  /// Nodes that have ids.
  uint32_t size() const { return static_cast<uint32_t>(by_id_.size()); }
  const Node& operator[](uint32_t id) const { return *by_id_[id]; }
  Node& operator[](uint32_t id) { return *by_id_[id]; }

 private:
  std::deque<Node> nodes_;
  std::vector<Node*> by_id_;
  absl::flat_hash_map<const ast::Expr*, Node*> of_;
};

/// The selector that a scan, samples or absent node reads, as written; null: it reads none.
const ast::VectorSelector* SelectorOf(const Node& node);
/// The argument of `call` that is a range vector, without parentheses; null: there is none.
const ast::Expr* RangeOf(const ast::Call& call);
/// Whether that function of a range vector leaves names as they are.
bool KeepsNames(ast::FunctionId id);

}  // namespace plan
}  // namespace kvs::engine::promql
