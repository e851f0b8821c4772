// SPDX-License-Identifier: Apache-2.0
// See histogram_change.h; the rules are those of reference/promql.md, 4.5.

#include "window/histogram_change.h"

#include <algorithm>

#include "histogram/sum.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

std::optional<FloatHistogram> HistogramIncrease(const HistogramPtr* samples, size_t n, bool counter,
                                                const std::function<bool(size_t)>& start_reset,
                                                uint32_t* notes) {
  const FloatHistogram& last = *samples[n - 1];
  FloatHistogram first = *samples[0];
  const auto is_gauge = [](const FloatHistogram& h) {
    return h.reset_hint == chunk::ResetHint::kGauge;
  };
  if (counter && (is_gauge(first) || is_gauge(last))) *notes |= kNoteNativeNotCounter;
  if (counter && (start_reset(1) || DetectReset(*samples[1], first))) {
    // Of a sample before a reset nothing counts here, not even its layout.
    first = FloatHistogram();
    first.schema = samples[1]->schema;
    first.custom_values = samples[1]->custom_values;
    first.reset_hint = samples[1]->reset_hint;
  }
  const bool custom = UsesCustomBuckets(first);
  if (UsesCustomBuckets(last) != custom) {
    *notes |= kNoteMixedSchemas;
    return std::nullopt;
  }
  int32_t schema = std::min(first.schema, last.schema);
  for (size_t i = 1; counter && i + 1 < n; ++i) {
    if (is_gauge(*samples[i])) *notes |= kNoteNativeNotCounter;
    if (UsesCustomBuckets(*samples[i]) != custom) {
      *notes |= kNoteMixedSchemas;
      return std::nullopt;
    }
    schema = std::min(schema, samples[i]->schema);
  }
  FloatHistogram end = last;
  if (!custom) chunk::ReduceResolution(schema, &end);
  HistogramSum sum(end);
  if (sum.Add(first, -1).reconciled) *notes |= kNoteReconciledSub;
  if (counter) {
    const FloatHistogram* before = &first;
    for (size_t i = 1; i < n; ++i) {
      const bool reset = start_reset(i) || DetectReset(*samples[i], *before);
      if (reset && sum.Add(*before).reconciled) *notes |= kNoteReconciledAdd;
      before = samples[i].get();
    }
  } else if (!is_gauge(*samples[0]) || !is_gauge(last)) {
    *notes |= kNoteNativeNotGauge;
  }
  FloatHistogram out = sum.Result(false);
  out.reset_hint = chunk::ResetHint::kGauge;
  return out;
}

std::optional<FloatHistogram> HistogramStep(const FloatHistogram& before,
                                            const FloatHistogram& after, bool counter,
                                            bool start_reset, uint32_t* notes) {
  const auto is_gauge = [](const FloatHistogram& h) {
    return h.reset_hint == chunk::ResetHint::kGauge;
  };
  if (counter && (is_gauge(before) || is_gauge(after))) *notes |= kNoteNativeNotCounter;
  if (!counter && (!is_gauge(before) || !is_gauge(after))) *notes |= kNoteNativeNotGauge;
  FloatHistogram out = after;
  if (!counter || (!start_reset && !DetectReset(after, before))) {
    AddNotes added;
    out = PlainSum(after, before, -1, &added);
    if (added.mixed_schemas) {
      *notes |= kNoteMixedSchemas;
      return std::nullopt;
    }
    if (added.reconciled) *notes |= kNoteReconciledSub;
  }
  out.reset_hint = chunk::ResetHint::kGauge;
  Compact(out);
  return out;
}

}  // namespace kvs::engine::promql
