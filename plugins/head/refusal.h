// SPDX-License-Identifier: Apache-2.0
// What the sender of a refused sample is told, in Mimir's words and with its ids (reference:
// err-mimir-*), because people and scripts look for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

#include "shard.h"

namespace kvs::head {

/// The label `reason` of cortex_discarded_samples_total; `verdict` is a refusal.
std::string_view DiscardReason(Verdict verdict);

/// INVALID_ARGUMENT for a sample at `t` of `series`, as FormatSeries() prints it.
Status RefusalOf(Verdict verdict, int64_t t, std::string_view series, int64_t window_ms);

/// A series that would be one too many for its tenant.
Status TooManySeries(int64_t limit);
/// The same for the metric of `series`.
Status TooManySeriesOfMetric(int64_t limit, std::string_view series);

/// INVALID_ARGUMENT for a histogram that `why` says is none; its reason is the end of the id.
Status InvalidHistogram(const Status& why, int64_t t, std::string_view series);

/// 1970-01-19T05:30:43.969Z, without trailing zeros, as Go prints it.
std::string FormatTimestamp(int64_t ms);

}  // namespace kvs::head
