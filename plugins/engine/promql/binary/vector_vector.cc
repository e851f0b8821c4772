// SPDX-License-Identifier: Apache-2.0
// Arithmetic and comparisons between vectors: rows that share a match key are paired, and a pair is
// computed over all steps at once.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"

#include "binary/binary.h"
#include "binary/elements.h"
#include "eval/evaluator.h"

namespace kvs::engine::promql {
namespace {

class Join {
 public:
  Join(Query& query, const ast::Binary& binary, Vector lhs, Vector rhs)
      : query_(query),
        binary_(binary),
        matching_(*binary.matching),
        // `one` is the side on which a key must be unique; `many` gives the labels of the result.
        swapped_(matching_.card == ast::Cardinality::kOneToMany),
        many_(swapped_ ? std::move(rhs) : std::move(lhs)),
        one_(swapped_ ? std::move(lhs) : std::move(rhs)),
        keys_(matching_, query.labels),
        out_(many_.grid) {
    for (const std::string& label : matching_.include)
      include_.push_back(query.labels.Intern(label));
    for (const std::string& label : matching_.labels) names_.push_back(query.labels.Intern(label));
  }

  StatusOr<Vector> Run() {
    many_rows_.Read(many_, keys_);
    one_rows_.Read(one_, keys_);
    many_rows_.Finish(keys_.size());
    one_rows_.Finish(keys_.size());
    KVS_RETURN_IF_ERROR(
        query_.Hold(out_.held, static_cast<int64_t>(many_.rows.size()) * out_.grid.n));
    KVS_RETURN_IF_ERROR(CheckUnique());
    taken_.reserve(many_.rows.size() * steps());
    for (uint32_t m = 0; m < many_.rows.size(); ++m) {
      if ((m & 255) == 0) KVS_RETURN_IF_ERROR(query_.CheckAlive());
      for (const uint32_t o : one_rows_.rows(many_rows_.key_of_row[m])) {
        KVS_RETURN_IF_ERROR(Pair(many_.rows[m], one_.rows[o]));
      }
    }
    if (fills()) {
      for (uint32_t k = 0; k < keys_.size(); ++k) KVS_RETURN_IF_ERROR(Fill(k));
    }
    out_.Compact();
    operator_.Tell(query_);
    return std::move(out_);
  }

 private:
  uint32_t steps() const { return out_.grid.n; }
  bool fills() const { return matching_.fill_left.has_value() || matching_.fill_right.has_value(); }

  /// What is not unique is told of the earliest step, and there of the first key in the order of
  /// labels: neither the order in which a source gives series nor how a range is cut is seen.
  Status CheckUnique() {
    uint32_t step = steps();
    constexpr uint32_t kNone = ~uint32_t{0};
    uint32_t twice = kNone;  // The key of which the one side has two elements there.
    for (uint32_t k = 0; k < keys_.size(); ++k) {
      if ((k & 255) == 0) KVS_RETURN_IF_ERROR(query_.CheckAlive());
      if (const uint32_t at = FirstTwice(k); at < steps() && at <= step) {
        const bool is_first =
            at < step || twice == kNone || query_.labels.Less(keys_.labels(k), keys_.labels(twice));
        if (is_first) twice = k;
        step = at;
      }
      if (const uint32_t at = FirstMultiple(k); at < step) {
        twice = kNone;
        step = at;
      }
    }
    if (step == steps()) return OkStatus();
    if (twice != kNone) return DuplicateError(twice, step);
    return ExecutionError(
        "multiple matches for labels: many-to-one matching must be explicit "
        "(group_left/group_right)");
  }

  /// The first step with two elements of the key on the side that must be unique, which is an error
  /// even if nothing matches them; steps() when there is none.
  uint32_t FirstTwice(uint32_t key) {
    const std::span<const uint32_t> rows = one_rows_.rows(key);
    if (rows.size() < 2) return steps();
    for (uint32_t i = 0; i < steps(); ++i) {
      uint32_t found = 0;
      for (const uint32_t r : rows) found += one_.rows[r].Has(i) ? 1 : 0;
      if (found > 1 && (fills() || AnyOfMany(i))) return i;
    }
    return steps();
  }

