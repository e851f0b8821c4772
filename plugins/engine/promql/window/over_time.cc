// SPDX-License-Identifier: Apache-2.0
// The *_over_time functions.

#include <algorithm>
#include <bit>
#include <cmath>

#include "histogram/buckets.h"
#include "histogram/sum.h"
#include "value/kahan.h"
#include "window/families.h"
#include "window/windows.h"

namespace kvs::engine::promql {
namespace {

struct Avg {
  double operator()(const double* v, size_t n) const {
    RunningMean mean;
    for (size_t i = 0; i < n; ++i) mean.Add(v[i]);
    return mean.value();
  }
};

struct Sum {
  double operator()(const double* v, size_t n) const {
    KahanSum sum;
    for (size_t i = 0; i < n; ++i) sum.Add(v[i]);
    return std::isinf(sum.sum) ? sum.sum : sum.value();
  }
};

/// The sums of v[0, i) for i = 0 ... n, if no sum of any of the values is rounded: they are whole
/// numbers, and so small that every partial sum is one that a double has. Then a window's sum is a
/// difference, and is what adding one by one with compensation comes to. Null where it is not so;
/// -0 is no such number, because a difference is never -0.
const double* ExactSums(const double* v, size_t n, std::vector<double>& out) {
  if (out.size() <= n) out.resize(n + 1);
  double* const sums = out.data();
  constexpr double kExact = 9007199254740992.0;  // 2^53
  double sum = 0;
  double magnitude = 0;
  sums[0] = 0;
  for (size_t i = 0; i < n; ++i) {
    // NaN is not equal to itself, and an infinity fails the bound.
    if (v[i] != std::trunc(v[i]) || std::bit_cast<uint64_t>(v[i]) == uint64_t{1} << 63)
      return nullptr;
    magnitude += std::fabs(v[i]);
    sums[i + 1] = sum += v[i];
  }
  return magnitude < kExact ? sums : nullptr;
}

/// min_over_time and max_over_time. NaN counts only where there is nothing else, and of equal
/// values (0 and -0) the first one is the result. A window is taken apart at a sample that stands
/// still while windows slide over it: the extremes from each sample up to there are kept, and that
/// from there on grows. So a sample is looked at twice, however many windows it is in.
template <bool kMax>
class ExtremeFunction final : public RowFunction {
 public:
  using RowFunction::RowFunction;
  uint32_t possible_notes() const override { return kNoteIgnoredHistograms; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& scratch) const override {
    NoteIgnoredHistograms(samples, windows(), out);
    std::vector<double>& kept = scratch.values;  // By sample: the extreme from it up to `middle`.
    if (kept.size() < samples.n) kept.resize(samples.n);
    size_t middle = 0;
    size_t end = 0;
    double grown = kNaN;  // The extreme of [middle, end).
    return ForEachWindow(samples, windows(), out, [&](const WindowView& w) {
      const size_t hi = w.lo + w.n;
      if (w.lo >= middle) {
        middle = end = hi;
        double best = samples.v[hi - 1];
        kept[hi - 1] = best;
        for (size_t i = hi - 1; i-- > w.lo;) kept[i] = best = Choose(samples.v[i], best);
        return best;
      }
      if (end < hi) {
        if (end == middle) grown = samples.v[end++];
        for (; end < hi; ++end) grown = Choose(grown, samples.v[end]);
      }
      return end == middle ? kept[w.lo] : Choose(kept[w.lo], grown);
    });
  }

 private:
  static double Choose(double first, double second) {
    const bool better = kMax ? second > first : second < first;
    return better || std::isnan(first) ? second : first;
  }
};

/// The time of the last occurrence of the extreme.
template <bool kMax>
struct TimeOfExtreme {
  double operator()(const WindowView& w, RowScratch&) const {
    size_t best = 0;
    for (size_t i = 1; i < w.n; ++i) {
      if ((kMax ? w.v[i] >= w.v[best] : w.v[i] <= w.v[best]) || std::isnan(w.v[best])) best = i;
    }
    return static_cast<double>(w.t[best]) / 1000;
  }
};

struct Count {
  void operator()(const MixedView& w, uint32_t /*steps*/, RowOut& out) const {
    out.values[w.step] = static_cast<double>(w.n + w.n_histograms);
  }
};

/// count_over_time where floats stand for several samples.
class CountFunction final : public RowFunction {
 public:
  using RowFunction::RowFunction;

