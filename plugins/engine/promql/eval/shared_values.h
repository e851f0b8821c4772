// SPDX-License-Identifier: Apache-2.0
// Values that a query needs several times.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kvs/base/status.h"

#include "plan/plan.h"
#include "value/query.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// Keeps the value of a node from its first use to its last. Annotations are told at every use, at
/// the positions of the expression that asks, as if it had been computed there.
class SharedValues {
 public:
  using Compute = std::function<StatusOr<Value>()>;

  explicit SharedValues(uint32_t n_nodes) : slots_(n_nodes) {}

  /// The value of `node` on `grid`, which is that of all its uses. `asks` is one of the expressions
  /// it stands for.
  StatusOr<Value> Get(Query& query, const plan::Node& node, const ast::Expr& asks, const Grid& grid,
                      const Compute& compute);
  /// Computes the value now, before the first use; keeps nothing where that fails.
  void Prepare(Query& query, const plan::Node& node, const Grid& grid, const Compute& compute);
  /// A value that was computed by the way, with its annotations, at the positions of node.expr().
  void Put(const plan::Node& node, Value value, NoteLog notes,
           const std::vector<StepSamples::Count>& samples);
  /// Whether the value is there.
  bool Has(const plan::Node& node) const { return slots_[node.id] != nullptr; }

 private:
  struct Slot {
    Value value;
    NoteLog notes;
    std::vector<StepSamples::Count> samples;  ///< Every use counts them; empty: nobody does.
    uint32_t left = 0;                        ///< Uses to come.
  };
  static Status Fill(Query& query, const plan::Node& node, const Grid& grid, const Compute& compute,
                     std::unique_ptr<Slot>& slot);

  std::vector<std::unique_ptr<Slot>> slots_;
};

/// `notes` of the expression `from` as those of `to`, which is equal but for its place.
NoteLog MoveNotes(const NoteLog& notes, const ast::Expr& from, const ast::Expr& to);

}  // namespace kvs::engine::promql
