// SPDX-License-Identifier: Apache-2.0
#include "limit_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "kvs/base/units.h"
#include "kvs/http/json.h"

namespace kvs::limiter::static_limits {
namespace {

using enum LimitKind;

constexpr double kMinuteMs = 60'000;
constexpr double kMiB = 1 << 20;
constexpr double kDayMs = 24 * 60 * kMinuteMs;
// Whoever asks has a setting of their own for the same thing.
constexpr double kElsewhere = std::numeric_limits<double>::quiet_NaN();

// Mimir's defaults, but for what a first user runs into: rates and numbers of series and rules are
// not limited until somebody says so. Sorted by name.
constexpr LimitSpec kKnown[] = {
    {"accept_ha_samples", kSwitch, kElsewhere, ""},
    {"active_series_custom_trackers", kJson, 0, "{}"},
    {"active_series_results_max_size_bytes", kNumber, 400 * kMiB, ""},
    {"alertmanager_max_alerts_count", kNumber, 0, ""},
    {"alertmanager_max_alerts_size_bytes", kNumber, 0, ""},
    {"alertmanager_max_config_size_bytes", kNumber, 0, ""},
    {"alertmanager_max_dispatcher_aggregation_groups", kNumber, 0, ""},
    {"alertmanager_max_silence_size_bytes", kNumber, 0, ""},
    {"alertmanager_max_silences_count", kNumber, 0, ""},
    {"alertmanager_max_template_size_bytes", kNumber, 0, ""},
    {"alertmanager_max_templates_count", kNumber, 0, ""},
    {"alertmanager_notification_rate_limit", kNumber, 0, ""},
    {"alertmanager_notification_rate_limit_per_integration", kJson, 0, "{}"},
    {"alertmanager_receivers_firewall_block_cidr_networks", kText, 0, ""},
    {"alertmanager_receivers_firewall_block_private_addresses", kSwitch, kElsewhere, ""},
    {"blocked_queries", kJson, 0, "[]"},
    {"blocked_requests", kJson, 0, "[]"},
    {"cardinality_analysis_enabled", kSwitch, 1, ""},
    {"cardinality_analysis_max_results", kNumber, 500, ""},
    {"compactor_block_upload_enabled", kSwitch, kElsewhere, ""},
    {"compactor_block_upload_max_block_size_bytes", kNumber, kElsewhere, ""},
    {"compactor_blocks_retention_period", kDuration, kElsewhere, ""},
    {"compactor_blocks_retention_period_1h", kDuration, kElsewhere, ""},
    {"compactor_blocks_retention_period_5m", kDuration, kElsewhere, ""},
    {"compactor_downsample_1h_after", kDuration, kElsewhere, ""},
    {"compactor_downsample_5m_after", kDuration, kElsewhere, ""},
    {"compactor_downsampling_enabled", kSwitch, kElsewhere, ""},
    {"compactor_partial_block_deletion_delay", kDuration, kElsewhere, ""},
    {"compactor_split_and_merge_shards", kNumber, kElsewhere, ""},
    {"compactor_split_groups", kNumber, kElsewhere, ""},
    {"compactor_tenant_shard_size", kNumber, kElsewhere, ""},
    {"cost_attribution_labels", kText, 0, ""},
    {"creation_grace_period", kDuration, 10 * kMinuteMs, ""},
    {"drop_labels", kJson, 0, "[]"},
    {"enforce_metadata_metric_name", kSwitch, 1, ""},
    {"ha_cluster_label", kText, 0, ""},
    {"ha_max_clusters", kNumber, 100, ""},
    {"ha_replica_label", kText, 0, ""},
    {"ingestion_burst_factor", kNumber, 0, ""},
    {"ingestion_burst_size", kNumber, 0, ""},
    {"ingestion_rate", kNumber, 0, ""},
    {"ingestion_tenant_shard_size", kNumber, 0, ""},
    {"label_names_and_values_results_max_size_bytes", kNumber, 400 * kMiB, ""},
    {"label_value_length_over_limit_strategy", kText, 0, ""},
    {"label_values_max_cardinality_label_names_per_request", kNumber, 100, ""},
    {"limited_queries", kJson, 0, "[]"},
    {"max_cache_freshness", kDuration, 10 * kMinuteMs, ""},
    {"max_cost_attribution_cardinality", kNumber, 2000, ""},
    {"max_estimated_memory_consumption_per_query", kNumber, kElsewhere, ""},
    {"max_exemplars_per_series_per_request", kNumber, 0, ""},
    {"max_fetched_chunk_bytes_per_query", kNumber, 0, ""},
    {"max_fetched_chunks_per_query", kNumber, 2'000'000, ""},
    {"max_fetched_series_per_query", kNumber, 0, ""},
    {"max_global_exemplars_per_user", kNumber, kElsewhere, ""},
    {"max_global_metadata_per_metric", kNumber, 0, ""},
    {"max_global_metadata_per_user", kNumber, 0, ""},
    {"max_global_series_per_metric", kNumber, 0, ""},
    {"max_global_series_per_user", kNumber, 0, ""},
    {"max_label_name_length", kNumber, 1024, ""},
    {"max_label_names_limit", kNumber, 0, ""},
    {"max_label_names_per_info_series", kNumber, 80, ""},
    {"max_label_names_per_series", kNumber, 30, ""},
    {"max_label_value_length", kNumber, 2048, ""},
    {"max_label_values_limit", kNumber, 0, ""},
    {"max_labels_query_length", kDuration, 0, ""},
    {"max_metadata_length", kNumber, 1024, ""},
    {"max_native_histogram_buckets", kNumber, 0, ""},
    {"max_partial_query_length", kDuration, 0, ""},
    {"max_queriers_per_tenant", kNumber, 0, ""},
    {"max_query_expression_size_bytes", kNumber, 0, ""},
    {"max_query_lookback", kDuration, 0, ""},
    {"max_query_parallelism", kNumber, 14, ""},
    {"max_series_query_limit", kNumber, 0, ""},
    {"max_total_query_length", kDuration, 0, ""},
    {"metric_relabel_configs", kJson, 0, "[]"},
    {"metric_relabeling_enabled", kSwitch, 1, ""},
    {"name_validation_scheme", kText, 0, ""},
    {"native_histograms_ingestion_enabled", kSwitch, 1, ""},
    {"otel_convert_histograms_to_nhcb", kSwitch, kElsewhere, ""},
    {"otel_created_timestamp_zero_ingestion_enabled", kSwitch, 0, ""},
    {"otel_keep_identifying_resource_attributes", kSwitch, kElsewhere, ""},
    {"otel_label_name_preserve_multiple_underscores", kSwitch, kElsewhere, ""},
    {"otel_label_name_underscore_sanitization", kSwitch, kElsewhere, ""},
    {"otel_metric_suffixes_enabled", kSwitch, kElsewhere, ""},
    {"otel_native_delta_ingestion", kSwitch, kElsewhere, ""},
    {"otel_promote_scope_metadata", kSwitch, kElsewhere, ""},
    {"otel_translation_strategy", kText, 0, ""},
    {"out_of_order_time_window", kDuration, kElsewhere, ""},
    {"past_grace_period", kDuration, 0, ""},
    {"promote_otel_resource_attributes", kText, 0, ""},
    {"query_ingesters_within", kDuration, kElsewhere, ""},
    {"query_max_source_resolution", kDuration, kElsewhere, ""},
    {"query_sharding_max_sharded_queries", kNumber, kElsewhere, ""},
    {"query_sharding_total_shards", kNumber, kElsewhere, ""},
    {"reduce_native_histogram_over_max_buckets", kSwitch, 1, ""},
    {"request_burst_size", kNumber, 0, ""},
    {"request_rate", kNumber, 0, ""},
    {"results_cache_ttl", kDuration, 7 * kDayMs, ""},
    {"results_cache_ttl_for_out_of_order_time_window", kDuration, kElsewhere, ""},
    {"ruler_alerting_rules_evaluation_enabled", kSwitch, 1, ""},
    {"ruler_alertmanager_client_config", kJson, 0, "{}"},
    {"ruler_evaluation_consistency_max_delay", kDuration, 0, ""},
    {"ruler_evaluation_delay_duration", kDuration, kElsewhere, ""},
    {"ruler_max_independent_rule_evaluation_concurrency_per_tenant", kNumber, kElsewhere, ""},
    {"ruler_max_rule_evaluation_results", kNumber, 0, ""},
    {"ruler_max_rule_groups_per_tenant", kNumber, 0, ""},
    {"ruler_max_rules_per_rule_group", kNumber, 0, ""},
    {"ruler_min_rule_evaluation_interval", kDuration, 0, ""},
    {"ruler_protected_namespaces", kText, 0, ""},
    {"ruler_recording_rules_evaluation_enabled", kSwitch, 1, ""},
    {"ruler_sync_rules_on_changes_enabled", kSwitch, 1, ""},
    {"ruler_tenant_shard_size", kNumber, 0, ""},
    {"store_gateway_tenant_shard_size", kNumber, 0, ""},
};
static_assert(std::ranges::is_sorted(kKnown, {}, &LimitSpec::name));

// What this text means, for those who ask for numbers: as sink.validate counts.
constexpr char kStrategy[] = "label_value_length_over_limit_strategy";
constexpr char kAction[] = "label_value_length_over_limit_action";
std::optional<int> OverLimitAction(std::string_view text) {
  if (text == "error") return 0;
  if (text == "truncate") return 1;
  return text == "drop" ? std::optional<int>(2) : std::nullopt;
}

void AppendValue(LimitKind kind, double value, std::string& out) {
  if (kind == kSwitch) {
    out += value != 0 ? "true" : "false";
  } else if (kind == kDuration) {
    StrAppend(out, '"', FormatDurationMs(static_cast<int64_t>(value)), '"');
  } else {
    http::AppendFloat(out, value);
  }
}

}  // namespace

std::span<const LimitSpec> KnownLimits() {
  return kKnown;
}

const LimitSpec* FindLimit(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(kKnown, name, {}, &LimitSpec::name);
  return found != std::end(kKnown) && found->name == name ? found : nullptr;
}

void LimitSet::Overlay(const LimitSet& above) {
  for (const auto& [name, value] : above.numbers) numbers[name] = value;
  for (const auto& [name, value] : above.texts) texts[name] = value;
}

LimitSet DefaultLimits() {
  LimitSet limits;
  for (const LimitSpec& spec : kKnown) {
    if (spec.kind == kText || spec.kind == kJson) {
      if (!spec.text.empty()) limits.texts[std::string(spec.name)] = spec.text;
    } else if (!std::isnan(spec.number)) {
      limits.numbers[std::string(spec.name)] = spec.number;
    }
  }
  return limits;
}

StatusOr<double> ParseLimit(std::string_view name, std::string_view text) {
  if (text == "true" || text == "false") return text == "true" ? 1.0 : 0.0;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number))
    return number;
  if (const auto ms = ParseDurationMs(text); ms.ok()) return static_cast<double>(*ms);
  if (const auto bytes = ParseBytes(text); bytes.ok()) return static_cast<double>(*bytes);
  return InvalidArgument("limit ", name,
                         " is neither a number, a duration, a size nor a switch: \"", text, "\"");
}

