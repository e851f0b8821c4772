// SPDX-License-Identifier: Apache-2.0
// irate, idelta, changes, resets: functions of neighbouring samples.

#include <algorithm>
#include <cmath>

#include "window/families.h"
#include "window/histogram_change.h"
#include "window/start_reset.h"
#include "window/windows.h"

namespace kvs::engine::promql {
namespace {

/// Whether sample `i` began after the one before it.
bool ResetAt(const int64_t* starts, const int64_t* t, size_t i) {
  return IsStartReset(starts[i - 1], t[i - 1], starts[i], t[i]);
}

/// irate and idelta: of the two newest samples.
template <bool kRate>
class LastTwo final : public RowFunction {
 public:
  LastTwo(const Windows& windows, bool starts) : RowFunction(windows), starts_(kRate && starts) {}
  uint32_t possible_notes() const override { return ~uint32_t{0}; }
  bool want_starts() const override { return starts_; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& /*scratch*/) const override {
    const bool any = ForEachWindow(samples, windows(), out, [&](const WindowView& w) {
      if (w.n < 2) return Absent();
      const double before = w.v[w.n - 2];
      const double last = w.v[w.n - 1];
      const int64_t interval = w.t[w.n - 1] - w.t[w.n - 2];
      if (interval == 0) return Absent();
      if constexpr (!kRate) return last - before;
      const bool reset = last < before || (samples.starts != nullptr &&
                                           ResetAt(samples.starts, samples.t, w.lo + w.n - 1));
      return (reset ? last : last - before) / (static_cast<double>(interval) / 1000);
    });
    return samples.n_histograms == 0 ? any : ApplyToHistograms(samples, out);
  }

 private:
  bool ApplyToHistograms(const Samples& samples, RowOut& out) const {
    bool any = false;
    ForEachMixedWindow(samples, windows(), out, [&](const MixedView& w) {
      // The newest two of either kind.
      size_t f = w.n;
      size_t h = w.n_histograms;
      for (int k = 0; k < 2 && f + h > 0; ++k) {
        if (h == 0 || (f > 0 && w.t[f - 1] > w.histogram_t[h - 1])) {
          --f;
        } else {
          --h;
        }
      }
      const size_t floats = w.n - f;
      const size_t histograms = w.n_histograms - h;
      if (floats == 2) {
        any |= Present(out.values[w.step]);
        return;
      }
      out.values[w.step] = Absent();
      if (floats == 1 && histograms == 1) out.notes |= kNoteMixedFloatsHistograms;
      if (histograms != 2) return;
      const int64_t interval = w.histogram_t[h + 1] - w.histogram_t[h];
      std::optional<FloatHistogram> step = HistogramStep(
          *w.histograms[h], *w.histograms[h + 1], kRate,
          w.histogram_starts != nullptr && ResetAt(w.histogram_starts, w.histogram_t, h + 1),
          &out.notes);
      if (!step.has_value() || interval == 0) return;
      if constexpr (kRate) Divide(*step, static_cast<double>(interval) / 1000);
      PutHistogram(out, windows().grid.n, w.step, MakeHistogram(std::move(*step)));
      any = true;
    });
    return any;
  }

  const bool starts_;
};

/// Counts pairs of neighbours that differ in some way: a running count a series, and a subtraction
/// a window. An anchored window begins with the newest sample at or before its start.
template <typename Differ>
class PairCount final : public RowFunction {
 public:
  PairCount(const Windows& windows, bool starts)
      : RowFunction(windows.Widened()),
        behind_ms_(windows.behind_ms()),
        starts_(Differ::kStarts && starts) {}
  bool want_starts() const override { return starts_; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& scratch) const override {
    if (samples.n_histograms > 0) return ApplyMixed(samples, out);
    std::vector<uint32_t>& count = scratch.index;
    count.resize(samples.n);
    for (size_t i = 0; i < samples.n; ++i) {
      count[i] = i == 0 ? 0 : count[i - 1] + (Differ()(samples.v[i - 1], samples.v[i]) ? 1 : 0);
    }
    if (samples.starts != nullptr) AddStartResets(samples, count);
    return ForEachWindow(samples, windows(), out, [&](const WindowView& w) {
      const size_t before = BeforeWindow(w.t, w.n, w.begin_ms);
      if (before == w.n) return Absent();
      const size_t first = before == 0 ? 0 : before - 1;
      return static_cast<double>(count[w.lo + w.n - 1] - count[w.lo + first]);
    });
  }

