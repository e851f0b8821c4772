// SPDX-License-Identifier: Apache-2.0
// Binary operators over whole grids.
#pragma once

#include <vector>

#include "kvs/base/status.h"

#include "value/query.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// Arithmetic makes a new thing of its operands, so the result has no name; comparisons and set
/// operators only choose.
bool DropsName(ast::BinaryOp op);

/// The value of `op`; comparisons give 1 or 0.
double Compute(ast::BinaryOp op, double a, double b);
bool Compare(ast::BinaryOp op, double a, double b);

/// Into `lhs`.
void ScalarScalar(const ast::Binary& binary, std::vector<double>& lhs,
                  const std::vector<double>& rhs);

/// In place; names stay. Histogram elements follow reference/promql.md, 6.5.
Status VectorScalar(Query& query, const ast::Binary& binary, Vector& vector,
                    const std::vector<double>& scalar, bool scalar_left);

StatusOr<Vector> VectorVector(Query& query, const ast::Binary& binary, Vector lhs, Vector rhs);

/// and, or, unless.
StatusOr<Vector> SetOperation(Query& query, const ast::Binary& binary, Vector lhs, Vector rhs);

/// Numbers the match keys of the rows of both sides.
class MatchKeys {
 public:
  MatchKeys(const ast::VectorMatching& matching, LabelStore& store);
  uint32_t KeyOf(LabelSet labels);
  uint32_t size() const { return keys_.size(); }
  LabelSet labels(uint32_t key) const { return keys_[key]; }

 private:
  LabelStore& store_;
  const bool on_;
  std::vector<uint32_t> names_;
  std::vector<uint32_t> scratch_;
  LabelIndex keys_;
};

/// Rows by key: rows of key k are items[begin[k]] ... items[begin[k + 1] - 1], in their own order.
struct RowsByKey {
  std::vector<uint32_t> key_of_row;
  std::vector<uint32_t> begin;
  std::vector<uint32_t> items;

  void Read(const Vector& vector, MatchKeys& keys);
  /// Once the keys of both sides are known.
  void Finish(uint32_t n_keys);
  std::span<const uint32_t> rows(uint32_t key) const {
    return std::span(items).subspan(begin[key], begin[key + 1] - begin[key]);
  }
};

}  // namespace kvs::engine::promql
