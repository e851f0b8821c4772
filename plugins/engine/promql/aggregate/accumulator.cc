// SPDX-License-Identifier: Apache-2.0
// One cell type an operator: how a value is added, how two states merge, what the result is.

#include "aggregate/accumulator.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "value/kahan.h"
#include "value/twofold.h"
#include "value/vector.h"

namespace kvs::engine::promql {
namespace {

struct SumCell {
  KahanSum sum{Absent(), 0};
  void Add(double x) {
    if (Present(sum.sum)) {
      sum.Add(x);
    } else {
      sum.sum = x;
    }
  }
  void Merge(const SumCell& other) {
    if (!Present(other.sum.sum)) return;
    Add(other.sum.sum);
    if (!std::isinf(sum.sum)) sum.c += other.sum.c;
  }
  double result() const { return Present(sum.sum) ? sum.value() : Absent(); }
};

struct AvgCell {
  RunningMean mean;
  void Add(double x) { mean.Add(x); }
  void Merge(const AvgCell& other) {
    if (other.mean.count == 0) return;
    if (mean.count == 0) {
      mean = other.mean;
      return;
    }
    if (!mean.incremental && !other.mean.incremental) {
      KahanSum next = mean.sum;
      next.Add(other.mean.sum.sum);
      if (!std::isinf(next.sum)) {
        mean.sum = {next.sum, next.c + other.mean.sum.c};
        mean.count += other.mean.count;
        return;
      }
    }
    const double n = mean.count + other.mean.count;
    const double joined =
        mean.value() * (mean.count / n) + other.mean.value() * (other.mean.count / n);
    mean = RunningMean{{0, 0}, joined, n, true};
  }
  double result() const {
    if (mean.count == 0) return Absent();
    if (mean.incremental) return mean.value();
    // How a sum is split between its two parts depends on the order of what was added.
    const Twofold sum = Twofold::Sum(mean.sum.sum, mean.sum.c);
    return sum.hi / mean.count + sum.lo / mean.count;
  }
};

struct CountCell {
  uint64_t count = 0;
  void Add(double) { ++count; }
  void Merge(const CountCell& other) { count += other.count; }
  double result() const { return count == 0 ? Absent() : static_cast<double>(count); }
};

struct GroupCell {
  bool any = false;
  void Add(double) { any = true; }
  void Merge(const GroupCell& other) { any |= other.any; }
  double result() const { return any ? 1 : Absent(); }
};

template <bool kMax>
struct ExtremeCell {
  double best = Absent();  // A NaN, so the first value replaces it.
  void Add(double x) {
    if ((kMax ? x > best : x < best) || std::isnan(best)) best = x;
  }
  void Merge(const ExtremeCell& other) {
    if (Present(other.best)) Add(other.best);
  }
  double result() const { return best; }
};

/// Welford's method; merged by Chan's formula. With doubles alone its last digits would tell the
/// order in which series came.
template <bool kRoot>
struct VarianceCell {
  double count = 0;
  Twofold mean;
  Twofold squares;
  void Add(double x) {
    count += 1;
    if (count == 1) {
      mean = {x, 0};
      squares = {std::isfinite(x) ? 0 : kNaN, 0};
      return;
    }
    const Twofold value{x, 0};
    const Twofold delta = value - mean;
    mean = mean + delta / count;
    squares = squares + delta * (value - mean);
  }
  void Merge(const VarianceCell& other) {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    const double n = count + other.count;
    const Twofold delta = other.mean - mean;
    const Twofold between = delta * delta * Twofold{count * other.count, 0} / n;
    squares = squares + other.squares + between;
    mean = mean + delta * Twofold{other.count, 0} / n;
    count = n;
  }
  double result() const {
    if (count == 0) return Absent();
    const double variance = squares.hi / count;
    return kRoot ? std::sqrt(variance) : variance;
  }
};

template <typename Cell>
class CellAccumulator final : public Accumulator {
 public:
  explicit CellAccumulator(uint32_t steps) : steps_(steps) {}

  void Resize(uint32_t n) override {
    if (n <= cells_.size()) return;
    // Behind what is there: with many groups, moving their cells costs as much as adding to them.
    const size_t more = n - cells_.size();
    slabs_.push_back(std::make_unique<Cell[]>(more * steps_));
    cells_.reserve(std::max<size_t>(n, cells_.capacity()));
    for (size_t i = 0; i < more; ++i) cells_.push_back(slabs_.back().get() + i * steps_);
    memory_.Add(static_cast<int64_t>(more * (steps_ * sizeof(Cell) + sizeof(Cell*))));
  }
  void Add(uint32_t group, const double* row) override {
    Cell* const cells = cells_[group];
    for (uint32_t i = 0; i < steps_; ++i) {
      if (Present(row[i])) cells[i].Add(row[i]);
    }
  }
  void Merge(uint32_t group, const Accumulator& from, uint32_t from_group) override {
    const Cell* const other = static_cast<const CellAccumulator&>(from).cells_[from_group];
    Cell* const cells = cells_[group];
    for (uint32_t i = 0; i < steps_; ++i) cells[i].Merge(other[i]);
  }
  void Emit(uint32_t group, double* out) const override {
    const Cell* const cells = cells_[group];
    for (uint32_t i = 0; i < steps_; ++i) out[i] = cells[i].result();
  }

 private:
  const uint32_t steps_;
  std::vector<std::unique_ptr<Cell[]>> slabs_;
  std::vector<Cell*> cells_;  // Of each group, one a step.
  Charge memory_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeAccumulator(::kvs::promql::AggregateOp op, uint32_t steps) {
  using enum ::kvs::promql::AggregateOp;
  switch (op) {
    case kSum:
      return std::make_unique<CellAccumulator<SumCell>>(steps);
    case kAvg:
      return std::make_unique<CellAccumulator<AvgCell>>(steps);
    case kCount:
      return std::make_unique<CellAccumulator<CountCell>>(steps);
    case kGroup:
      return std::make_unique<CellAccumulator<GroupCell>>(steps);
    case kMin:
      return std::make_unique<CellAccumulator<ExtremeCell<false>>>(steps);
    case kMax:
      return std::make_unique<CellAccumulator<ExtremeCell<true>>>(steps);
    case kStddev:
      return std::make_unique<CellAccumulator<VarianceCell<true>>>(steps);
    case kStdvar:
      return std::make_unique<CellAccumulator<VarianceCell<false>>>(steps);
    default:
      return nullptr;
  }
}

}  // namespace kvs::engine::promql
