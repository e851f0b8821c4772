// SPDX-License-Identifier: Apache-2.0
// Functions of range vectors over subqueries, and absence.

#include <algorithm>
#include <limits>

#include "eval/evaluator.h"
#include "functions/functions.h"
#include "scan/count_samples.h"
#include "scan/row_notes.h"
#include "scan/scan_aggregate.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql {

StatusOr<RangeCall> Evaluator::PrepareRangeCall(const ast::Call& call, const Grid& grid) {
  RangeCall out;
  out.call = &call;
  out.params = std::make_unique<std::vector<std::vector<double>>>();
  for (const ast::ExprPtr& arg : call.args) {
    if (arg->type == ast::ValueType::kMatrix) {
      out.range = &Unwrap(*arg);
    } else {
      KVS_ASSIGN_OR_RETURN(std::vector<double> param, EvalScalar(*arg, grid));
      out.params->push_back(std::move(param));
    }
  }
  Windows windows;
  if (const auto* matrix = ast::AsIf<ast::MatrixSelector>(out.range)) {
    windows = WindowsOf(grid, matrix->range_ms, *matrix->selector);
  } else {
    const auto& subquery = ast::As<ast::Subquery>(*out.range);
    windows = WindowsOf(grid, subquery.range_ms, subquery.offset_ms, subquery.at);
  }
  const ast::FunctionId id = call.function->id;
  KVS_RETURN_IF_ERROR(CheckWindowEnds(id, call.function->name, windows.ends));
  if (plan::KeepsNames(id)) out.names = NameUse::kKeep;
  out.function = MakeRangeFunction(id, windows, *out.params, query_.features.use_start_timestamps);
  if (out.function == nullptr)
    return Unimplemented("function ", call.function->name, "() is not supported");
  return out;
}

Status CheckParams(Query& query, const RangeCall& prepared, const Vector& result) {
  if (result.rows.empty()) return OkStatus();
  const ast::Call& call = *prepared.call;
  const std::vector<std::vector<double>>& params = *prepared.params;
  const auto outside = [](double x) { return !(x > 0 && x < 1); };
  switch (call.function->id) {
    case ast::FunctionId::kQuantileOverTime:
      for (uint32_t i = 0; i < result.grid.n; ++i) {
        const auto has = [i](const Row& row) { return row.Has(i); };
        if (std::ranges::any_of(result.rows, has))
          WarnInvalidQuantile(query, params[0][i], Unwrap(*call.args[0]).pos);
      }
      return OkStatus();
    case ast::FunctionId::kDoubleExponentialSmoothing:
      if (const auto bad = std::ranges::find_if(params[0], outside); bad != params[0].end()) {
        return ExecutionError("invalid smoothing factor. Expected: 0 < sf < 1, got: ",
                              FormatF(*bad));
      }
      if (const auto bad = std::ranges::find_if(params[1], outside); bad != params[1].end()) {
        return ExecutionError("invalid trend factor. Expected: 0 < tf < 1, got: ", FormatF(*bad));
      }
      return OkStatus();
    default:
      return OkStatus();
  }
}

StatusOr<Value> Evaluator::RunRangeCall(const ast::Call& call, const Grid& grid) {
  KVS_ASSIGN_OR_RETURN(const RangeCall prepared, PrepareRangeCall(call, grid));
  KVS_ASSIGN_OR_RETURN(Vector out, ApplyToSubquery(prepared, grid));
  KVS_RETURN_IF_ERROR(CheckParams(query_, prepared, out));
  if (prepared.names == NameUse::kDrop && !query_.features.delayed_name_removal) {
    KVS_RETURN_IF_ERROR(MergeEqualRows(out, false));
  }
  return Value::Of(std::move(out));
}

