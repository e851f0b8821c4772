// SPDX-License-Identifier: Apache-2.0
// Keeping rows: each batch makes a piece of the vector, and the pieces are put together in the
// order of the batches.

#include "scan/scan_vector.h"

#include "scan/count_samples.h"
#include "scan/row_notes.h"
#include "window/extended.h"

namespace kvs::engine::promql {
namespace {

/// Rows of one batch.
struct Piece {
  explicit Piece(const Grid& grid) : vector(grid) {}
  Vector vector;
  bool distinct = true;  // Without the name: only __name__ went.
};

}  // namespace

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

StatusOr<Vector> ScanVector(Query& query, const ast::VectorSelector& selector,
                            const RowFunction& function, std::string_view hint, NameUse names,
                            ast::PosRange pos, bool* distinct) {
  const Grid& grid = function.windows().grid;
  const bool delayed = query.features.delayed_name_removal;
  const bool drop_now = names == NameUse::kDrop && !delayed;
  Selection selection = SelectionFor(selector, function, hint);
  selection.detect_resets = query.histogram_stats;

  Vector out(grid);
  // Series of one metric differ in other labels.
  bool all_distinct = !drop_now || !FixedName(selector).empty();
  InOrder<Piece> pieces([&](Piece&& piece) {
    all_distinct &= piece.distinct;
    out.rows.insert(out.rows.end(), piece.vector.rows.begin(), piece.vector.rows.end());
    out.AdoptMemory(std::move(piece.vector));
    return OkStatus();
  });
  const auto process = [&](Morsel& m) -> Status {
    const uint32_t n = m.batch.n_series;
    Piece piece(grid);
    RowScratch scratch;
    double* next =
        nullptr;  // Memory for the next row; rows without result leave it to their successor.
    uint32_t allocated = 0;
    uint32_t used = 0;
    int64_t read = 0;
    std::vector<uint32_t> kept;  // The series of each row.
    std::vector<SeriesNotes> noted;
    std::vector<StepSamples::Count> counts(query.step_samples == nullptr ? 0 : grid.n);
    for (uint32_t s = 0; s < n; ++s) {
      KVS_ASSIGN_OR_RETURN(
          const Samples samples,
          m.reader.Read(m.batch, s, selection.min_ms, selection.max_ms, function.keep_stale(),
                        selection.detect_resets, function.want_starts()));
      if (samples.empty()) continue;
      read += static_cast<int64_t>(samples.n + samples.n_histograms);
      KVS_RETURN_IF_ERROR(
          query.CheckSamples(static_cast<int64_t>(samples.n + samples.n_histograms)));
      if (!counts.empty()) CountSamples(function, samples, counts);
      if (used == allocated) {
        allocated = std::min<uint32_t>(std::max<uint32_t>(4, 2 * used), n - s);
        used = 0;
        KVS_RETURN_IF_ERROR(
            query.Hold(piece.vector.held, static_cast<int64_t>(allocated) * grid.n));
        next = piece.vector.Allocate(allocated);
      }
      RowOut row{next, {}};
      const bool any = function.Apply(samples, row, scratch);
      if (row.notes != 0) noted.push_back({s, row.notes, row.start_overlaps});
      if (!any) continue;
      next += grid.n;
      ++used;
      piece.vector.rows.push_back({{}, row.values, nullptr, names == NameUse::kDrop && delayed});
      if (!row.histograms.empty())
        piece.vector.Histograms(piece.vector.rows.back()) = std::move(row.histograms);
      kept.push_back(s);
    }
    query.samples_read.fetch_add(read, std::memory_order_relaxed);
    if (!counts.empty()) query.step_samples->Add(counts);
    {
      const MutexLock lock(query.labels.mutex());
      m.labels.Begin(m.batch.labels, query.labels);
      AddBatchNotes(query, m, noted, {}, pos);
      for (size_t r = 0; r < kept.size(); ++r) {
        piece.vector.rows[r].labels = query.labels.Keep(drop_now ? m.labels.ReadWithoutName(kept[r])
                                                                 : m.labels.Read(kept[r]));
      }
    }
    piece.distinct = !drop_now || !m.labels.dropped_type_or_unit();
    return pieces.Put(m.sequence, std::move(piece));
  };
  KVS_RETURN_IF_ERROR(ForEachBatch(query, selection, process));
  if (distinct != nullptr) *distinct = all_distinct;
  return out;
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
                                                                selection.max_ms, false, false));
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
