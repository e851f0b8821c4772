// SPDX-License-Identifier: Apache-2.0
// rate, increase, delta: the change over a window, extrapolated to its ends.
//
// The resets of a counter are found once a series; a window then adds the values before those
// resets that it contains, in order, which is what Prometheus' loop over all its samples comes to.

#include <algorithm>
#include <cmath>

#include "histogram/sum.h"
#include "window/families.h"
#include "window/histogram_change.h"
#include "window/start_reset.h"
#include "window/windows.h"

namespace kvs::engine::promql {
namespace {

/// How the samples of a window lie in time, for floats and histograms alike.
struct Span {
  int64_t first_t;
  int64_t last_t;
  size_t n;
  int64_t begin;
  int64_t end;
  int64_t since;  ///< When the counter began inside the window, at zero; 0: that is not known.
  /// Aggregates stand so far apart where the window begins, or ends; beside samples, which are
  /// closer, that is no gap. 0: there are none.
  int64_t begin_apart = 0;
  int64_t end_apart = 0;
};

/// The start timestamp of the first sample, if it lies between `begin` and the sample; else 0.
int64_t StartInside(const int64_t* starts, int64_t first_t, int64_t begin) {
  return starts != nullptr && starts[0] > begin && starts[0] < first_t ? starts[0] : 0;
}

template <bool kCounter, bool kPerSecond>
class RateFunction final : public RowFunction {
 public:
  RateFunction(const Windows& windows, bool starts)
      : RowFunction(windows),
        range_seconds_(static_cast<double>(windows.range_ms) / 1000),
        starts_(kCounter && starts) {}
  uint32_t possible_notes() const override { return ~uint32_t{0}; }
  bool want_starts() const override { return starts_; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& scratch) const override {
    std::vector<uint32_t>& resets = scratch.index;  // i such that v[i] < v[i - 1]
    resets.clear();
    if constexpr (kCounter) FindResets(samples, resets);
    const bool has_resets = !resets.empty();
    size_t r = 0;  // The first reset that may lie in the window.
    Extrapolation steady;
    const auto increase_of = [&](const WindowView& w) {
      double increase = w.v[w.n - 1] - w.v[0];
      if (has_resets) {
        while (r < resets.size() && resets[r] <= w.lo) ++r;
        for (size_t i = r; i < resets.size() && resets[i] < w.lo + w.n; ++i)
          increase += samples.v[resets[i] - 1];
      }
      return increase;
    };
    const bool any =
        samples.starts != nullptr
            ? ForEachWindow(samples, windows(), out,
                            [&](const WindowView& w) {
                              const int64_t* const starts = samples.starts + w.lo;
                              const int64_t since = StartInside(starts, w.t[0], w.begin_ms);
                              if (AnyOverlap(starts, w.t, w.n)) ++out.start_overlaps;
                              if (w.n < 2 && since == 0) return Absent();
                              const double increase = increase_of(w) + (since != 0 ? w.v[0] : 0);
                              return increase * Factor({w.t[0], w.t[w.n - 1], w.n, w.begin_ms,
                                                        w.end_ms, since},
                                                       w.v[0], increase, steady);
                            })
        : samples.aggregated
            ? ForEachWindow(samples, windows(), out,
                            [&](const WindowView& w) {
                              if (w.n < 2) return Absent();
                              const double increase = increase_of(w);
                              Span span{w.t[0], w.t[w.n - 1], w.n, w.begin_ms, w.end_ms, 0};
                              if (span.first_t <= samples.coarse_until_ms)
                                span.begin_apart = samples.coarse_ms;
                              if (span.last_t <= samples.coarse_until_ms)
                                span.end_apart = samples.coarse_ms;
                              Extrapolation of_this_one;
                              return increase * Factor(span, w.v[0], increase, of_this_one);
                            })
            : ForEachWindow(samples, windows(), out, [&](const WindowView& w) {
                if (w.n < 2) return Absent();
                const double increase = increase_of(w);
                return increase * Factor({w.t[0], w.t[w.n - 1], w.n, w.begin_ms, w.end_ms, 0},
                                         w.v[0], increase, steady);
              });
    const bool histograms = samples.n_histograms > 0 && ApplyToHistograms(samples, out);
    if (out.start_overlaps > 0) out.notes |= kNoteStartOverlap;
    const bool floats = any && (samples.n_histograms == 0 || HasFloat(out));
    if (kCounter && floats) out.notes |= kNoteMaybeNotCounter;
    return histograms || floats;
  }

 private:
  static void FindResets(const Samples& samples, std::vector<uint32_t>& resets) {
    const double* const v = samples.v;
    if (samples.starts != nullptr) {
      for (size_t i = 1; i < samples.n; ++i) {
        if (v[i] < v[i - 1] ||
            IsStartReset(samples.starts[i - 1], samples.t[i - 1], samples.starts[i], samples.t[i]))
          resets.push_back(static_cast<uint32_t>(i));
      }
      return;
    }
    uint32_t falls = 0;
    for (size_t i = 1; i < samples.n; ++i) falls += v[i] < v[i - 1] ? 1 : 0;
    if (falls == 0) return;
    for (size_t i = 1; i < samples.n; ++i) {
      if (v[i] < v[i - 1]) resets.push_back(static_cast<uint32_t>(i));
    }
  }

  static bool AnyOverlap(const int64_t* starts, const int64_t* t, size_t n) {
    for (size_t i = 1; i < n; ++i) {
      if (StartsOverlap(starts[i - 1], t[i - 1], starts[i])) return true;
    }
    return false;
  }