  bool Apply(const Samples& samples, RowOut& out, RowScratch& scratch) const override {
    if (samples.counts == nullptr) return plain_.Apply(samples, out, scratch);
    std::fill_n(out.values, windows().grid.n, Absent());
    std::vector<double>& before = scratch.values;  // How many samples come before each float.
    before.resize(samples.n + 1);
    before[0] = 0;
    for (size_t i = 0; i < samples.n; ++i) before[i + 1] = before[i] + samples.counts[i];
    bool any = false;
    ForEachMixedWindow(samples, windows(), out, [&](const MixedView& w) {
      const auto lo = static_cast<size_t>(w.t - samples.t);
      out.values[w.step] = before[lo + w.n] - before[lo] + static_cast<double>(w.n_histograms);
      any = true;
    });
    return any;
  }

 private:
  const MixedWindowFunction<Count> plain_{windows()};
};

struct Presence {
  void operator()(const MixedView& w, uint32_t /*steps*/, RowOut& out) const {
    out.values[w.step] = 1;
  }
};

/// The oldest or the newest sample: itself, or its time.
template <bool kFirst, bool kTime>
struct Edge {
  void operator()(const MixedView& w, uint32_t steps, RowOut& out) const {
    const size_t f = kFirst ? 0 : w.n - 1;
    const size_t h = kFirst ? 0 : w.n_histograms - 1;
    const bool histogram =
        w.n == 0 ||
        (w.n_histograms > 0 && (kFirst ? w.histogram_t[h] < w.t[f] : w.histogram_t[h] > w.t[f]));
    if constexpr (kTime) {
      out.values[w.step] = static_cast<double>(histogram ? w.histogram_t[h] : w.t[f]) / 1000;
    } else if (histogram) {
      PutHistogram(out, steps, w.step, w.histograms[h]);
    } else {
      out.values[w.step] = w.v[f];
    }
  }
};

template <bool kRoot>
struct Variance {
  double operator()(const WindowView& w, RowScratch&) const {
    WelfordKahan squares;
    for (size_t i = 0; i < w.n; ++i) squares.Add(w.v[i]);
    return kRoot ? std::sqrt(squares.variance()) : squares.variance();
  }
};

struct QuantileOverTime {
  const std::vector<double>& q;
  double operator()(const WindowView& w, RowScratch& scratch) const {
    scratch.values.assign(w.v, w.v + w.n);
    return Quantile(q[w.step], scratch.values.data(), w.n);
  }
};

/// The median of the distances from the median.
struct Mad {
  double operator()(const WindowView& w, RowScratch& scratch) const {
    std::vector<double>& values = scratch.values;
    values.assign(w.v, w.v + w.n);
    if (std::ranges::any_of(values, [](double x) { return std::isnan(x); })) return kNaN;
    const double median = Quantile(0.5, values.data(), w.n);
    for (double& x : values) x = std::fabs(x - median);
    return Quantile(0.5, values.data(), w.n);
  }
};

/// sum_over_time and avg_over_time: a window has either floats or histograms.
template <typename Kernel, bool kAverage>
class SumFunction final : public RowFunction {
 public:
  using RowFunction::RowFunction;
  uint32_t possible_notes() const override { return ~uint32_t{0}; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& scratch) const override {
    bool any = false;
    if (kAverage && samples.counts != nullptr) {
      any = ForEachWindow(samples, windows(), out, [&](const WindowView& w) {
        KahanSum sum;
        double count = 0;
        for (size_t i = 0; i < w.n; ++i) {
          sum.Add(w.v[i]);
          count += samples.counts[w.lo + i];
        }
        return (std::isinf(sum.sum) ? sum.sum : sum.value()) / count;
      });
    } else if (const double* const sums = ExactSums(samples.v, samples.n, scratch.values)) {
      any = ForEachWindow(samples, windows(), out, [&](const WindowView& w) {
        const double sum = sums[w.lo + w.n] - sums[w.lo];
        return kAverage ? sum / static_cast<double>(w.n) : sum;
      });
    } else {
      any = ForEachWindow(samples, windows(), out,
                          [&](const WindowView& w) { return Kernel()(w.v, w.n); });
    }
    if (samples.n_histograms == 0) return any;
    any = false;
    ForEachMixedWindow(samples, windows(), out, [&](const MixedView& w) {
      if (w.mixed()) {
        out.values[w.step] = Absent();
        out.notes |= kNoteMixedFloatsHistograms;
      } else if (w.n > 0) {
        any = true;
      } else if (HistogramPtr sum = SumOf(w, &out.notes); sum != nullptr) {
        PutHistogram(out, windows().grid.n, w.step, std::move(sum));
        any = true;
      }
    });
    return any;
  }