StatusOr<Vector> Evaluator::EvalSubquerySteps(const ast::Subquery& subquery, const Windows& windows,
                                              StepSamples::Count* counted) {
  const int64_t step = subquery.step_ms != 0 ? subquery.step_ms : query_.default_step_ms;
  const int64_t after = windows.first_end() - windows.range_ms;
  int64_t start = after / step * step;
  if (start <= after) start += step;
  const int64_t last = windows.last_end();
  if (start > last) return Vector(Grid{start, step, 0});
  const int64_t n = (last - start) / step + 1;
  KVS_RETURN_IF_ERROR(query_.CheckSamples(n));
  if (n > std::numeric_limits<int32_t>::max())
    return ResourceExhausted("a subquery of ", n, " steps, limit 2147483647");
  const Grid grid{start, step, static_cast<uint32_t>(n)};
  StepSamples inner(counted == nullptr ? 0 : grid.n);
  const StepSamplesScope scope(query_, counted == nullptr ? nullptr : &inner);
  if (const Node* const top = plan_.Of(*subquery.expr); top != nullptr) Settle(*top, grid);
  StatusOr<Vector> out = EvalVector(*subquery.expr, grid);
  if (counted != nullptr) *counted = inner.Total();
  return out;
}

namespace {

/// What a hint says of a sample and the one stored before it says nothing of two steps of a
/// subquery.
HistogramPtr WithoutResetHint(const HistogramPtr& h) {
  using enum chunk::ResetHint;
  if (h->reset_hint == kUnknown || h->reset_hint == kGauge) return h;
  FloatHistogram copy = *h;
  copy.reset_hint = kUnknown;
  return MakeHistogram(std::move(copy));
}

/// The values of a row as samples; memory is reused.
struct RowSamples {
  std::vector<int64_t> t;
  std::vector<double> v;
  std::vector<int64_t> histogram_t;
  std::vector<HistogramPtr> histograms;

  void Fill(const Row& row, const Grid& grid) {
    t.clear();
    v.clear();
    histogram_t.clear();
    histograms.clear();
    t.reserve(grid.n);
    v.reserve(grid.n);
    for (uint32_t i = 0; i < grid.n; ++i) {
      if (Present(row.values[i])) {
        t.push_back(grid.at(i));
        v.push_back(row.values[i]);
      } else if (row.HasHistogram(i)) {
        histogram_t.push_back(grid.at(i));
        histograms.push_back(WithoutResetHint((*row.histograms)[i]));
      }
    }
  }
  Samples samples() const {
    return {t.data(), v.data(), t.size(), histogram_t.data(), histograms.data(), histograms.size()};
  }
};

}  // namespace

StatusOr<Vector> Evaluator::ApplyToSubquery(const RangeCall& prepared, const Grid& grid) {
  const auto& subquery = ast::As<ast::Subquery>(*prepared.range);
  // This is where the node of the subquery runs: nobody asks for its value by itself.
  if (profile_ != nullptr) profile_->Begin();
  StatusOr<Vector> inner = EvalSubquerySteps(subquery, prepared.function->windows());
  if (profile_ != nullptr) {
    profile_->End(plan_.Of(subquery)->id,
                  inner.ok() ? static_cast<int64_t>(inner->rows.size()) : 0);
  }
  KVS_RETURN_IF_ERROR(inner.status());
  const Vector steps = std::move(inner).value();
  std::vector<StepSamples::Count> counts(query_.step_samples == nullptr ? 0 : grid.n);
  const bool delayed = query_.features.delayed_name_removal;
  Vector out(grid);
  RowSamples samples;
  RowScratch scratch;
  KVS_RETURN_IF_ERROR(query_.Hold(out.held, static_cast<int64_t>(steps.rows.size()) * grid.n));
  Pulse pulse(query_);
  for (const Row& row : steps.rows) {
    pulse.Beat(steps.grid.n);
    samples.Fill(row, steps.grid);
    if (!counts.empty()) CountSamples(*prepared.function, samples.samples(), counts);
    RowOut result{out.Allocate(1), {}};
    result.pulse = &pulse;
    const bool any = prepared.function->Apply(samples.samples(), result, scratch);
    KVS_RETURN_IF_ERROR(pulse.status());
    if (result.notes != 0) {
      AddRowNotes(query_, {0, result.notes, result.start_overlaps},
                  query_.labels.text(row.labels.Get(kSymName)),
                  query_.labels.text(row.labels.Get(kSymType)), prepared.pos());
    }
    if (!any) continue;
    const bool drop = prepared.names == NameUse::kDrop;
    const LabelSet labels = drop && !delayed ? query_.labels.WithoutName(row.labels) : row.labels;
    out.rows.push_back({labels, result.values, nullptr, drop ? delayed : row.drop_name});
    if (!result.histograms.empty()) out.Histograms(out.rows.back()) = std::move(result.histograms);
  }
  if (!counts.empty()) query_.step_samples->Add(counts);
  return out;
}

