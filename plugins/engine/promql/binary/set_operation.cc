// SPDX-License-Identifier: Apache-2.0
// and, or, unless: rows are masked by what the other side has at the same step under the same key.

#include <algorithm>

#include "binary/binary.h"
#include "eval/evaluator.h"

namespace kvs::engine::promql {
namespace {

/// Whether any of `rows` has a value, step by step, into `mask`.
void UnionOf(const Vector& vector, std::span<const uint32_t> rows, std::vector<uint8_t>& mask) {
  std::fill(mask.begin(), mask.end(), 0);
  for (const uint32_t r : rows) {
    for (uint32_t i = 0; i < vector.grid.n; ++i) mask[i] |= vector.rows[r].Has(i) ? 1 : 0;
  }
}

/// Keeps the values of a row at the steps where mask[i] == keep.
void KeepWhere(Row& row, const std::vector<uint8_t>& mask, uint8_t keep) {
  for (uint32_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == keep) continue;
    row.values[i] = Absent();
    if (row.histograms != nullptr) (*row.histograms)[i] = nullptr;
  }
}

}  // namespace

StatusOr<Vector> SetOperation(Query& query, const ast::Binary& binary, Vector lhs, Vector rhs) {
  MatchKeys keys(*binary.matching, query.labels);
  RowsByKey left;
  RowsByKey right;
  left.Read(lhs, keys);
  right.Read(rhs, keys);
  left.Finish(keys.size());
  right.Finish(keys.size());

  std::vector<uint8_t> mask(lhs.grid.n);
  const bool is_or = binary.op == ast::BinaryOp::kOr;
  Vector& masked = is_or ? rhs : lhs;
  for (uint32_t k = 0; k < keys.size(); ++k) {
    if ((k & 255) == 0) KVS_RETURN_IF_ERROR(query.CheckAlive());
    const std::span<const uint32_t> rows = is_or ? right.rows(k) : left.rows(k);
    const std::span<const uint32_t> others = is_or ? left.rows(k) : right.rows(k);
    if (rows.empty()) continue;
    UnionOf(is_or ? lhs : rhs, others, mask);
    for (const uint32_t r : rows)
      KeepWhere(masked.rows[r], mask, binary.op == ast::BinaryOp::kAnd ? 1 : 0);
  }
  masked.Compact();
  if (!is_or) return lhs;
  lhs.rows.insert(lhs.rows.end(), rhs.rows.begin(), rhs.rows.end());
  lhs.AdoptMemory(std::move(rhs));
  KVS_RETURN_IF_ERROR(MergeEqualRows(lhs, true));
  return lhs;
}

}  // namespace kvs::engine::promql
