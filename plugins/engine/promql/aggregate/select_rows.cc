// SPDX-License-Identifier: Apache-2.0
// topk, bottomk, limitk, limit_ratio: step by step, which elements of each group stay.

#include <algorithm>
#include <cmath>
#include <utility>

#include "kvs/base/str_cat.h"

#include "aggregate/aggregate.h"
#include "plan/plan.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql {
namespace {

/// How many elements to choose at a step; 0 for none.
int64_t CountOf(double param) {
  return std::max<int64_t>(0, static_cast<int64_t>(param));
}

class Selector {
 public:
  Selector(Query& query, const ast::Aggregate& aggregate, Vector& input)
      : query_(query), aggregate_(aggregate), input_(input), groups_(query, aggregate, input) {
    members_.resize(groups_.size());
    for (uint32_t r = 0; r < groups_.of_row.size(); ++r) members_[groups_.of_row[r]].push_back(r);
  }

  Status Run(const std::vector<double>& param) {
    if (KeepsFewBest(param)) return KeepFewBest();
    for (uint32_t i = 0; i < input_.grid.n; ++i) {
      KVS_RETURN_IF_ERROR(query_.CheckAlive());
      if (aggregate_.op == ast::AggregateOp::kLimitRatio) {
        KeepRatio(i, param[i]);
      } else {
        for (std::vector<uint32_t>& members : members_) KeepCount(i, CountOf(param[i]), members);
      }
    }
    return OkStatus();
  }

  /// With one step: puts the rows of each group in the order of their values, and groups in that of
  /// their labels.
  void Order() {
    std::vector<LabelSet> groups;
    for (uint32_t g = 0; g < groups_.size(); ++g) groups.push_back(groups_.labels[g]);
    std::vector<Row> sorted;
    for (const uint32_t g : query_.labels.Order(groups)) {
      std::vector<uint32_t>& members = members_[g];
      std::erase_if(members, [&](uint32_t r) { return !input_.rows[r].Has(0); });
      std::sort(members.begin(), members.end(),
                [&](uint32_t a, uint32_t b) { return Before(a, b, 0); });
      for (const uint32_t r : members) sorted.push_back(input_.rows[r]);
    }
    input_.rows = std::move(sorted);
    input_.ordered = true;
  }

 private:
  /// An element, such as one that is among the best of its step so far.
  struct Candidate {
    double value;
    uint32_t row;
  };

  /// Whether row `a` is chosen before row `b`: NaN is last.
  bool Before(uint32_t a, uint32_t b, uint32_t i) {
    return Before({input_.rows[a].values[i], a}, {input_.rows[b].values[i], b});
  }
  bool Before(const Candidate& a, const Candidate& b) {
    const bool greatest = aggregate_.op == ast::AggregateOp::kTopk;
    if (IsBetter(greatest, a.value, b.value)) return true;
    return !IsBetter(greatest, b.value, a.value) && Place(a.row) < Place(b.row);
  }

  /// Where the row stands in the order of labels, which decides between equal values. Few queries
  /// meet any, so places are found when they do.
  uint32_t Place(uint32_t r) {
    if (places_.empty()) {
      places_.resize(input_.rows.size());
      uint32_t next = 0;
      for (const uint32_t row : LabelOrder(query_.labels, input_.rows)) places_[row] = next++;
    }
    return places_[r];
  }

  /// Whether topk or bottomk chooses so few that lists of the best are kept for all steps.
  bool KeepsFewBest(const std::vector<double>& param) {
    if (aggregate_.op != ast::AggregateOp::kTopk && aggregate_.op != ast::AggregateOp::kBottomk)
      return false;
    constexpr double kFew = 64;
    if (std::ranges::any_of(param, [](double k) { return k > kFew; })) return false;
    for (const double k : param) few_.push_back(static_cast<int>(std::max(0.0, k)));
    return true;
  }

