// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::ingest::otlp {
namespace {

constexpr const char* kStrategyNames[] = {"UnderscoreEscapingWithSuffixes",
                                          "UnderscoreEscapingWithoutSuffixes",
                                          "NoUTF8EscapingWithSuffixes", "NoTranslation", nullptr};
constexpr const char* kDeltaModes[] = {"refuse", "native", "cumulative", nullptr};

}  // namespace

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema(
      {{"path", &Config::path, "Where exporters post"},
       {"max_request_size", &Config::max_request_size,
        "Largest request, as sent and after decompression; more is answered 413"},
       {"inline_size", &Config::inline_size,
        "Bodies up to this are decoded on the event loop; larger ones go to a worker"},
       {"translation_strategy",
        &Config::translation_strategy,
        "How names become names of Prometheus; a request may name another one",
        {.choices = kStrategyNames}},
       {"promote_resource_attributes", &Config::promote_resource_attributes,
        "Resource attributes that become labels of every series"},
       {"promote_all_resource_attributes", &Config::promote_all_resource_attributes,
        "All of them do, but for ignore_resource_attributes"},
       {"ignore_resource_attributes", &Config::ignore_resource_attributes,
        "Not promoted with promote_all_resource_attributes"},
       {"keep_identifying_resource_attributes", &Config::keep_identifying_resource_attributes,
        "target_info keeps service.name, service.namespace and service.instance.id as labels"},
       {"convert_histograms_to_nhcb", &Config::convert_histograms_to_nhcb,
        "Histograms become native ones with custom buckets"},
       {"promote_scope_metadata", &Config::promote_scope_metadata,
        "Name, version, schema URL and attributes of scopes become labels otel_scope_*"},
       {"label_name_underscore_sanitization", &Config::label_name_underscore_sanitization,
        "Labels that begin with one underscore get \"key\" in front"},
       {"label_name_preserve_multiple_underscores",
        &Config::label_name_preserve_multiple_underscores,
        "Runs of underscores in label names stay as they are"},
       {"lookback_delta", &Config::lookback_delta,
        "Of queries; target_info gets a sample for every half of it"},
       {"delta_temporality",
        &Config::delta_temporality,
        "Points that tell the change: refused, stored as they are, or added up in memory",
        {.choices = kDeltaModes}},
       {"delta_max_streams",
        &Config::delta_max_streams,
        "Series that are added up at a time",
        {.minimum = 16, .maximum = 1e9}},
       {"delta_max_idle", &Config::delta_max_idle,
        "Series silent for longer may be forgotten when there are too many"}},
      sdk::PushKeys<Config>());
  return kSchema;
}

Status Config::Validate() const {
  if (max_request_size.bytes <= 0) return InvalidArgument("max_request_size is not positive");
  KVS_RETURN_IF_ERROR(PushSettings::Validate());
  if (lookback_delta.ms < 2000) return InvalidArgument("lookback_delta is less than 2s");
  if (promote_all_resource_attributes && !promote_resource_attributes.empty()) {
    return InvalidArgument(
        "promote_all_resource_attributes and promote_resource_attributes exclude each other");
  }
  if (!promote_all_resource_attributes && !ignore_resource_attributes.empty()) {
    return InvalidArgument("ignore_resource_attributes needs promote_all_resource_attributes");
  }
  return StrategyOf(translation_strategy).status();
}

Settings Config::TranslatorSettings() const {
  Settings settings;
  settings.strategy = *StrategyOf(translation_strategy);
  settings.labels = {settings.strategy.escape, label_name_underscore_sanitization,
                     label_name_preserve_multiple_underscores};
  settings.promoted = promote_resource_attributes;
  settings.promote_all = promote_all_resource_attributes;
  settings.not_promoted = ignore_resource_attributes;
  settings.keep_identifying = keep_identifying_resource_attributes;
  settings.custom_buckets = convert_histograms_to_nhcb;
  settings.promote_scope = promote_scope_metadata;
  settings.delta = delta_temporality == "native"       ? DeltaMode::kNative
                   : delta_temporality == "cumulative" ? DeltaMode::kCumulative
                                                       : DeltaMode::kRefuse;
  settings.target_info_period_ms = lookback_delta.ms / 2;
  return settings;
}

}  // namespace kvs::ingest::otlp
