// SPDX-License-Identifier: Apache-2.0
// rate, increase, delta: the change over a window, extrapolated to its ends.
//
// The resets of a counter are found once a series; a window then adds the values before those
// resets that it contains, in order, which is what Prometheus' loop over all its samples comes to.

#include <cmath>

#include "window/families.h"
#include "window/histogram_change.h"
#include "window/windows.h"

namespace kvs::engine::promql {
namespace {

template <bool kCounter, bool kPerSecond>
class RateFunction final : public RowFunction {
 public:
  explicit RateFunction(const Windows& windows)
      : RowFunction(windows), range_seconds_(static_cast<double>(windows.range_ms) / 1000) {}
  uint32_t possible_notes() const override { return ~uint32_t{0}; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& scratch) const override {
    std::vector<uint32_t>& resets = scratch.index;  // i such that v[i] < v[i - 1]
    resets.clear();
    if constexpr (kCounter) FindResets(samples, resets);
    size_t r = 0;  // The first reset that may lie in the window.
    const bool any = ForEachWindow(samples, windows(), out.values, [&](const WindowView& w) {
      if (w.n < 2) return Absent();
      double increase = w.v[w.n - 1] - w.v[0];
      if (kCounter && !resets.empty()) {
        while (r < resets.size() && resets[r] <= w.lo) ++r;
        for (size_t i = r; i < resets.size() && resets[i] < w.lo + w.n; ++i)
          increase += samples.v[resets[i] - 1];
      }
      return increase * Factor(w.t[0], w.t[w.n - 1], w.n, w.begin_ms, w.end_ms, w.v[0], increase);
    });
    const bool histograms = samples.n_histograms > 0 && ApplyToHistograms(samples, out);
    if (kCounter && any && HasFloat(out)) out.notes |= kNoteMaybeNotCounter;
    return histograms || (any && HasFloat(out));
  }

 private:
  static void FindResets(const Samples& samples, std::vector<uint32_t>& resets) {
    const double* const v = samples.v;
    uint32_t falls = 0;
    for (size_t i = 1; i < samples.n; ++i) falls += v[i] < v[i - 1] ? 1 : 0;
    if (falls == 0) return;
    for (size_t i = 1; i < samples.n; ++i) {
      if (v[i] < v[i - 1]) resets.push_back(static_cast<uint32_t>(i));
    }
  }

  /// By how much the increase grows when it is extrapolated from n samples to the whole window.
  /// `first` is the value, or the count, of the first sample.
  double Factor(int64_t first_t, int64_t last_t, size_t n, int64_t begin, int64_t end, double first,
                double increase) const {
    const double span = static_cast<double>(last_t - first_t) / 1000;
    const double average = span / static_cast<double>(n - 1);
    const double limit = average * 1.1;
    double to_start = static_cast<double>(first_t - begin) / 1000;
    double to_end = static_cast<double>(end - last_t) / 1000;
    if (to_start >= limit) to_start = average / 2;
    if (kCounter && increase > 0 && first >= 0) {
      // A counter was never below zero, so it is not extrapolated to before it would have been
      // there.
      const double to_zero = span * (first / increase);
      if (to_zero < to_start) to_start = to_zero;
    }
    if (to_end >= limit) to_end = average / 2;
    double factor = span == 0 ? 1 : (span + to_start + to_end) / span;
    if constexpr (kPerSecond) factor /= range_seconds_;
    return factor;
  }

  bool HasFloat(const RowOut& out) const {
    for (uint32_t i = 0; i < windows().grid.n; ++i) {
      if (Present(out.values[i])) return true;
    }
    return false;
  }

  /// The steps whose windows have histograms; where they have floats too there is no result.
  bool ApplyToHistograms(const Samples& samples, RowOut& out) const {
    bool any = false;
    ForEachMixedWindow(samples, windows(), [&](const MixedView& w) {
      if (w.mixed()) {
        out.values[w.step] = Absent();
        out.notes |= kNoteMixedFloatsHistograms;
        return;
      }
      if (w.n_histograms < 2) return;
      std::optional<FloatHistogram> h =
          HistogramIncrease(w.histograms, w.n_histograms, kCounter, &out.notes);
      if (!h.has_value()) return;
      Scale(*h, Factor(w.histogram_t[0], w.histogram_t[w.n_histograms - 1], w.n_histograms,
                       w.begin_ms, w.end_ms, w.histograms[0]->count, h->count));
      PutHistogram(out, windows().grid.n, w.step, MakeHistogram(std::move(*h)));
      any = true;
    });
    return any;
  }

  const double range_seconds_;
};

}  // namespace

std::unique_ptr<RowFunction> MakeRateFunction(ast::FunctionId id, const Windows& windows) {
  if (windows.ends != WindowEnds::kPlain) return MakeExtendedRateFunction(id, windows);
  switch (id) {
    case ast::FunctionId::kRate:
      return std::make_unique<RateFunction<true, true>>(windows);
    case ast::FunctionId::kIncrease:
      return std::make_unique<RateFunction<true, false>>(windows);
    case ast::FunctionId::kDelta:
      return std::make_unique<RateFunction<false, false>>(windows);
    default:
      return nullptr;
  }
}

}  // namespace kvs::engine::promql