StatusOr<Value> Evaluator::RunSubquery(const ast::Subquery& subquery, const Grid& grid) {
  const Windows windows = WindowsOf(grid, subquery.range_ms, subquery.offset_ms, subquery.at);
  StepSamples::Count counted;
  KVS_ASSIGN_OR_RETURN(
      const Vector steps,
      EvalSubquerySteps(subquery, windows, query_.step_samples == nullptr ? nullptr : &counted));
  if (query_.step_samples != nullptr) query_.step_samples->AddAtEveryStep(counted);
  RangeVector out;
  RowSamples samples;
  for (const Row& row : steps.rows) {
    samples.Fill(row, steps.grid);
    if (samples.t.empty() && samples.histograms.empty()) continue;
    out.rows.push_back(
        {row.labels, row.drop_name, samples.t, samples.v, samples.histogram_t, samples.histograms});
    out.memory.Add(BytesOf(out.rows.back()));
  }
  return Value::Of(std::move(out));
}

namespace {

/// Whether any row has a value, step by step.
std::vector<bool> PresentSteps(const Vector& vector) {
  std::vector<bool> out(vector.grid.n, false);
  for (const Row& row : vector.rows) {
    for (uint32_t i = 0; i < vector.grid.n; ++i) out[i] = out[i] || row.Has(i);
  }
  return out;
}

}  // namespace

StatusOr<std::optional<Vector>> Evaluator::AnyRow(const ast::VectorSelector& selector,
                                                  const RowFunction& function,
                                                  std::string_view hint, ast::PosRange pos) {
  AggregateTap tap(query_, function, pos, NameUse::kKeep, {ast::AggregateOp::kGroup, {}, false});
  Tap* const taps[] = {&tap};
  StepSamples counted(query_.step_samples == nullptr ? 0 : function.windows().grid.n);
  KVS_RETURN_IF_ERROR(ScanTaps(query_, selector, hint, 0, taps,
                               query_.step_samples == nullptr ? nullptr : &counted));
  std::optional<Vector> out = tap.TakeResult();
  if (out.has_value() && query_.step_samples != nullptr) query_.step_samples->Add(counted.counts());
  return out;
}

StatusOr<Value> Evaluator::RunAbsent(const Node& node, const Grid& grid) {
  const ast::VectorSelector& selector = *plan::SelectorOf(node);
  const auto function = MakeInstantFunction(WindowsOf(grid, 0, selector));
  KVS_ASSIGN_OR_RETURN(std::optional<Vector> any, AnyRow(selector, *function, "", selector.pos));
  if (!any.has_value()) {
    KVS_ASSIGN_OR_RETURN(any,
                         ScanVector(query_, selector, *function, "", NameUse::kKeep, selector.pos));
  }
  return Value::Of(AbsentVector(query_, grid, &selector, PresentSteps(*any)));
}

StatusOr<Value> Evaluator::RunAbsentOverTime(const ast::Call& call, const Grid& grid) {
  KVS_ASSIGN_OR_RETURN(const RangeCall prepared, PrepareRangeCall(call, grid));
  const ast::VectorSelector* const selector = prepared.selector();
  std::optional<Vector> found;
  if (selector != nullptr) {
    KVS_ASSIGN_OR_RETURN(
        found, AnyRow(*selector, *prepared.function, call.function->name, prepared.pos()));
    // The function counts samples, whatever they are.
    if (!found.has_value()) return Internal("absent_over_time() has found histograms");
  } else {
    KVS_ASSIGN_OR_RETURN(found, ApplyToSubquery(prepared, grid));
  }
  return Value::Of(AbsentVector(query_, grid, selector, PresentSteps(*found)));
}

}  // namespace kvs::engine::promql
