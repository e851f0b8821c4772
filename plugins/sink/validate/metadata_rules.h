// SPDX-License-Identifier: Apache-2.0
// What is wrong with the description of a metric. Pure. [any]
#pragma once

#include <cstdint>
#include <string_view>

#include "kvs/abi/write_batch.h"
#include "kvs/base/status.h"

#include "tenant_limits.h"

namespace kvs::sink::validate {

/// In the order in which they are found.
enum class MetadataVerdict : uint8_t {
  kOk,
  kMissingName,
  kNameTooLong,
  kUnitTooLong,
  kHelpTooLong,  ///< No refusal: it is cut, see CutHelp().
  kCount,
};

MetadataVerdict JudgeMetadata(const kvs_metadata_t& metadata, const TenantLimits& limits);

inline bool IsRefusal(MetadataVerdict verdict) {
  return verdict != MetadataVerdict::kOk && verdict != MetadataVerdict::kHelpTooLong;
}

/// The beginning of `help` that is short enough, in whole code points.
std::string_view CutHelp(std::string_view help, const TenantLimits& limits);

/// The label `reason` of cortex_discarded_metadata_total. Static.
std::string_view ReasonOf(MetadataVerdict verdict);

/// What the sender is told, with the id at the end; `verdict` is a refusal.
Status RefusalOf(MetadataVerdict verdict, const kvs_metadata_t& metadata,
                 const TenantLimits& limits);

}  // namespace kvs::sink::validate
