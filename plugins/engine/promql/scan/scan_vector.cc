// SPDX-License-Identifier: Apache-2.0
// Keeping rows: each batch makes a piece of the vector, and the pieces are put together in the
// order of the batches.

#include "scan/scan_vector.h"

#include <algorithm>

#include "scan/count_samples.h"
#include "scan/row_notes.h"
#include "window/extended.h"

namespace kvs::engine::promql {
Selection SelectionFor(const ast::VectorSelector& selector, const RowFunction& function,
                       std::string_view hint) {
  Selection out;
  out.selector = &selector;
  out.min_ms = function.min_ms();
  out.max_ms = function.max_ms();
  out.step_ms = function.windows().grid.step_ms;
  out.range_ms = function.windows().range_ms;
  out.func = hint;
  return out;
}

std::string_view FixedName(const ast::VectorSelector& selector) {
  for (const ast::Matcher& m : selector.matchers) {
    if (m.name == ast::kMetricNameLabel && m.op == ast::MatchOp::kEqual) return m.value;
  }
  return {};
}

/// Rows of one batch, and the series of each.
class VectorTap::Rows final : public Tap::Part {
 public:
  Rows(Query& query, const Grid& grid, bool drop_later)
      : vector(grid), query_(query), drop_later_(drop_later) {}

  StatusOr<double*> Room(uint32_t left) override {
    if (used_ == allocated_) {
      allocated_ = std::min<uint32_t>(std::max<uint32_t>(4, 2 * used_), left);
      used_ = 0;
      KVS_RETURN_IF_ERROR(
          query_.Hold(vector.held, static_cast<int64_t>(allocated_) * vector.grid.n));
      next_ = vector.Allocate(allocated_);
    }
    return next_;
  }

  bool Take(uint32_t s, RowOut& row) override {
    next_ += vector.grid.n;
    ++used_;
    vector.rows.push_back({{}, row.values, nullptr, drop_later_});
    if (!row.histograms.empty()) vector.Histograms(vector.rows.back()) = std::move(row.histograms);
    series.push_back(s);
    return true;
  }

  /// Forgets all but the best and what equals the last of them: which of these is chosen depends on
  /// their labels.
  void Keep(const BestRows& best) {
    std::vector<uint32_t> order;
    std::vector<bool> kept(vector.rows.size(), false);
    for (uint32_t r = 0; r < vector.rows.size(); ++r) {
      if (vector.rows[r].histograms == nullptr) {
        order.push_back(r);
      } else {
        kept[r] = true;
      }
    }
    if (order.size() <= best.n) return;
    const auto value = [&](uint32_t r) { return vector.rows[r].values[0]; };
    const auto last = order.begin() + best.n - 1;
    std::nth_element(order.begin(), last, order.end(), [&](uint32_t a, uint32_t b) {
      return IsBetter(best.greatest, value(a), value(b));
    });
    const double least = value(*last);
    for (const uint32_t r : order) kept[r] = !IsBetter(best.greatest, least, value(r));
    size_t n = 0;
    for (uint32_t r = 0; r < kept.size(); ++r) {
      if (!kept[r]) continue;
      vector.rows[n] = vector.rows[r];
      series[n++] = series[r];
    }
    vector.rows.resize(n);
    series.resize(n);
    forgot = true;
  }

  Vector vector;
  std::vector<uint32_t> series;
  bool distinct = true;
  bool forgot = false;

