// SPDX-License-Identifier: Apache-2.0
#include "tenant_settings.h"

#include <array>
#include <cmath>
#include <limits>

#include "kvs/sdk/limits.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

namespace kvs::ingest::otlp {
namespace {

enum Switch : size_t {
  kSuffixes,
  kKeepIdentifying,
  kCustomBuckets,
  kPromoteScope,
  kNativeDelta,
  kUnderscoreSanitization,
  kMultipleUnderscores,
  kSwitches,
};
constexpr std::array<std::string_view, kSwitches> kSwitchNames = {
    "otel_metric_suffixes_enabled",
    "otel_keep_identifying_resource_attributes",
    "otel_convert_histograms_to_nhcb",
    "otel_promote_scope_metadata",
    "otel_native_delta_ingestion",
    "otel_label_name_underscore_sanitization",
    "otel_label_name_preserve_multiple_underscores"};

void Set(double value, bool* flag) {
  if (!std::isnan(value)) *flag = value != 0;
}

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string_view name = text.substr(begin, end - begin);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
    begin = end + 1;
  }
  return names;
}

}  // namespace

StatusOr<std::shared_ptr<const Settings>> TenantSettings::Of(const sdk::LimiterRef& limiter,
                                                             const sdk::Call& call) {
  const std::string tenant(call.tenant());
  const uint64_t epoch = limiter ? limiter.epoch() : 0;
  {
    const MutexLock lock(mutex_);
    const auto found = tenants_.find(tenant);
    if (found != tenants_.end() && found->second.epoch == epoch) return found->second.settings;
  }
  Settings settings = configured_;
  if (limiter) {
    KVS_ASSIGN_OR_RETURN(settings, Ask(limiter, call));
  }
  auto shared = std::make_shared<const Settings>(std::move(settings));
  const MutexLock lock(mutex_);
  tenants_[tenant] = {epoch, shared};
  return std::shared_ptr<const Settings>(std::move(shared));
}

StatusOr<Settings> TenantSettings::Ask(const sdk::LimiterRef& limiter,
                                       const sdk::Call& call) const {
  std::array<double, kSwitches> values;
  KVS_RETURN_IF_ERROR(sdk::AskLimits(limiter, call, kSwitchNames, values).status());

  const kvs_str_t text_names[] = {sdk::Str("otel_translation_strategy"),
                                  sdk::Str("promote_otel_resource_attributes")};
  auto asked = sdk::Record<kvs_limit_names_t>();
  asked.names = text_names;
  asked.n_names = std::size(text_names);
  sdk::Owned<kvs_limit_texts_t> texts;
  const Status got = sdk::Await(limiter.texts(), call, &asked, texts.out());
  if (!got.ok() && got.code() != StatusCode::kUnimplemented) return got;
  const bool has_texts = got.ok() && texts->n_texts == std::size(text_names);

  Settings out = configured_;
  if (const std::string_view strategy = has_texts ? sdk::View(texts->texts[0]) : "";
      !strategy.empty()) {
    const StatusOr<Strategy> parsed = StrategyOf(strategy);
    if (parsed.ok()) {
      out.strategy = *parsed;
    } else {
      log_.Error("the otel_translation_strategy of a tenant cannot be used",
                 {{"user", call.tenant()}, {"error", parsed.status().message()}});
    }
  }
  // The strategy says how names are kept, and this switch, which is older, whether they get units.
  Set(values[kSuffixes], &out.strategy.suffixes);
  out.labels.escape = out.strategy.escape;
  if (const std::string_view promoted = has_texts ? sdk::View(texts->texts[1]) : "";
      !promoted.empty()) {
    out.promoted = SplitNames(promoted);
    out.promote_all = false;
    out.not_promoted.clear();
  }
  Set(values[kKeepIdentifying], &out.keep_identifying);
  Set(values[kCustomBuckets], &out.custom_buckets);
  Set(values[kPromoteScope], &out.promote_scope);
  Set(values[kUnderscoreSanitization], &out.labels.prefix_underscore);
  Set(values[kMultipleUnderscores], &out.labels.keep_underscores);
  if (values[kNativeDelta] > 0) out.delta = DeltaMode::kNative;
  if (values[kNativeDelta] == 0 && out.delta == DeltaMode::kNative) out.delta = DeltaMode::kRefuse;
  return out;
}

}  // namespace kvs::ingest::otlp
