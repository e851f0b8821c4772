// SPDX-License-Identifier: Apache-2.0
// rate, increase and delta over anchored and smoothed windows, and smoothed instant selectors. The
// rules are those of reference/promql.md, 10.

#include "window/extended.h"

#include <utility>

#include "histogram/buckets.h"
#include "histogram/sum.h"
#include "window/families.h"
#include "window/windows.h"

namespace kvs::engine::promql {
namespace {

bool IsGauge(const FloatHistogram& h) {
  return h.reset_hint == chunk::ResetHint::kGauge;
}

/// Adds `sign` times `h` to `*sum`; false when the kinds of buckets are mixed.
bool AddTo(FloatHistogram& sum, const FloatHistogram& h, double sign, uint32_t* notes) {
  AddNotes added;
  FloatHistogram out = PlainSum(sum, h, sign, &added);
  if (added.mixed_schemas) {
    *notes |= kNoteMixedSchemas;
    return false;
  }
  if (added.reconciled) *notes |= sign < 0 ? kNoteReconciledSub : kNoteReconciledAdd;
  sum = std::move(out);
  return true;
}

template <bool kCounter, bool kPerSecond>
class ExtendedRate final : public RowFunction {
 public:
  explicit ExtendedRate(const Windows& windows)
      : RowFunction(windows.Widened()),
        smoothed_(windows.ends == WindowEnds::kSmoothed),
        behind_ms_(windows.behind_ms()),
        ahead_ms_(windows.ahead_ms()),
        range_seconds_(static_cast<double>(windows.range_ms) / 1000) {}
  uint32_t possible_notes() const override { return ~uint32_t{0}; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& /*scratch*/) const override {
    const bool floats = ForEachWindow(samples, windows(), out, [&](const WindowView& w) {
      return OfFloats(w.t, w.v, w.n, w.begin_ms + behind_ms_, w.end_ms - ahead_ms_);
    });
    if (samples.n_histograms == 0) {
      if (kCounter && floats) out.notes |= kNoteMaybeNotCounter;
      return floats;
    }
    bool any_float = false;
    bool any_histogram = false;
    ForEachMixedWindow(samples, windows(), out, [&](const MixedView& w) {
      if (w.mixed()) {
        out.values[w.step] = Absent();
        out.notes |= kNoteMixedFloatsHistograms;
        return;
      }
      any_float |= Present(out.values[w.step]);
      if (w.n_histograms == 0) return;
      std::optional<FloatHistogram> h = OfHistograms(w, &out.notes);
      if (!h.has_value()) return;
      PutHistogram(out, windows().grid.n, w.step, MakeHistogram(std::move(*h)));
      any_histogram = true;
    });
    if (kCounter && any_float) out.notes |= kNoteMaybeNotCounter;
    return any_float || any_histogram;
  }

 private:
  double OfFloats(const int64_t* t, const double* v, size_t n, int64_t start, int64_t end) const {
    const std::optional<ExtendedBounds> bounds = FindExtendedBounds(t, n, start, end, smoothed_);
    if (!bounds.has_value()) return Absent();
    auto [first, last] = *bounds;
    const double left =
        smoothed_ && t[first] < start
            ? Interpolate(t[first], v[first], t[first + 1], v[first + 1], start, kCounter)
            : v[first];
    const double right =
        smoothed_ && last > 0 && t[last] > end
            ? Interpolate(t[last - 1], v[last - 1], t[last], v[last], end, kCounter)
            : v[last];
    double change = right - left;
    if constexpr (kCounter) {
      // What lies at the ends or outside is in `left` and `right` already.
      double resets = 0;
      double before = left;
      const size_t from = t[first] <= start ? first + 1 : first;
      const size_t to = t[last] >= end ? last : last + 1;
      for (size_t i = from; i < to; ++i) {
        if (v[i] < before) resets += before;
        before = v[i];
      }
      if (right < before) resets += before;
      change += resets;
    }
    return kPerSecond ? change / range_seconds_ : change;
  }