Status SetLimit(const std::string& name, const std::string& text, LimitSet* out) {
  const LimitSpec* const spec = FindLimit(name);
  if (spec != nullptr && spec->kind == kJson)
    return InvalidArgument("limit ", name, " is a list or a table, not \"", text, "\"");
  if (name == "name_validation_scheme" && text != "utf8" && text != "legacy")
    return InvalidArgument("limit ", name, " is neither legacy nor utf8: \"", text, "\"");
  const std::optional<int> action = OverLimitAction(text);
  if (name == kStrategy && !action.has_value())
    return InvalidArgument("limit ", name, " is neither error, truncate nor drop: \"", text, "\"");
  if (spec != nullptr && spec->kind == kText) {
    out->texts[name] = text;
    // The same for those who ask for numbers.
    if (name == "name_validation_scheme")
      out->numbers["name_validation_utf8"] = text == "utf8" ? 1 : 0;
    if (name == kStrategy) out->numbers[kAction] = *action;
    return OkStatus();
  }
  const auto value = ParseLimit(name, text);
  if (value.ok()) {
    out->numbers[name] = *value;
  } else if (spec == nullptr) {
    out->texts[name] = text;
  } else {
    return value.status();
  }
  return OkStatus();
}

std::string ToJson(const LimitSet& limits, const std::string& name) {
  std::string out;
  const LimitSpec* const spec = FindLimit(name);
  if (const auto text = limits.texts.find(name); text != limits.texts.end()) {
    const bool is_json = spec != nullptr
                             ? spec->kind == kJson
                             : text->second.starts_with('[') || text->second.starts_with('{');
    if (is_json) return text->second;
    http::AppendJsonString(out, text->second);
  } else if (const auto number = limits.numbers.find(name); number != limits.numbers.end()) {
    AppendValue(spec == nullptr ? kNumber : spec->kind, number->second, out);
  }
  return out;
}

std::string ToJson(const LimitSet& limits) {
  std::set<std::string> names;
  for (const auto& [name, unused] : limits.numbers) names.insert(name);
  for (const auto& [name, unused] : limits.texts) names.insert(name);
  names.erase("name_validation_utf8");
  names.erase(kAction);
  std::string out;
  http::JsonWriter json(out);
  json.BeginObject();
  for (const std::string& name : names) {
    json.Key(name);
    json.Raw(ToJson(limits, name));
  }
  json.EndObject();
  return out;
}

}  // namespace kvs::limiter::static_limits