  /// With nothing on the other side there is nothing to match, and Prometheus does not look.
  bool AnyOfMany(uint32_t i) {
    if (many_present_.empty()) {
      many_present_.assign(steps(), 0);
      for (const Row& row : many_.rows) {
        for (uint32_t s = 0; s < steps(); ++s) many_present_[s] |= row.Has(s) ? 1 : 0;
      }
    }
    return many_present_[i] != 0;
  }

  Status DuplicateError(uint32_t key, uint32_t i) const {
    std::vector<std::string> texts;
    for (const uint32_t r : one_rows_.rows(key)) {
      if (one_.rows[r].Has(i)) texts.push_back(query_.labels.ToString(one_.rows[r].labels));
    }
    std::ranges::partial_sort(texts, texts.begin() + 2);
    return ExecutionError(
        "found duplicate series for the match group ", query_.labels.ToString(keys_.labels(key)),
        " on the ", swapped_ ? "left" : "right", " hand-side of the operation: [", texts[0], ", ",
        texts[1],
        "];many-to-many matching not allowed: matching labels must be unique on one side");
  }

  /// The first step at which elements of a key on both sides would need a group modifier.
  uint32_t FirstMultiple(uint32_t key) const {
    if (matching_.card != ast::Cardinality::kOneToOne) return steps();
    const std::span<const uint32_t> rows = many_rows_.rows(key);
    if (rows.size() < 2 || one_rows_.rows(key).empty()) return steps();
    for (uint32_t i = 0; i < steps(); ++i) {
      uint32_t found = 0;
      for (const uint32_t r : rows) found += many_.rows[r].Has(i) ? 1 : 0;
      if (found < 2) continue;
      for (const uint32_t r : one_rows_.rows(key)) {
        if (one_.rows[r].Has(i)) return i;
      }
    }
    return steps();
  }

  Status Pair(const Row& many, const Row& one) {
    if (many.histograms == nullptr && one.histograms == nullptr && DropsName(binary_.op))
      return PairFloats(many, one);
    std::optional<uint32_t> target;
    for (uint32_t i = 0; i < steps(); ++i) {
      if (!many.Has(i) || !one.Has(i)) continue;
      if (!target.has_value()) target = TargetOf(many.labels, one.labels);
      KVS_RETURN_IF_ERROR(Store(*target, ElementOf(many, i), ElementOf(one, i), i));
    }
    return OkStatus();
  }

  /// The same for arithmetic of numbers, which most joins are.
  Status PairFloats(const Row& many, const Row& one) {
    const double* const left = swapped_ ? one.values : many.values;
    const double* const right = swapped_ ? many.values : one.values;
    double* values = nullptr;
    uint8_t* taken = nullptr;
    for (uint32_t i = 0; i < steps(); ++i) {
      if (!Present(left[i]) || !Present(right[i])) continue;
      if (values == nullptr) {
        const uint32_t target = TargetOf(many.labels, one.labels);
        values = out_.rows[target].values;
        taken = taken_.data() + size_t{target} * steps();
      }
      if (taken[i] != 0) return TakenTwice();
      taken[i] = 1;
      values[i] = Compute(binary_.op, left[i], right[i]);
    }
    return OkStatus();
  }

  /// Elements without a partner, with the number that stands in for it.
  Status Fill(uint32_t key) {
    const std::optional<double> many_fill = swapped_ ? matching_.fill_right : matching_.fill_left;
    const std::optional<double> one_fill = swapped_ ? matching_.fill_left : matching_.fill_right;
    const LabelSet labels = keys_.labels(key);
    const auto present = [&](const Vector& vector, std::span<const uint32_t> rows, uint32_t i) {
      return std::ranges::any_of(rows, [&](uint32_t r) { return vector.rows[r].Has(i); });
    };
    for (uint32_t i = 0; i < steps(); ++i) {
      if (one_fill.has_value() && !present(one_, one_rows_.rows(key), i)) {
        for (const uint32_t m : many_rows_.rows(key)) {
          const Row& many = many_.rows[m];
          if (!many.Has(i)) continue;
          KVS_RETURN_IF_ERROR(
              Store(TargetOf(many.labels, labels), ElementOf(many, i), {*one_fill, nullptr}, i));
        }
      }
      if (many_fill.has_value() && !present(many_, many_rows_.rows(key), i)) {
        for (const uint32_t o : one_rows_.rows(key)) {
          const Row& one = one_.rows[o];
          if (!one.Has(i)) continue;
          KVS_RETURN_IF_ERROR(
              Store(TargetOf(labels, one.labels), {*many_fill, nullptr}, ElementOf(one, i), i));
        }
      }
    }
    return OkStatus();
  }

