// SPDX-License-Identifier: Apache-2.0
// Quantiles and fractions: of classic histograms, series by label le, and of native ones.

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kvs/base/str_cat.h"
#include "kvs/promql/printer.h"

#include "functions/classic_buckets.h"
#include "functions/functions.h"
#include "histogram/quantile.h"

namespace kvs::engine::promql {
namespace {

/// A bucket series: where its counts are and which bound it has.
struct BucketRow {
  double upper_bound;
  const double* counts;
};

/// The bucket series with the same labels but le, in ascending order of bounds, and the native
/// histograms under these labels.
struct Family {
  LabelSet labels;  ///< Without le.
  bool drop_name = false;
  std::vector<BucketRow> rows;
  const HistogramRow* native = nullptr;

  const FloatHistogram* NativeAt(uint32_t i) const {
    return native == nullptr ? nullptr : (*native)[i].get();
  }
};

bool HasFloat(const Row& row, uint32_t steps) {
  return std::any_of(row.values, row.values + steps, [](double x) { return Present(x); });
}

/// " for metric name ..."; without delayed name removal Prometheus has dropped the name by then.
std::string OfMetric(const Query& query, LabelSet labels) {
  if (!query.features.delayed_name_removal) return {};
  return ForMetric(query.labels.text(labels.Get(kSymName)));
}

std::vector<Family> GroupByFamily(Query& query, const Vector& vector, ast::PosRange pos) {
  LabelStore& store = query.labels;
  const uint32_t le = store.Intern("le");
  std::vector<Family> families;
  LabelIndex index;
  const auto family_of = [&](LabelSet labels) -> Family& {
    const uint32_t id = index.IdOf(labels);
    if (id == families.size()) families.push_back({labels, false, {}, nullptr});
    return families[id];
  };
  for (const Row& row : vector.rows) {
    if (row.histograms != nullptr) {
      Family& family = family_of(row.labels);
      family.native = row.histograms;
      family.drop_name |= row.drop_name;
    }
    if (!HasFloat(row, vector.grid.n)) continue;
    const std::string_view text = store.text(row.labels.Get(le));
    const std::optional<double> bound = ParseFloat(text);
    if (!bound.has_value()) {
      query.notes.Warn(StrCat("bucket label \"le\" is missing or has a malformed value of ",
                              Quoted(text), ForMetric(store.text(row.labels.Get(kSymName)))),
                       pos);
      continue;
    }
    Family& family = family_of(store.With(row.labels, le, kSymEmpty));
    family.drop_name |= row.drop_name;
    family.rows.push_back({*bound, row.values});
  }
  for (Family& family : families) {
    std::stable_sort(
        family.rows.begin(), family.rows.end(),
        [](const BucketRow& a, const BucketRow& b) { return a.upper_bound < b.upper_bound; });
  }
  return families;
}

/// The buckets of a family at one step.
void BucketsAt(const Family& family, uint32_t i, std::vector<Bucket>& out) {
  out.clear();
  for (const BucketRow& row : family.rows) {
    if (Present(row.counts[i])) out.push_back({row.upper_bound, row.counts[i]});
  }
}

void AddRepair(Repairs& repairs, const Repair& repair, int64_t t) {
  if (!repair.forced) return;
  repairs.Add({1, t, t, repair.min_bound, repair.max_bound, repair.max_difference});
}

void TellRepairs(Query& query, const Family& family, const Repairs& repairs, ast::PosRange pos) {
  if (repairs.samples == 0) return;
  query.notes.Add({Note::Kind::kInfo,
                   StrCat("input to histogram_quantile needed to be fixed for monotonicity (see "
                          "https://prometheus.io/docs/prometheus/latest/querying/functions/"
                          "#histogram_quantile)",
                          OfMetric(query, family.labels)),
                   pos, 0, repairs});
}

/// What a family has at one step: buckets, or a native histogram, or nothing that can be used.
struct FamilyStep {
  std::vector<Bucket> buckets;
  const FloatHistogram* native = nullptr;

