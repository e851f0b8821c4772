// SPDX-License-Identifier: Apache-2.0
// The newest sample of each window: its value, or its time.

#include "window/families.h"
#include "window/windows.h"

namespace kvs::engine::promql {
namespace {

/// What is asked of the newest sample.
enum class Ask : uint8_t { kValue, kSeconds, kStartSeconds, kMillisecondsOfFloats };

template <Ask kAsk>
class InstantFunction final : public RowFunction {
 public:
  explicit InstantFunction(const Windows& windows) : RowFunction(windows) {
    SetAggregateView(AggregateView::kLasting);
  }
  bool keep_stale() const override { return true; }
  bool want_starts() const override { return kAsk == Ask::kStartSeconds; }

  bool Apply(const Samples& samples, RowOut& out, RowScratch& /*scratch*/) const override {
    const int64_t* const t = samples.t;
    const size_t n = samples.n;
    const int64_t lookback = windows().range_ms;
    size_t hi = 0;
    bool any = false;
    for (uint32_t i = 0; i < windows().grid.n; ++i) {
      const int64_t end = windows().end(i);
      while (hi < n && t[hi] <= end) ++hi;
      double result = Absent();
      // A stale marker has the very bits of Absent(), so it needs no test of its own unless times
      // are asked for.
      if (hi > 0 && t[hi - 1] > end - lookback) {
        result = samples.v[hi - 1];
        if constexpr (kAsk != Ask::kValue) {
          if (Present(result)) result = Answer(t[hi - 1], samples.starts, hi - 1);
        }
      }
      out.values[i] = result;
      any |= Present(result);
    }
    if (samples.n_histograms == 0) return any;
    return PreferNewerHistograms(samples, out);
  }

 private:
  static double Answer(int64_t t, const int64_t* starts, size_t i) {
    if constexpr (kAsk == Ask::kSeconds) return static_cast<double>(t) / 1000;
    if constexpr (kAsk == Ask::kStartSeconds)
      return starts == nullptr ? 0 : static_cast<double>(starts[i]) / 1000;
    return static_cast<double>(t);
  }

  /// Replaces what histograms are newer than. The rare case, so it goes over the floats a second
  /// time.
  bool PreferNewerHistograms(const Samples& samples, RowOut& out) const {
    const uint32_t steps = windows().grid.n;
    size_t hi = 0;
    size_t histogram_hi = 0;
    bool any = false;
    for (uint32_t i = 0; i < steps; ++i) {
      const int64_t end = windows().end(i);
      while (hi < samples.n && samples.t[hi] <= end) ++hi;
      while (histogram_hi < samples.n_histograms && samples.histogram_t[histogram_hi] <= end)
        ++histogram_hi;
      const bool newer = histogram_hi > 0 &&
                         samples.histogram_t[histogram_hi - 1] > end - windows().range_ms &&
                         (hi == 0 || samples.histogram_t[histogram_hi - 1] > samples.t[hi - 1]);
      if (newer) {
        const HistogramPtr& h = samples.histograms[histogram_hi - 1];
        out.values[i] = Absent();
        if constexpr (kAsk == Ask::kSeconds || kAsk == Ask::kStartSeconds) {
          if (h != nullptr) {
            out.values[i] = Answer(samples.histogram_t[histogram_hi - 1], samples.histogram_starts,
                                   histogram_hi - 1);
          }
        } else if (h != nullptr) {
          PutHistogram(out, steps, i, h);
          any = true;
        }
      }
      any |= Present(out.values[i]);
    }
    return any;
  }
};

}  // namespace

std::unique_ptr<RowFunction> MakeInstantFunction(const Windows& windows) {
  if (windows.ends == WindowEnds::kSmoothed) return MakeSmoothedInstantFunction(windows);
  return std::make_unique<InstantFunction<Ask::kValue>>(windows);
}

std::unique_ptr<RowFunction> MakeTimestampFunction(const Windows& windows) {
  return std::make_unique<InstantFunction<Ask::kSeconds>>(windows);
}

std::unique_ptr<RowFunction> MakeStartTimestampFunction(const Windows& windows) {
  return std::make_unique<InstantFunction<Ask::kStartSeconds>>(windows);
}

std::unique_ptr<RowFunction> MakeInfoTimesFunction(const Windows& windows) {
  return std::make_unique<InstantFunction<Ask::kMillisecondsOfFloats>>(windows);
}

}  // namespace kvs::engine::promql
