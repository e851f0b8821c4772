// SPDX-License-Identifier: Apache-2.0
// Counting, only for queries that ask for statistics: the kernels do not carry it.

#include "scan/count_samples.h"

#include <algorithm>
#include <limits>

namespace kvs::engine::promql {
namespace {

int64_t SizeOf(const HistogramPtr& h) {
  return h == nullptr ? 0 : SamplesOf(*h);
}

void CountNewest(const Windows& windows, const Samples& s,
                 std::vector<StepSamples::Count>& counts) {
  size_t hi = 0, histogram_hi = 0;
  int64_t last_ms = std::numeric_limits<int64_t>::min();
  for (uint32_t i = 0; i < windows.grid.n; ++i) {
    const int64_t end = windows.end(i);
    while (hi < s.n && s.t[hi] <= end) ++hi;
    while (histogram_hi < s.n_histograms && s.histogram_t[histogram_hi] <= end) ++histogram_hi;
    const bool newer =
        histogram_hi > 0 && (hi == 0 || s.histogram_t[histogram_hi - 1] > s.t[hi - 1]);
    if (!newer && hi == 0) continue;
    const int64_t t = newer ? s.histogram_t[histogram_hi - 1] : s.t[hi - 1];
    if (t <= end - windows.range_ms) continue;
    const int64_t size =
        newer ? SizeOf(s.histograms[histogram_hi - 1]) : (Present(s.v[hi - 1]) ? 1 : 0);
    counts[i].queryable += size;
    if (t != last_ms) counts[i].read += size;
    last_ms = t;
  }
}

void CountWindows(const Windows& windows, const Samples& s,
                  std::vector<StepSamples::Count>& counts) {
  size_t lo = 0, hi = 0, histogram_lo = 0, histogram_hi = 0;
  int64_t histograms = 0;
  for (uint32_t i = 0; i < windows.grid.n; ++i) {
    const int64_t end = windows.end(i);
    const int64_t begin = end - windows.range_ms;
    const size_t seen = hi;
    while (hi < s.n && s.t[hi] <= end) ++hi;
    while (lo < hi && s.t[lo] <= begin) ++lo;
    int64_t entered = static_cast<int64_t>(hi - std::max(seen, lo));
    for (; histogram_hi < s.n_histograms && s.histogram_t[histogram_hi] <= end; ++histogram_hi) {
      const int64_t size = SizeOf(s.histograms[histogram_hi]);
      histograms += size;
      if (s.histogram_t[histogram_hi] > begin) entered += size;
    }
    for (; histogram_lo < histogram_hi && s.histogram_t[histogram_lo] <= begin; ++histogram_lo)
      histograms -= SizeOf(s.histograms[histogram_lo]);
    counts[i].queryable += static_cast<int64_t>(hi - lo) + histograms;
    counts[i].read += entered;
  }
}

}  // namespace

void CountSamples(const RowFunction& function, const Samples& samples,
                  std::vector<StepSamples::Count>& counts) {
  if (function.keep_stale()) {
    CountNewest(function.windows(), samples, counts);
  } else {
    CountWindows(function.windows(), samples, counts);
  }
}

int64_t SizeOf(const Samples& samples) {
  int64_t size = static_cast<int64_t>(samples.n);
  for (size_t i = 0; i < samples.n_histograms; ++i) size += SizeOf(samples.histograms[i]);
  return size;
}

}  // namespace kvs::engine::promql
