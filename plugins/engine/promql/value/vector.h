// SPDX-License-Identifier: Apache-2.0
// Values of expressions over a whole grid of steps: rows of doubles, one a series.
//
// A step at which a series has no value holds kAbsentBits, the bits of the stale marker: no stored
// value and no arithmetic ever has them, so presence costs no second array.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "kvs/chunk/histogram.h"
#include "kvs/chunk/nan.h"

#include "value/grid.h"
#include "value/held.h"
#include "value/memory.h"
#include "value/symbols.h"

namespace kvs::engine::promql {

using chunk::FloatHistogram;
/// Histograms are immutable once made, so that rows can share them.
using HistogramPtr = std::shared_ptr<const FloatHistogram>;
/// One a step, null where there is none.
using HistogramRow = std::vector<HistogramPtr>;

inline constexpr uint64_t kAbsentBits = chunk::kStaleNaNBits;
inline constexpr double Absent() {
  return std::bit_cast<double>(kAbsentBits);
}
inline constexpr bool Present(double value) {
  return std::bit_cast<uint64_t>(value) != kAbsentBits;
}
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

/// One series of a Vector. A step has a float, a histogram, or nothing.
struct Row {
  LabelSet labels;
  double* values = nullptr;            ///< One a step; borrowed from the Vector.
  HistogramRow* histograms = nullptr;  ///< Null: none at any step.
  bool drop_name = false;              ///< With delayed name removal: goes at the end of the query.

  bool HasHistogram(uint32_t i) const {
    return histograms != nullptr && (*histograms)[i] != nullptr;
  }
  bool Has(uint32_t i) const { return Present(values[i]) || HasHistogram(i); }
};

/// An instant vector at every step of a grid. Moves cheaply; rows own nothing.
struct Vector {
  Grid grid;
  std::vector<Row> rows;
  bool ordered = false;  ///< The order of rows means something (sort, topk).
  Held held;

  Vector() = default;
  explicit Vector(const Grid& g) : grid(g) {}
  Vector(Vector&&) = default;
  Vector& operator=(Vector&&) = default;

  /// Memory for `n` rows, not initialised.
  double* Allocate(size_t n) {
    memory_.Add(static_cast<int64_t>(n * (sizeof(double) * grid.n + sizeof(Row))));
    blocks_.emplace_back(new double[n * grid.n]);
    return blocks_.back().get();
  }
  /// A row without any value yet.
  Row& Add(LabelSet labels, bool drop_name = false) {
    double* const values = Allocate(1);
    std::fill_n(values, grid.n, Absent());
    rows.push_back({labels, values, nullptr, drop_name});
    return rows.back();
  }
  /// The histograms of a row, all null at first.
  HistogramRow& Histograms(Row& row) {
    if (row.histograms == nullptr) {
      memory_.Add(static_cast<int64_t>(sizeof(HistogramPtr) * grid.n + sizeof(HistogramRow)));
      histograms_.push_back(std::make_unique<HistogramRow>(grid.n));
      row.histograms = histograms_.back().get();
    }
    return *row.histograms;
  }
  /// Takes over the memory behind `other`'s rows, but not the rows.
  void AdoptMemory(Vector&& other) {
    for (auto& block : other.blocks_) blocks_.push_back(std::move(block));
    other.blocks_.clear();
    held.Take(std::move(other.held));
    memory_.Take(std::move(other.memory_));
    for (auto& row : other.histograms_) histograms_.push_back(std::move(row));
    other.histograms_.clear();
  }
  /// Removes rows without any value.
  void Compact();

 private:
  Charge memory_;
  std::vector<std::unique_ptr<double[]>> blocks_;
  std::vector<std::unique_ptr<HistogramRow>> histograms_;
};

/// The positions of `rows` in the order of their labels. That is what decides where values do not:
/// sources give series in any order, and the answer is to be the same from each of them.
template <typename R>
std::vector<uint32_t> LabelOrder(const LabelStore& store, const std::vector<R>& rows) {
  std::vector<LabelSet> sets;
  sets.reserve(rows.size());
  for (const R& row : rows) sets.push_back(row.labels);
  return store.Order(sets);
}

/// The samples of one series, as stored or as a subquery made them. Floats and histograms each in
/// time order.
struct RangeRow {
  LabelSet labels;
  bool drop_name = false;
  std::vector<int64_t> t;
  std::vector<double> v;
  std::vector<int64_t> histogram_t;
  std::vector<HistogramPtr> histograms;
};

/// Of the arrays.
inline int64_t BytesOf(const RangeRow& row) {
  return static_cast<int64_t>(sizeof(RangeRow) + 16 * row.t.size() +
                              (8 + sizeof(HistogramPtr)) * row.histograms.size());
}

struct RangeVector {
  std::vector<RangeRow> rows;
  Held held;
  Charge memory;  ///< Of the arrays in rows; histograms charge themselves.
};

/// What an expression evaluates to; `type` says which member counts.
struct Value {
  ast::ValueType type = ast::ValueType::kNone;
  std::vector<double> scalar;  ///< One a step.
  Vector vector;
  RangeVector matrix;
  std::string text;

  static Value Scalar(std::vector<double> v) {
    Value out;
    out.type = ast::ValueType::kScalar;
    out.scalar = std::move(v);
    return out;
  }
  static Value Of(Vector v) {
    Value out;
    out.type = ast::ValueType::kVector;
    out.vector = std::move(v);
    return out;
  }
  static Value Of(RangeVector v) {
    Value out;
    out.type = ast::ValueType::kMatrix;
    out.matrix = std::move(v);
    return out;
  }
};

}  // namespace kvs::engine::promql