 private:
  static HistogramPtr SumOf(const MixedView& w, uint32_t* notes) {
    std::vector<const FloatHistogram*> histograms;
    for (size_t i = 0; i < w.n_histograms; ++i) histograms.push_back(w.histograms[i].get());
    AddNotes added;
    std::optional<FloatHistogram> sum =
        kAverage ? MeanOfHistograms(histograms, &added) : SumHistograms(histograms, &added);
    if (added.mixed_schemas) {
      *notes |= kNoteMixedSchemas;  // And nothing else is said of that window.
      return nullptr;
    }
    if (added.collision) *notes |= kNoteResetCollision;
    if (added.reconciled) *notes |= kNoteReconciledAggregate;
    if (!sum.has_value()) return nullptr;
    return MakeHistogram(std::move(*sum));
  }
};

template <typename Kernel>
std::unique_ptr<RowFunction> Make(const Windows& windows) {
  return std::make_unique<WindowFunction<Kernel>>(windows);
}

template <typename Kernel>
std::unique_ptr<RowFunction> MakeMixed(const Windows& windows) {
  return std::make_unique<MixedWindowFunction<Kernel>>(windows);
}

}  // namespace

std::unique_ptr<RowFunction> MakeOverTimeFunction(ast::FunctionId id, const Windows& windows,
                                                  const Params& params) {
  using enum ast::FunctionId;
  switch (id) {
    case kAvgOverTime:
      return std::make_unique<SumFunction<Avg, true>>(windows);
    case kSumOverTime:
      return std::make_unique<SumFunction<Sum, false>>(windows);
    case kMinOverTime:
      return std::make_unique<ExtremeFunction<false>>(windows);
    case kMaxOverTime:
      return std::make_unique<ExtremeFunction<true>>(windows);
    case kCountOverTime:
      return std::make_unique<CountFunction>(windows);
    case kPresentOverTime:
    case kAbsentOverTime:
      return MakeMixed<Presence>(windows);
    case kFirstOverTime:
      return MakeMixed<Edge<true, false>>(windows);
    case kLastOverTime:
      return MakeMixed<Edge<false, false>>(windows);
    case kStddevOverTime:
      return Make<Variance<true>>(windows);
    case kStdvarOverTime:
      return Make<Variance<false>>(windows);
    case kMadOverTime:
      return Make<Mad>(windows);
    case kTsOfFirstOverTime:
      return MakeMixed<Edge<true, true>>(windows);
    case kTsOfLastOverTime:
      return MakeMixed<Edge<false, true>>(windows);
    case kTsOfMinOverTime:
      return Make<TimeOfExtreme<false>>(windows);
    case kTsOfMaxOverTime:
      return Make<TimeOfExtreme<true>>(windows);
    case kQuantileOverTime:
      return std::make_unique<WindowFunction<QuantileOverTime>>(windows,
                                                                QuantileOverTime{params[0]});
    default:
      return nullptr;
  }
}

}  // namespace kvs::engine::promql