  /// What is known of a window from how its samples lie alone. Scrapes are steady, so this is
  /// mostly the same window after window, and it is divisions that a rate costs.
  struct Extrapolation {
    int64_t span_ms = -1;  ///< Between the first sample and the last one.
    int64_t before_ms = 0;
    size_t n = 0;
    double span = 0;  ///< In seconds, as the rest.
    double to_start = 0;
    double to_end = 0;
    double factor = 0;  ///< Where the counter's beginning is of no matter.
  };

  Extrapolation Extrapolate(const Span& samples) const {
    Extrapolation out;
    out.span_ms = samples.last_t - samples.first_t;
    out.before_ms = samples.first_t - samples.begin;
    out.n = samples.n;
    out.span = static_cast<double>(out.span_ms) / 1000;
    const double average = samples.n < 2 ? 0 : out.span / static_cast<double>(samples.n - 1);
    const auto limit = [average](int64_t apart) {
      return std::max(average, static_cast<double>(apart) / 1000) * 1.1;
    };
    out.to_start = static_cast<double>(out.before_ms) / 1000;
    out.to_end = static_cast<double>(samples.end - samples.last_t) / 1000;
    if (samples.since != 0) {
      out.to_start = 0;
      out.span = static_cast<double>(samples.last_t - samples.since) / 1000;
    } else if (out.to_start >= limit(samples.begin_apart)) {
      out.to_start = average / 2;
    }
    if (out.to_end >= limit(samples.end_apart)) out.to_end = average / 2;
    out.factor = Grown(out, out.to_start);
    return out;
  }

  /// The window over what lies between its samples.
  double Grown(const Extrapolation& e, double to_start) const {
    double factor = e.span == 0 ? 1 : (e.span + to_start + e.to_end) / e.span;
    if constexpr (kPerSecond) factor /= range_seconds_;
    return factor;
  }

  /// By how much the increase grows when it is extrapolated from the samples to the whole window.
  /// `first` is the value, or the count, of the first sample. `steady` is that of a window before.
  double Factor(const Span& samples, double first, double increase, Extrapolation& steady) const {
    if (samples.since != 0) return Extrapolate(samples).factor;
    // What lies behind the samples is what the range has beside these two.
    if (samples.last_t - samples.first_t != steady.span_ms ||
        samples.first_t - samples.begin != steady.before_ms || samples.n != steady.n) [[unlikely]] {
      steady = Extrapolate(samples);
    }
    // A counter was never below zero, so it is not extrapolated to before it would have been there.
    // That is further away than all samples where the counter began with as much as it grew by.
    const bool far = first >= increase && steady.to_start <= steady.span;
    if (kCounter && !far && increase > 0 && first >= 0) {
      const double to_zero = steady.span * (first / increase);
      if (to_zero < steady.to_start) return Grown(steady, to_zero);
    }
    return steady.factor;
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
    Extrapolation steady;
    ForEachMixedWindow(samples, windows(), out, [&](const MixedView& w) {
      if (w.mixed()) {
        if (w.starts != nullptr && AnyOverlap(w.starts, w.t, w.n)) --out.start_overlaps;
        out.values[w.step] = Absent();
        out.notes |= kNoteMixedFloatsHistograms;
        return;
      }
      if (w.n_histograms == 0) return;
      std::optional<FloatHistogram> h = OfHistograms(w, out, steady);
      if (!h.has_value()) return;
      PutHistogram(out, windows().grid.n, w.step, MakeHistogram(std::move(*h)));
      any = true;
    });
    return any;
  }

  std::optional<FloatHistogram> OfHistograms(const MixedView& w, RowOut& out,
                                             Extrapolation& steady) const {
    const size_t n = w.n_histograms;
    const int64_t* const t = w.histogram_t;
    const int64_t* const starts = w.histogram_starts;
    const int64_t since = StartInside(starts, t[0], w.begin_ms);
    if (n < 2 && since == 0) return std::nullopt;
    std::optional<FloatHistogram> h;
    if (n > 1) {
      const auto start_reset = [&](size_t i) {
        return starts != nullptr && IsStartReset(starts[i - 1], t[i - 1], starts[i], t[i]);
      };
      h = HistogramIncrease(w.histograms, n, kCounter, start_reset, &out.notes);
      if (!h.has_value()) return h;
      if (starts != nullptr && AnyOverlap(starts, t, n)) ++out.start_overlaps;
    }
    if (since != 0 && !h.has_value()) {
      h = *w.histograms[0];
    } else if (since != 0) {
      AddNotes added;
      FloatHistogram whole = PlainSum(*h, *w.histograms[0], 1, &added);
      if (added.reconciled) out.notes |= kNoteReconciledAdd;
      if (added.mixed_schemas) {
        out.notes |= kNoteMixedSchemas;
        return std::nullopt;
      }
      h = std::move(whole);
    }
    Scale(*h, Factor({t[0], t[n - 1], n, w.begin_ms, w.end_ms, since}, w.histograms[0]->count,
                     h->count, steady));
    return h;
  }

  const double range_seconds_;
  const bool starts_;
};

}  // namespace

std::unique_ptr<RowFunction> MakeRateFunction(ast::FunctionId id, const Windows& windows,
                                              bool starts) {
  if (windows.ends != WindowEnds::kPlain) return MakeExtendedRateFunction(id, windows);
  switch (id) {
    case ast::FunctionId::kRate:
      return std::make_unique<RateFunction<true, true>>(windows, starts);
    case ast::FunctionId::kIncrease:
      return std::make_unique<RateFunction<true, false>>(windows, starts);
    case ast::FunctionId::kDelta:
      return std::make_unique<RateFunction<false, false>>(windows, starts);
    default:
      return nullptr;
  }
}

}  // namespace kvs::engine::promql
