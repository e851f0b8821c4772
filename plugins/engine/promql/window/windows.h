// SPDX-License-Identifier: Apache-2.0
// Sliding a window over samples: indices that only move forward, and a kernel that the compiler
// sees through.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "window/row_function.h"

namespace kvs::engine::promql {

/// Samples lo ... hi - 1 of a series, those in (begin_ms, end_ms].
struct WindowView {
  const int64_t* t;
  const double* v;
  size_t n;  ///< Never 0 where a kernel is called.
  size_t lo;
  int64_t begin_ms;
  int64_t end_ms;
  uint32_t step;
};

/// How windows over `samples` tell the pulse of their row: together when there are few samples,
/// else one by one.
class WindowPulse {
 public:
  /// A histogram is some hundred numbers.
  static constexpr uint64_t kHistogram = 256;

  WindowPulse(const Samples& samples, const Windows& windows, const RowOut& out) {
    if (out.pulse == nullptr) return;
    const uint64_t most = samples.n + kHistogram * samples.n_histograms;
    if (most <= Pulse::kBetween / std::max(1u, windows.grid.n)) {
      out.pulse->Beat(most * windows.grid.n);
    } else {
      pulse_ = out.pulse;
    }
  }
  /// Before a window: whether to go on.
  bool Beat(size_t n, size_t n_histograms) {
    return pulse_ == nullptr || pulse_->Beat(1 + n + kHistogram * n_histograms);
  }

 private:
  Pulse* pulse_ = nullptr;
};

/// Calls fn(view) for each step whose window has floats, and stores what it returns in
/// `out.values`. Where its pulse stops, the steps from there on have no value.
template <typename Fn>
bool ForEachWindow(const Samples& samples, const Windows& windows, RowOut& out, Fn&& fn) {
  WindowPulse pulse(samples, windows, out);
  // Of its own, all of it: a step takes some nanoseconds, and what lies elsewhere is loaded anew.
  const int64_t* const t = samples.t;
  const double* const v = samples.v;
  double* const values = out.values;
  const size_t n = samples.n;
  const uint32_t steps = windows.grid.n;
  const int64_t range = windows.range_ms;
  const int64_t step = windows.fixed ? 0 : windows.grid.step_ms;
  int64_t end = windows.first_end();
  size_t lo = 0;
  size_t hi = 0;
  bool any = false;
  for (uint32_t i = 0; i < steps; ++i, end += step) {
    const int64_t begin = end - range;
    while (hi < n && t[hi] <= end) ++hi;
    while (lo < hi && t[lo] <= begin) ++lo;
    if (!pulse.Beat(hi - lo, 0)) {
      std::fill(values + i, values + steps, Absent());
      return any;
    }
    double result = Absent();
    if (lo < hi) {
      result = fn(WindowView{t + lo, v + lo, hi - lo, lo, begin, end, i});
      any |= Present(result);
    }
    values[i] = result;
  }
  return any;
}

/// Floats and histograms of one window; either may be empty, not both.
struct MixedView {
  const int64_t* t;
  const double* v;
  size_t n;
  const int64_t* histogram_t;
  const HistogramPtr* histograms;
  size_t n_histograms;
  const int64_t* starts;            ///< Null: no sample has one.
  const int64_t* histogram_starts;  ///< As `starts`.
  int64_t begin_ms;
  int64_t end_ms;
  uint32_t step;

  bool mixed() const { return n > 0 && n_histograms > 0; }
};

/// Calls fn(view) for each step whose window has anything, until the pulse of `out` stops. For
/// series that have histograms.
template <typename Fn>
void ForEachMixedWindow(const Samples& samples, const Windows& windows, const RowOut& out,
                        Fn&& fn) {
  WindowPulse pulse(samples, windows, out);
  size_t lo = 0, hi = 0, histogram_lo = 0, histogram_hi = 0;
  for (uint32_t i = 0; i < windows.grid.n; ++i) {
    const int64_t end = windows.end(i);
    const int64_t begin = end - windows.range_ms;
    while (hi < samples.n && samples.t[hi] <= end) ++hi;
    while (lo < hi && samples.t[lo] <= begin) ++lo;
    while (histogram_hi < samples.n_histograms && samples.histogram_t[histogram_hi] <= end)
      ++histogram_hi;
    while (histogram_lo < histogram_hi && samples.histogram_t[histogram_lo] <= begin)
      ++histogram_lo;
    if (lo == hi && histogram_lo == histogram_hi) continue;
    if (!pulse.Beat(hi - lo, histogram_hi - histogram_lo)) return;
    fn(MixedView{
        samples.t + lo, samples.v + lo, hi - lo, samples.histogram_t + histogram_lo,
        samples.histograms + histogram_lo, histogram_hi - histogram_lo,
        samples.starts == nullptr ? nullptr : samples.starts + lo,
        samples.histogram_starts == nullptr ? nullptr : samples.histogram_starts + histogram_lo,
        begin, end, i});
  }
}

/// For functions that look at floats alone: a window that has both gets an info.
inline void NoteIgnoredHistograms(const Samples& samples, const Windows& windows, RowOut& out) {
  if (samples.n_histograms == 0) return;
  ForEachMixedWindow(samples, windows, out, [&](const MixedView& w) {
    if (w.mixed()) out.notes |= kNoteIgnoredHistograms;
  });
}

/// A row function that looks at floats alone, out of a kernel: double operator()(const WindowView&,
/// RowScratch&) const. A window with both floats and histograms gets an info.
template <typename Kernel>
class WindowFunction final : public RowFunction {
 public:
  explicit WindowFunction(const Windows& windows, Kernel kernel = Kernel())
      : RowFunction(windows), kernel_(std::move(kernel)) {}
  uint32_t possible_notes() const override { return kNoteIgnoredHistograms; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& scratch) const override {
    NoteIgnoredHistograms(samples, windows(), out);
    return ForEachWindow(samples, windows(), out,
                         [&](const WindowView& w) { return kernel_(w, scratch); });
  }

 private:
  const Kernel kernel_;
};

/// A row function for which a sample is a sample, float or histogram: void operator()(const
/// MixedView&, RowOut&) const.
template <typename Kernel>
class MixedWindowFunction final : public RowFunction {
 public:
  using RowFunction::RowFunction;

  bool Apply(const Samples& samples, RowOut& out, RowScratch& /*scratch*/) const override {
    std::fill_n(out.values, windows().grid.n, Absent());
    bool any = false;
    ForEachMixedWindow(samples, windows(), out, [&](const MixedView& w) {
      Kernel()(w, windows().grid.n, out);
      any = true;
    });
    return any;
  }
};

/// Puts a histogram into step `step` of `out`, whose row has `steps`.
inline void PutHistogram(RowOut& out, uint32_t steps, uint32_t step, HistogramPtr h) {
  if (out.histograms.empty()) out.histograms.resize(steps);
  out.histograms[step] = std::move(h);
}

}  // namespace kvs::engine::promql
