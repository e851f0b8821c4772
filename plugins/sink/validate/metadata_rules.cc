// SPDX-License-Identifier: Apache-2.0
#include "metadata_rules.h"

#include <algorithm>

#include "kvs/base/quote.h"
#include "kvs/sdk/str.h"

namespace kvs::sink::validate {
namespace {

constexpr size_t kMostShown = 200;

struct MetadataWords {
  std::string_view id;      // Behind "err-mimir-".
  std::string_view reason;  // The same with underscores.
};

MetadataWords WordsOf(MetadataVerdict verdict) {
  switch (verdict) {
    case MetadataVerdict::kMissingName:
      return {"metadata-missing-metric-name", "metadata_missing_metric_name"};
    case MetadataVerdict::kNameTooLong:
      return {"metric-name-too-long", "metric_name_too_long"};
    case MetadataVerdict::kUnitTooLong:
      return {"unit-too-long", "unit_too_long"};
    case MetadataVerdict::kOk:
    case MetadataVerdict::kHelpTooLong:
    case MetadataVerdict::kCount:
      break;
  }
  return {};
}

std::string Explain(MetadataVerdict verdict, const kvs_metadata_t& metadata,
                    const TenantLimits& limits) {
  const std::string name = Quote(sdk::View(metadata.metric).substr(0, kMostShown));
  const std::string limit = StrCat(" bytes, more than the limit of ", limits.max_metadata_length,
                                   ", see -validation.max-metadata-length, metric: ", name);
  switch (verdict) {
    case MetadataVerdict::kMissingName:
      return "received metadata without a metric name";
    case MetadataVerdict::kNameTooLong:
      return StrCat("received metadata with a metric name of ", metadata.metric.size, limit);
    case MetadataVerdict::kUnitTooLong:
      return StrCat("received metadata with a unit of ", metadata.unit.size, limit);
    case MetadataVerdict::kOk:
    case MetadataVerdict::kHelpTooLong:
    case MetadataVerdict::kCount:
      break;
  }
  return {};
}

}  // namespace

MetadataVerdict JudgeMetadata(const kvs_metadata_t& metadata, const TenantLimits& limits) {
  const auto exceeds = [&limits](kvs_str_t text) {
    return limits.max_metadata_length > 0 &&
           text.size > static_cast<uint64_t>(limits.max_metadata_length);
  };
  if (metadata.metric.size == 0 && limits.enforces_metadata_name)
    return MetadataVerdict::kMissingName;
  if (exceeds(metadata.metric)) return MetadataVerdict::kNameTooLong;
  if (exceeds(metadata.unit)) return MetadataVerdict::kUnitTooLong;
  return exceeds(metadata.help) ? MetadataVerdict::kHelpTooLong : MetadataVerdict::kOk;
}

std::string_view CutHelp(std::string_view help, const TenantLimits& limits) {
  if (limits.max_metadata_length <= 0) return help;
  size_t size = std::min(help.size(), static_cast<size_t>(limits.max_metadata_length));
  if (size == help.size()) return help;
  while (size > 0 && (static_cast<unsigned char>(help[size]) & 0xc0) == 0x80) --size;
  return help.substr(0, size);
}

std::string_view ReasonOf(MetadataVerdict verdict) {
  return WordsOf(verdict).reason;
}

Status RefusalOf(MetadataVerdict verdict, const kvs_metadata_t& metadata,
                 const TenantLimits& limits) {
  std::string id = StrCat("err-mimir-", WordsOf(verdict).id);
  return InvalidArgument(Explain(verdict, metadata, limits), " (", id, ")")
      .WithReason(std::move(id))
      .Partial();
}

}  // namespace kvs::sink::validate