 private:
  /// Counts the pairs that only start timestamps tell apart.
  static void AddStartResets(const Samples& samples, std::vector<uint32_t>& count) {
    uint32_t added = 0;
    for (size_t i = 1; i < samples.n; ++i) {
      if (!Differ()(samples.v[i - 1], samples.v[i]) && ResetAt(samples.starts, samples.t, i))
        ++added;
      count[i] += added;
    }
  }

  /// How many of the samples lie before the window proper.
  size_t BeforeWindow(const int64_t* t, size_t n, int64_t begin_ms) const {
    if (behind_ms_ == 0) return 0;
    return static_cast<size_t>(std::upper_bound(t, t + n, begin_ms + behind_ms_) - t);
  }

  bool ApplyMixed(const Samples& samples, RowOut& out) const {
    std::fill_n(out.values, windows().grid.n, Absent());
    bool any = false;
    ForEachMixedWindow(samples, windows(), out, [&](const MixedView& w) {
      size_t f = BeforeWindow(w.t, w.n, w.begin_ms);
      size_t h = BeforeWindow(w.histogram_t, w.n_histograms, w.begin_ms);
      if (f == w.n && h == w.n_histograms) return;
      // Of both kinds the newest sample before the window is the one to begin with.
      if (f > 0 && (h == 0 || w.t[f - 1] >= w.histogram_t[h - 1])) {
        --f;
      } else if (h > 0) {
        --h;
      }
      out.values[w.step] = CountFrom(w, f, h);
      any = true;
    });
    return any;
  }

  static uint32_t CountFrom(const MixedView& w, size_t f, size_t h) {
    uint32_t count = 0;
    const double* last_float = nullptr;
    const FloatHistogram* last_histogram = nullptr;
    const auto start_reset = [](const int64_t* starts, const int64_t* t, size_t i) {
      return starts != nullptr && ResetAt(starts, t, i);
    };
    while (f < w.n || h < w.n_histograms) {
      if (h == w.n_histograms || (f < w.n && w.t[f] < w.histogram_t[h])) {
        const double* const v = &w.v[f];
        if (last_histogram != nullptr ||
            (last_float != nullptr &&
             (Differ()(*last_float, *v) || start_reset(w.starts, w.t, f)))) {
          ++count;
        }
        last_float = v;
        last_histogram = nullptr;
        ++f;
      } else {
        const FloatHistogram* const now = w.histograms[h].get();
        // From a float to a histogram or back is always a change.
        if (last_float != nullptr ||
            (last_histogram != nullptr && (Differ()(*last_histogram, *now) ||
                                           start_reset(w.histogram_starts, w.histogram_t, h)))) {
          ++count;
        }
        last_histogram = now;
        last_float = nullptr;
        ++h;
      }
    }
    return count;
  }

  const int64_t behind_ms_;
  const bool starts_;
};

struct Falls {
  static constexpr bool kStarts = true;
  bool operator()(double before, double after) const { return after < before; }
  bool operator()(const FloatHistogram& before, const FloatHistogram& after) const {
    return DetectReset(after, before);
  }
};
struct Changes {
  static constexpr bool kStarts = false;
  bool operator()(double before, double after) const {
    return after != before && !(std::isnan(after) && std::isnan(before));
  }
  bool operator()(const FloatHistogram& before, const FloatHistogram& after) const {
    return !SameHistogram(before, after);
  }
};

}  // namespace

std::unique_ptr<RowFunction> MakeChangeFunction(ast::FunctionId id, const Windows& windows,
                                                bool starts) {
  switch (id) {
    case ast::FunctionId::kIrate:
      return std::make_unique<LastTwo<true>>(windows, starts);
    case ast::FunctionId::kIdelta:
      return std::make_unique<LastTwo<false>>(windows, starts);
    case ast::FunctionId::kChanges:
      return std::make_unique<PairCount<Changes>>(windows, starts);
    case ast::FunctionId::kResets:
      return std::make_unique<PairCount<Falls>>(windows, starts);
    default:
      return nullptr;
  }
}

}  // namespace kvs::engine::promql
