// SPDX-License-Identifier: Apache-2.0
// The change of native histograms over a window.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "histogram/buckets.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// What the histograms samples[0, n), n >= 2, have grown by, resets made good if `counter`.
/// `start_reset(i)`: start timestamps say that sample i began after the one before it. Adds RowNote
/// bits to *notes; nothing when exponential and custom buckets are mixed. The result is a gauge.
std::optional<FloatHistogram> HistogramIncrease(const HistogramPtr* samples, size_t n, bool counter,
                                                const std::function<bool(size_t)>& start_reset,
                                                uint32_t* notes);

/// The change from `before` to `after`: irate and idelta.
std::optional<FloatHistogram> HistogramStep(const FloatHistogram& before,
                                            const FloatHistogram& after, bool counter,
                                            bool start_reset, uint32_t* notes);

}  // namespace kvs::engine::promql