  /// Row by row, in the order of memory: most elements are only compared with the worst of the best
  /// of their step.
  Status KeepFewBest() {
    const uint32_t steps = input_.grid.n;
    const size_t most = static_cast<size_t>(*std::ranges::max_element(few_));
    std::vector<Candidate> best(most * steps);  // By step, the best first.
    std::vector<size_t> found(steps);
    for (const std::vector<uint32_t>& members : members_) {
      KVS_RETURN_IF_ERROR(query_.CheckAlive());
      std::ranges::fill(found, 0);
      for (const uint32_t r : members) {
        Row& row = input_.rows[r];
        if (row.histograms != nullptr) std::ranges::fill(*row.histograms, nullptr);
        double* const values = row.values;
        for (uint32_t i = 0; i < steps; ++i) {
          const double x = std::exchange(values[i], Absent());
          if (!Present(x)) continue;
          Candidate* const of_step = best.data() + most * i;
          size_t at = found[i];
          if (at == static_cast<size_t>(few_[i])) {
            if (at == 0 || !Before({x, r}, of_step[at - 1])) continue;
            --at;
          } else {
            ++found[i];
          }
          for (; at > 0 && Before({x, r}, of_step[at - 1]); --at) of_step[at] = of_step[at - 1];
          of_step[at] = {x, r};
        }
      }
      for (uint32_t i = 0; i < steps; ++i) {
        for (size_t c = 0; c < found[i]; ++c) {
          const Candidate& chosen = best[most * i + c];
          input_.rows[chosen.row].values[i] = chosen.value;
        }
      }
    }
    return OkStatus();
  }

  void Drop(uint32_t r, uint32_t i) {
    Row& row = input_.rows[r];
    row.values[i] = Absent();
    if (row.histograms != nullptr) (*row.histograms)[i] = nullptr;
  }

  void KeepCount(uint32_t i, int64_t k, const std::vector<uint32_t>& members) {
    present_.clear();
    for (const uint32_t r : members) {
      if (input_.rows[r].Has(i)) present_.push_back(r);
    }
    if (static_cast<int64_t>(present_.size()) <= k) return;
    const auto cut = present_.begin() + k;
    const bool any = aggregate_.op == ast::AggregateOp::kLimitk;
    std::nth_element(present_.begin(), cut, present_.end(), [&](uint32_t a, uint32_t b) {
      return any ? Place(a) < Place(b) : Before(a, b, i);
    });
    for (auto it = cut; it != present_.end(); ++it) Drop(*it, i);
  }

  void KeepRatio(uint32_t i, double ratio) {
    const double capped = std::clamp(ratio, -1.0, 1.0);
    if (offsets_.empty()) {
      for (const Row& row : input_.rows) {
        offsets_.push_back(static_cast<double>(query_.labels.CanonicalHash(row.labels)) /
                           18446744073709551616.0);
      }
    }
    for (uint32_t r = 0; r < input_.rows.size(); ++r) {
      const bool keep = capped >= 0 ? offsets_[r] < capped : offsets_[r] >= 1 + capped;
      if (!keep) Drop(r, i);
    }
  }

  Query& query_;
  const ast::Aggregate& aggregate_;
  Vector& input_;
  const Groups groups_;
  std::vector<std::vector<uint32_t>> members_;  // Rows of each group, in order.
  std::vector<uint32_t> present_;
  std::vector<uint32_t> places_;  // Of each row in the order of labels; empty: nobody has asked.
  std::vector<int> few_;          // How many to choose at each step, where they are few.
  std::vector<double> offsets_;
};

}  // namespace

StatusOr<bool> CheckSelection(Query& query, const ast::Aggregate& aggregate,
                              const ParamRange& param) {
  if (aggregate.op == ast::AggregateOp::kLimitRatio) {
    if (param.max == 0 && param.min == 0) return false;
    if (param.any_nan) return ExecutionError("Ratio value is NaN");
    const auto warn = [&](double got, double capped) {
      query.notes.Warn(StrCat("ratio value should be between -1 and 1, got ", FormatG(got),
                              ", capping to ", FormatG(capped)),
                       Unwrap(*aggregate.param).pos);
    };
    if (param.max > 1) warn(param.max, 1);
    if (param.min < -1) warn(param.min, -1);
    return true;
  }
  if (param.max < 1) return false;
  if (param.any_nan) return ExecutionError("Parameter value is NaN");
  if (param.min <= -9223372036854775808.0)
    return ExecutionError("Scalar value ", FormatG(param.min), " underflows int64");
  // The greatest double that an int64 holds counts as too large, as it does there.
  if (param.max >= 9223372036854774784.0)
    return ExecutionError("Scalar value ", FormatG(param.max), " overflows int64");
  return true;
}

StatusOr<Vector> SelectRows(Query& query, const ast::Aggregate& aggregate, Vector input,
                            const std::vector<double>& param) {
  Selector selector(query, aggregate, input);
  KVS_RETURN_IF_ERROR(selector.Run(param));
  const bool by_value =
      aggregate.op == ast::AggregateOp::kTopk || aggregate.op == ast::AggregateOp::kBottomk;
  if (by_value && !query.range && input.grid.n == 1) {
    selector.Order();
  } else {
    input.ordered = false;
  }
  input.Compact();
  return input;
}

}  // namespace kvs::engine::promql
