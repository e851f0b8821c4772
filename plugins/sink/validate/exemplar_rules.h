// SPDX-License-Identifier: Apache-2.0
// What is wrong with an exemplar. It is dropped and counted, and the request is no worse for it.
// Pure. [any]
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kvs/abi/abi.h"

namespace kvs::sink::validate {

/// In the order in which they are found.
enum class ExemplarVerdict : uint8_t {
  kOk,
  kLabelsMissing,     ///< None with a name and a value.
  kTimestampInvalid,  ///< 0
  kLabelsTooLong,     ///< More than kMaxExemplarCharacters.
  kTooFarInFuture,
  kTooFarInPast,
  kTooMany,  ///< Beyond max_exemplars_per_series_per_request.
  kCount,
};

/// Of all names and values of an exemplar together; OpenMetrics' limit.
inline constexpr size_t kMaxExemplarCharacters = 128;

/// `oldest` and `newest` are times that are still taken.
ExemplarVerdict JudgeExemplar(int64_t t, std::span<const kvs_pair_t> labels, int64_t oldest,
                              int64_t newest);

/// The label `reason` of cortex_discarded_exemplars_total. Static.
std::string_view ReasonOf(ExemplarVerdict verdict);

}  // namespace kvs::sink::validate
