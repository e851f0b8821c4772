// SPDX-License-Identifier: Apache-2.0
// Copies of values, and annotations moved from one expression to an equal one.

#include "eval/shared_values.h"

#include <algorithm>

#include "kvs/promql/walk.h"

namespace kvs::engine::promql {
namespace {

StatusOr<Value> Copy(Query& query, const Value& from) {
  Value out;
  out.type = from.type;
  out.scalar = from.scalar;
  out.text = from.text;
  if (from.type == ast::ValueType::kMatrix) return Internal("a range vector is used twice");
  if (from.type != ast::ValueType::kVector) return out;
  const Grid& grid = from.vector.grid;
  Vector& vector = out.vector;
  vector = Vector(grid);
  vector.ordered = from.vector.ordered;
  const size_t n = from.vector.rows.size();
  KVS_RETURN_IF_ERROR(query.Hold(vector.held, static_cast<int64_t>(n) * grid.n));
  double* next = vector.Allocate(n);
  vector.rows.reserve(n);
  for (const Row& row : from.vector.rows) {
    std::copy_n(row.values, grid.n, next);
    vector.rows.push_back({row.labels, next, nullptr, row.drop_name});
    if (row.histograms != nullptr) vector.Histograms(vector.rows.back()) = *row.histograms;
    next += grid.n;
  }
  return out;
}

using PosMap = std::vector<std::pair<ast::PosRange, ast::PosRange>>;

/// Positions in `from` and those in `to`, which is equal but for its place.
void Pair(const ast::Expr& from, const ast::Expr& to, PosMap& out) {
  out.emplace_back(from.pos, to.pos);
  if (from.kind != to.kind) return;  // A folded number: nothing in it has anything to say.
  std::vector<const ast::Expr*> children;
  ast::ForEachChild(from, [&](const ast::Expr& child) { children.push_back(&child); });
  size_t i = 0;
  ast::ForEachChild(to, [&](const ast::Expr& child) {
    if (i < children.size()) Pair(*children[i++], child, out);
  });
}

}  // namespace

NoteLog MoveNotes(const NoteLog& notes, const ast::Expr& from, const ast::Expr& to) {
  NoteLog out = notes;
  if (notes.empty() || &from == &to) return out;
  PosMap moved;
  Pair(from, to, moved);
  for (Note& note : out) {
    const auto it = std::ranges::find_if(moved, [&](const auto& m) { return m.first == note.pos; });
    if (it != moved.end()) note.pos = it->second;
  }
  return out;
}

void SharedValues::Put(const plan::Node& node, Value value, NoteLog notes,
                       const std::vector<StepSamples::Count>& samples) {
  auto fresh = std::make_unique<Slot>();
  fresh->value = std::move(value);
  fresh->notes = std::move(notes);
  fresh->samples = samples;
  fresh->left = std::max<uint32_t>(1, node.uses);
  slots_[node.id] = std::move(fresh);
}

Status SharedValues::Fill(Query& query, const plan::Node& node, const Grid& grid,
                          const Compute& compute, std::unique_ptr<Slot>& slot) {
  auto fresh = std::make_unique<Slot>();
  NoteLog* const outer_log = query.notes.SwapLog(&fresh->notes);
  StepSamples counted(grid.n);
  StepSamples* const outer_samples = query.step_samples;
  if (outer_samples != nullptr) query.step_samples = &counted;
  StatusOr<Value> value = compute();
  query.step_samples = outer_samples;
  query.notes.SwapLog(outer_log);
  KVS_RETURN_IF_ERROR(value.status());
  fresh->value = std::move(value).value();
  fresh->left = node.uses;
  if (outer_samples != nullptr) fresh->samples = counted.counts();
  slot = std::move(fresh);
  return OkStatus();
}

void SharedValues::Prepare(Query& query, const plan::Node& node, const Grid& grid,
                           const Compute& compute) {
  std::unique_ptr<Slot>& slot = slots_[node.id];
  if (slot == nullptr)
    IgnoreError(Fill(query, node, grid, compute, slot),
                "it is computed again when it is asked for");
}

StatusOr<Value> SharedValues::Get(Query& query, const plan::Node& node, const ast::Expr& asks,
                                  const Grid& grid, const Compute& compute) {
  std::unique_ptr<Slot>& slot = slots_[node.id];
  if (slot == nullptr) KVS_RETURN_IF_ERROR(Fill(query, node, grid, compute, slot));
  if (slot->value.type == ast::ValueType::kVector && !(slot->value.vector.grid == grid))
    return Internal("a shared value is asked for on another grid");
  if (query.step_samples != nullptr) query.step_samples->Add(slot->samples);
  query.notes.AddAll(MoveNotes(slot->notes, node.expr(), asks));
  if (--slot->left > 0) return Copy(query, slot->value);
  Value last = std::move(slot->value);
  slot = nullptr;
  return last;
}

}  // namespace kvs::engine::promql