 private:
  Query& query_;
  const bool drop_later_;
  double* next_ = nullptr;
  uint32_t allocated_ = 0;
  uint32_t used_ = 0;
};

bool VectorTap::Labels(std::vector<std::string>& /*names*/) const {
  return false;
}

std::unique_ptr<Tap::Part> VectorTap::Begin(Query& query, Morsel& /*m*/) const {
  const bool later = names_ == NameUse::kDrop && query.features.delayed_name_removal;
  return std::make_unique<Rows>(query, function().windows().grid, later);
}

void VectorTap::End(Query& query, Morsel& m, Part& part) const {
  auto& rows = static_cast<Rows&>(part);
  const bool now = names_ == NameUse::kDrop && !query.features.delayed_name_removal;
  const bool typed = now && m.labels.HasTypeOrUnit();
  if (best_.n != 0 && rows.vector.grid.n == 1 && !typed) rows.Keep(best_);
  for (size_t r = 0; r < rows.series.size(); ++r) {
    rows.vector.rows[r].labels = query.labels.Keep(now ? m.labels.ReadWithoutName(rows.series[r])
                                                       : m.labels.Read(rows.series[r]));
  }
  // Series of one metric differ in other labels.
  rows.distinct = !now || (one_metric_ && !typed);
}

Status VectorTap::Merge(Query& /*query*/, std::unique_ptr<Part> part) {
  distinct_ &= static_cast<Rows&>(*part).distinct;
  forgot_ |= static_cast<Rows&>(*part).forgot;
  Vector& vector = static_cast<Rows&>(*part).vector;
  out_.rows.insert(out_.rows.end(), vector.rows.begin(), vector.rows.end());
  out_.AdoptMemory(std::move(vector));
  return OkStatus();
}

StatusOr<Vector> ScanVector(Query& query, const ast::VectorSelector& selector,
                            const RowFunction& function, std::string_view hint, NameUse names,
                            ast::PosRange pos) {
  VectorTap tap(function, pos, names, !FixedName(selector).empty());
  Tap* const taps[] = {&tap};
  KVS_RETURN_IF_ERROR(ScanTaps(query, selector, hint, 0, taps, query.step_samples));
  return tap.TakeResult();
}

StatusOr<RangeVector> ScanRange(Query& query, const ast::VectorSelector& selector,
                                const Windows& windows) {
  Selection selection;
  selection.selector = &selector;
  const Windows read = windows.Widened();
  selection.min_ms = read.first_end() - read.range_ms + 1;
  selection.max_ms = read.first_end();
  selection.range_ms = windows.range_ms;

  RangeVector out;
  InOrder<RangeVector> pieces([&](RangeVector&& piece) {
    for (RangeRow& row : piece.rows) out.rows.push_back(std::move(row));
    out.held.Take(std::move(piece.held));
    out.memory.Take(std::move(piece.memory));
    return OkStatus();
  });
  const auto process = [&](Morsel& m) -> Status {
    RangeVector piece;
    const MutexLock lock(query.labels.mutex());
    m.labels.Begin(m.batch.labels, query.labels);
    for (uint32_t s = 0; s < m.batch.n_series; ++s) {
      KVS_ASSIGN_OR_RETURN(const Samples samples, m.reader.Read(m.batch, s, selection.min_ms,
                                                                selection.max_ms, ReadOptions{}));
      if (samples.empty()) continue;
      if (windows.ends != WindowEnds::kPlain && samples.n_histograms > 0) {
        return ExecutionError(windows.ends == WindowEnds::kAnchored ? "anchored" : "smoothed",
                              " modifier is not supported with histograms");
      }
      const int64_t n = static_cast<int64_t>(samples.n + samples.n_histograms);
      query.samples_read.fetch_add(n, std::memory_order_relaxed);
      KVS_RETURN_IF_ERROR(query.Hold(piece.held, n));
      RangeRow& row = piece.rows.emplace_back();
      row.labels = query.labels.Keep(m.labels.Read(s));
      row.t.assign(samples.t, samples.t + samples.n);
      row.v.assign(samples.v, samples.v + samples.n);
      row.histogram_t.assign(samples.histogram_t, samples.histogram_t + samples.n_histograms);
      row.histograms.assign(samples.histograms, samples.histograms + samples.n_histograms);
      piece.memory.Add(BytesOf(row));
      if (query.step_samples != nullptr) {
        const int64_t size = SizeOf(samples);
        query.step_samples->Add({StepSamples::Count{size, size}});
      }
      if (windows.ends != WindowEnds::kPlain) {
        ExtendFloats(windows, row.t, row.v);
        if (row.t.empty()) piece.rows.pop_back();
      }
    }
    return pieces.Put(m.sequence, std::move(piece));
  };
  KVS_RETURN_IF_ERROR(ForEachBatch(query, selection, process));
  return out;
}

}  // namespace kvs::engine::promql