  Status Store(uint32_t target, const Element& many, const Element& one, uint32_t i) {
    Element result = swapped_ ? operator_.Apply(one, many, i) : operator_.Apply(many, one, i);
    if (operator_.failed()) return OkStatus();
    // That a comparison was false does not make labels unique.
    uint8_t& taken = taken_[size_t{target} * steps() + i];
    if (taken != 0) return TakenTwice();
    taken = 1;
    if (!result.present()) return OkStatus();
    Row& row = out_.rows[target];
    row.values[i] = result.value;
    if (result.histogram != nullptr) out_.Histograms(row)[i] = std::move(result.histogram);
    return OkStatus();
  }

  Status TakenTwice() const {
    if (matching_.card == ast::Cardinality::kOneToOne) return DuplicateLabelSetError();
    return ExecutionError(
        "multiple matches for labels: grouping labels must ensure unique matches");
  }

  /// The row of the result for a pair of elements with these labels.
  uint32_t TargetOf(LabelSet labels, LabelSet one) {
    // Arithmetic drops names at once, delayed removal or not, and a comparison forgets that its
    // left side was to lose its name: both as Prometheus does it.
    const bool delayed = query_.features.delayed_name_removal;
    const bool drop_now = DropsName(binary_.op) || (binary_.return_bool && !delayed);
    LabelStore& store = query_.labels;
    if (matching_.card == ast::Cardinality::kOneToOne) labels = MatchedLabels(labels);
    if (drop_now) labels = store.WithoutName(labels);
    for (const uint32_t name : include_) labels = store.With(labels, name, one.Get(name));
    const uint32_t before = targets_.size();
    const uint32_t target = targets_.IdOf(labels);
    if (target == before) {
      out_.rows.push_back({labels, NewValues(), nullptr, binary_.return_bool && delayed});
      taken_.resize(taken_.size() + steps(), 0);
    }
    return target;
  }

  /// Of a row of the result. Memory comes for many rows, most of which will be needed.
  double* NewValues() {
    constexpr size_t kRows = 256;
    if (spare_rows_ == 0) {
      spare_rows_ = std::clamp<size_t>(
          many_.rows.size() - std::min(many_.rows.size(), out_.rows.size()), 1, kRows);
      spare_ = out_.Allocate(spare_rows_);
    }
    --spare_rows_;
    double* const values = std::exchange(spare_, spare_ + steps());
    std::fill_n(values, steps(), Absent());
    return values;
  }

  LabelSet MatchedLabels(LabelSet labels) {
    scratch_.clear();
    for (uint32_t i = 0; i < labels.size; ++i) {
      const uint32_t name = labels.refs[2 * i];
      const bool named = std::find(names_.begin(), names_.end(), name) != names_.end();
      if (named == matching_.on) scratch_.insert(scratch_.end(), {name, labels.refs[2 * i + 1]});
    }
    return scratch_.size() == 2 * size_t{labels.size} ? labels : query_.labels.Keep(scratch_);
  }

  Query& query_;
  const ast::Binary& binary_;
  const ast::VectorMatching& matching_;
  const bool swapped_;
  const Vector many_;
  const Vector one_;
  MatchKeys keys_;
  RowsByKey many_rows_;
  RowsByKey one_rows_;
  std::vector<uint8_t> many_present_;
  std::vector<uint32_t> include_;
  std::vector<uint32_t> names_;
  std::vector<uint32_t> scratch_;
  LabelIndex targets_;
  std::vector<uint8_t>
      taken_;  // [row of the result][step]: a comparison may have been false there.
  Vector out_;
  double* spare_ = nullptr;  // Room for so many more rows.
  size_t spare_rows_ = 0;
  ElementOperator operator_{binary_, out_.grid.n};
};

}  // namespace

StatusOr<Vector> VectorVector(Query& query, const ast::Binary& binary, Vector lhs, Vector rhs) {
  if (ast::IsSetOperator(binary.op))
    return SetOperation(query, binary, std::move(lhs), std::move(rhs));
  return Join(query, binary, std::move(lhs), std::move(rhs)).Run();
}

}  // namespace kvs::engine::promql