  bool Read(Query& query, const Family& family, uint32_t i, ast::PosRange pos) {
    BucketsAt(family, i, buckets);
    native = family.NativeAt(i);
    if (native != nullptr && !buckets.empty()) {
      query.notes.Warn(StrCat("vector contains a mix of classic and native histograms",
                              OfMetric(query, family.labels)),
                       pos);
      return false;
    }
    return native != nullptr || !buckets.empty();
  }
};

double QuantileOf(Query& query, const Family& family, FamilyStep& step, double q, int64_t t,
                  Repairs& repairs, ast::PosRange pos) {
  if (step.native == nullptr) {
    Repair repair;
    const double value = BucketQuantile(q, step.buckets, &repair);
    AddRepair(repairs, repair, t);
    return value;
  }
  NanEffect effect;
  const double value = NativeQuantile(q, *step.native, &effect);
  if (effect != NanEffect::kNone) {
    query.notes.Info(StrCat("input to histogram_quantile has NaN observations, result is ",
                            effect == NanEffect::kResultIsNan ? "NaN" : "skewed higher",
                            OfMetric(query, family.labels)),
                     pos);
  }
  return value;
}

StatusOr<Value> EvalQuantile(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  Query& query = eval.query();
  const ast::PosRange pos = Unwrap(*call.args[1]).pos;
  KVS_ASSIGN_OR_RETURN(const std::vector<double> q, eval.EvalScalar(*call.args[0], grid));
  KVS_ASSIGN_OR_RETURN(const Vector vector, eval.EvalVector(*call.args[1], grid));
  for (const double x : q) WarnInvalidQuantile(query, x, Unwrap(*call.args[0]).pos);
  Vector out(grid);
  FamilyStep step;
  for (const Family& family : GroupByFamily(query, vector, pos)) {
    KVS_RETURN_IF_ERROR(query.CheckAlive());
    Repairs repairs;
    Row& row = out.Add(family.labels, family.drop_name);
    for (uint32_t i = 0; i < grid.n; ++i) {
      if (step.Read(query, family, i, pos))
        row.values[i] = QuantileOf(query, family, step, q[i], grid.at(i), repairs, pos);
    }
    TellRepairs(query, family, repairs, pos);
  }
  out.Compact();
  KVS_RETURN_IF_ERROR(eval.DropNames(out, true));
  return Value::Of(std::move(out));
}

StatusOr<Value> EvalQuantiles(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  Query& query = eval.query();
  const ast::PosRange pos = Unwrap(*call.args[0]).pos;
  KVS_ASSIGN_OR_RETURN(const Vector vector, eval.EvalVector(*call.args[0], grid));
  const uint32_t label =
      query.labels.Intern(ast::As<ast::StringLiteral>(Unwrap(*call.args[1])).value);
  const std::vector<Family> families = GroupByFamily(query, vector, pos);
  std::vector<Repairs> repairs(families.size());
  Vector out(grid);
  FamilyStep step;
  for (size_t a = 2; a < call.args.size(); ++a) {
    KVS_ASSIGN_OR_RETURN(const std::vector<double> q, eval.EvalScalar(*call.args[a], grid));
    for (const double x : q) WarnInvalidQuantile(query, x, Unwrap(*call.args[a]).pos);
    for (size_t f = 0; f < families.size(); ++f) {
      KVS_RETURN_IF_ERROR(query.CheckAlive());
      Repairs unheard;  // Buckets are repaired once for all quantiles.
      // The quantile may change from step to step, and with it the label.
      absl::flat_hash_map<uint32_t, uint32_t> row_of_value;
      for (uint32_t i = 0; i < grid.n; ++i) {
        if (!step.Read(query, families[f], i, pos)) continue;
        const uint32_t value = query.labels.Intern(FormatOpenMetrics(q[i]));
        const auto [it, added] =
            row_of_value.try_emplace(value, static_cast<uint32_t>(out.rows.size()));
        if (added)
          out.Add(query.labels.With(families[f].labels, label, value), families[f].drop_name);
        out.rows[it->second].values[i] = QuantileOf(query, families[f], step, q[i], grid.at(i),
                                                    a == 2 ? repairs[f] : unheard, pos);
      }
    }
  }
  for (size_t f = 0; f < families.size(); ++f) {
    TellRepairs(query, families[f], repairs[f], pos);
  }
  KVS_RETURN_IF_ERROR(MergeEqualRows(out, true));
  KVS_RETURN_IF_ERROR(eval.DropNames(out, true));
  return Value::Of(std::move(out));
}

StatusOr<Value> EvalFraction(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  Query& query = eval.query();
  KVS_ASSIGN_OR_RETURN(const std::vector<double> lower, eval.EvalScalar(*call.args[0], grid));
  KVS_ASSIGN_OR_RETURN(const std::vector<double> upper, eval.EvalScalar(*call.args[1], grid));
  KVS_ASSIGN_OR_RETURN(const Vector vector, eval.EvalVector(*call.args[2], grid));
  Vector out(grid);
  const ast::PosRange pos = Unwrap(*call.args[2]).pos;
  FamilyStep step;
  for (const Family& family : GroupByFamily(query, vector, pos)) {
    KVS_RETURN_IF_ERROR(query.CheckAlive());
    Row& row = out.Add(family.labels, family.drop_name);
    for (uint32_t i = 0; i < grid.n; ++i) {
      if (!step.Read(query, family, i, pos)) continue;
      if (step.native == nullptr) {
        row.values[i] = BucketFraction(lower[i], upper[i], step.buckets);
        continue;
      }
      bool nan_excluded = false;
      row.values[i] = NativeFraction(lower[i], upper[i], *step.native, &nan_excluded);
      if (nan_excluded) {
        query.notes.Info(StrCat("input to histogram_fraction has NaN observations, which are "
                                "excluded from all fractions",
                                OfMetric(query, family.labels)),
                         pos);
      }
    }
  }
  out.Compact();
  KVS_RETURN_IF_ERROR(eval.DropNames(out, true));
  return Value::Of(std::move(out));
}

}  // namespace

StatusOr<Value> EvalHistogram(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  using enum ast::FunctionId;
  switch (call.function->id) {
    case kHistogramQuantile:
      return EvalQuantile(eval, call, grid);
    case kHistogramQuantiles:
      return EvalQuantiles(eval, call, grid);
    case kHistogramFraction:
      return EvalFraction(eval, call, grid);
    default:
      return Value();
  }
}

}  // namespace kvs::engine::promql