  std::optional<FloatHistogram> OfHistograms(const MixedView& w, uint32_t* notes) const {
    const int64_t* const t = w.histogram_t;
    const HistogramPtr* const h = w.histograms;
    const int64_t start = w.begin_ms + behind_ms_;
    const int64_t end = w.end_ms - ahead_ms_;
    const std::optional<ExtendedBounds> bounds =
        FindExtendedBounds(t, w.n_histograms, start, end, smoothed_);
    if (!bounds.has_value()) return std::nullopt;
    const auto [first, last] = *bounds;
    for (size_t i = first; i <= last; ++i) {
      if (UsesCustomBuckets(*h[i]) != UsesCustomBuckets(*h[first])) {
        *notes |= kNoteMixedSchemas;
        return std::nullopt;
      }
      if (kCounter && IsGauge(*h[i])) *notes |= kNoteNativeNotCounter;
    }
    const bool left_between = smoothed_ && t[first] < start;
    const bool right_between = smoothed_ && last > 0 && t[last] > end;
    const std::optional<FloatHistogram> left =
        left_between ? InterpolateHistograms(t[first], *h[first], t[first + 1], *h[first + 1],
                                             start, kCounter, notes)
                     : *h[first];
    const std::optional<FloatHistogram> right =
        right_between ? InterpolateHistograms(t[last - 1], *h[last - 1], t[last], *h[last], end,
                                              kCounter, notes)
                      : *h[last];
    if (!left.has_value() || !right.has_value()) return std::nullopt;
    if (!kCounter && (!IsGauge(*left) || !IsGauge(*right))) *notes |= kNoteNativeNotGauge;

    FloatHistogram change = *right;
    if (!AddTo(change, *left, -1, notes)) return std::nullopt;
    if constexpr (kCounter) {
      const bool left_over_reset = left_between && DetectReset(*h[first + 1], *h[first]);
      if (!AddResets(h, first, last, left_over_reset, *left, *right, change, notes))
        return std::nullopt;
    }
    if constexpr (kPerSecond) Divide(change, range_seconds_);
    change.reset_hint = chunk::ResetHint::kGauge;
    Compact(change);
    return change;
  }

  /// Adds to `change` what the counter had reached before each reset between the ends. False when
  /// the kinds of buckets are mixed.
  static bool AddResets(const HistogramPtr* h, size_t first, size_t last, bool left_over_reset,
                        const FloatHistogram& left, const FloatHistogram& right,
                        FloatHistogram& change, uint32_t* notes) {
    // A left value interpolated over a reset has made that reset good already. The last sample is
    // left to `right`, which has its hint: a sample compared with itself would seem reset.
    const FloatHistogram* before = left_over_reset ? h[first + 1].get() : &left;
    const size_t from = first + (left_over_reset ? 2 : 1);
    if (from > last) return true;
    std::optional<FloatHistogram> resets;
    const auto add = [&](const FloatHistogram& reached) {
      if (resets.has_value()) return AddTo(*resets, reached, 1, notes);
      resets = reached;
      return true;
    };
    for (size_t i = from; i < last; ++i) {
      if (DetectReset(*h[i], *before) && !add(*before)) return false;
      before = h[i].get();
    }
    if (DetectReset(right, *before) && !add(*before)) return false;
    return !resets.has_value() || AddTo(change, *resets, 1, notes);
  }

  const bool smoothed_;
  const int64_t behind_ms_;
  const int64_t ahead_ms_;
  const double range_seconds_;
};

/// A smoothed instant selector: the value on the line between the samples around each step.
class SmoothedInstant final : public RowFunction {
 public:
  explicit SmoothedInstant(const Windows& windows)
      : RowFunction(Around(windows)), ahead_ms_(windows.ahead_ms()) {}
  uint32_t possible_notes() const override { return ~uint32_t{0}; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& /*scratch*/) const override {
    const bool floats = ForEachWindow(samples, windows(), out, [&](const WindowView& w) {
      const int64_t at = w.end_ms - ahead_ms_;
      const auto i = static_cast<size_t>(std::lower_bound(w.t, w.t + w.n, at) - w.t);
      if (i < w.n && w.t[i] == at) return w.v[i];
      if (i == 0) return Absent();
      if (i == w.n) return w.v[i - 1];
      return Interpolate(w.t[i - 1], w.v[i - 1], w.t[i], w.v[i], at, false);
    });
    if (samples.n_histograms == 0) return floats;
    bool any = false;
    ForEachMixedWindow(samples, windows(), out, [&](const MixedView& w) {
      if (w.mixed()) {
        out.values[w.step] = Absent();
        out.notes |= kNoteMixedFloatsHistograms;
      } else if (w.n > 0) {
        any |= Present(out.values[w.step]);
      } else if (HistogramPtr h = HistogramAt(w, &out.notes); h != nullptr) {
        PutHistogram(out, windows().grid.n, w.step, std::move(h));
        any = true;
      }
    });
    return any;
  }

