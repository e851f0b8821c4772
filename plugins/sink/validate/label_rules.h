// SPDX-License-Identifier: Apache-2.0
// What is wrong with a series: rules, ids and words of refusals. Pure. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/model/label_cursor.h"

#include "tenant_limits.h"

namespace kvs::sink::validate {

/// In the order in which they are found.
enum class Verdict : uint8_t {
  kOk,
  kDamaged,
  kMissingMetricName,
  kMetricNameInvalid,
  kTooManyLabels,
  kTooManyInfoLabels,
  kLabelInvalid,
  kLabelNameTooLong,
  kLabelValueTooLong,
  kLabelValueInvalid,
  kDuplicateLabel,
  kTooFarInFuture,
  kTooFarInPast,
  kTooManyBuckets,  ///< Of a native histogram, which is not to be reduced; see histogram_rules.h.
  kNotReducible,    ///< Likewise, and the coarsest schema has too many.
  kCustomBucketsNotReducible,
  kCount,
};

/// What labels are as they came.
struct LabelShape {
  bool sorted = true;     ///< They ascend by name.
  bool has_long = false;  ///< A value is to be shortened, see TenantLimits::long_values.
};

/// Judges the labels of one series, which may come in any order. Labels with an empty value count
/// as absent. `shape`, if not null, is filled for those that are good.
Verdict JudgeLabels(model::LabelCursor labels, const TenantLimits& limits,
                    LabelShape* shape = nullptr);
/// Whether a value is longer than the tenant's may be.
bool IsTooLong(std::string_view value, const TenantLimits& limits);

/// The label `reason` of cortex_discarded_samples_total: the id with underscores. Static.
std::string_view ReasonOf(Verdict verdict);

/// What a message shows of a series or a name: not too much, and valid UTF-8.
std::string ShownSeries(std::string text);

/// The refusal of a series, with its id at the end; not of its buckets. `timestamp_ms` matters for
/// the verdicts about time.
Status RefusalOf(Verdict verdict, model::LabelCursor labels, const TenantLimits& limits,
                 int64_t timestamp_ms);

}  // namespace kvs::sink::validate