 private:
  /// The lookback of an instant selector is the time before it that is looked at.
  static Windows Around(Windows windows) {
    windows.range_ms = 0;
    return windows.Widened();
  }

  HistogramPtr HistogramAt(const MixedView& w, uint32_t* notes) const {
    const int64_t* const t = w.histogram_t;
    const size_t n = w.n_histograms;
    const int64_t at = w.end_ms - ahead_ms_;
    const auto i = static_cast<size_t>(std::lower_bound(t, t + n, at) - t);
    if (i < n && t[i] == at) return w.histograms[i];
    if (i == 0) return nullptr;
    const FloatHistogram& before = *w.histograms[i - 1];
    if (i == n) {
      FloatHistogram copy = before;
      copy.reset_hint = chunk::ResetHint::kUnknown;  // It was about the sample before that one.
      return MakeHistogram(std::move(copy));
    }
    const FloatHistogram& after = *w.histograms[i];
    std::optional<FloatHistogram> h = InterpolateHistograms(
        t[i - 1], before, t[i], after, at, !IsGauge(before) || !IsGauge(after), notes);
    if (!h.has_value()) return nullptr;
    return MakeHistogram(std::move(*h));
  }

  const int64_t ahead_ms_;
};

}  // namespace

std::optional<FloatHistogram> InterpolateHistograms(int64_t t1, const FloatHistogram& h1,
                                                    int64_t t2, const FloatHistogram& h2, int64_t t,
                                                    bool counter, uint32_t* notes) {
  if (UsesCustomBuckets(h1) != UsesCustomBuckets(h2)) {
    *notes |= kNoteMixedSchemas;
    return std::nullopt;
  }
  if (t == t1) return h1;
  if (t == t2) return h2;
  const double fraction = static_cast<double>(t - t1) / static_cast<double>(t2 - t1);
  FloatHistogram out = h2;
  if (counter && DetectReset(h2, h1)) {
    Scale(out, fraction);
    return out;
  }
  if (!AddTo(out, h1, -1, notes)) return std::nullopt;
  Scale(out, fraction);
  if (!AddTo(out, h1, 1, notes)) return std::nullopt;
  return out;
}

void ExtendFloats(const Windows& windows, std::vector<int64_t>& t, std::vector<double>& v) {
  if (t.empty()) return;
  const bool smoothed = windows.ends == WindowEnds::kSmoothed;
  const int64_t end = windows.first_end();
  const int64_t start = end - windows.range_ms;
  const std::optional<ExtendedBounds> bounds =
      FindExtendedBounds(t.data(), t.size(), start, end, smoothed);
  std::vector<int64_t> out_t;
  std::vector<double> out_v;
  if (bounds.has_value()) {
    const auto [first, last] = *bounds;
    out_t.push_back(start);
    out_v.push_back(smoothed && t[first] < start
                        ? Interpolate(t[first], v[first], t[first + 1], v[first + 1], start, false)
                        : v[first]);
    for (size_t i = first; i <= last; ++i) {
      if (t[i] <= start || t[i] >= end) continue;
      out_t.push_back(t[i]);
      out_v.push_back(v[i]);
    }
    out_t.push_back(end);
    out_v.push_back(smoothed && last > 0 && t[last] > end
                        ? Interpolate(t[last - 1], v[last - 1], t[last], v[last], end, false)
                        : v[last]);
  }
  t = std::move(out_t);
  v = std::move(out_v);
}

std::unique_ptr<RowFunction> MakeExtendedRateFunction(ast::FunctionId id, const Windows& windows) {
  switch (id) {
    case ast::FunctionId::kRate:
      return std::make_unique<ExtendedRate<true, true>>(windows);
    case ast::FunctionId::kIncrease:
      return std::make_unique<ExtendedRate<true, false>>(windows);
    case ast::FunctionId::kDelta:
      return std::make_unique<ExtendedRate<false, false>>(windows);
    default:
      return nullptr;
  }
}

std::unique_ptr<RowFunction> MakeSmoothedInstantFunction(const Windows& windows) {
  return std::make_unique<SmoothedInstant>(windows);
}

}  // namespace kvs::engine::promql
