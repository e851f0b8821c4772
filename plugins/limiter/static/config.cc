// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "limit_values.h"

namespace kvs::limiter::static_limits {
namespace {

// How some write `limits` of the file's own name.
constexpr char kFileInLimits[] = "overrides_config_file";

}  // namespace

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"limits", &Config::limits,
       "Limits of every tenant by their Mimir names, eg: ingestion_rate = \"10000\"; "
       "overrides_config_file among them is another name of overrides_file"},
      {"overrides_file", &Config::overrides_file,
       "YAML with limits of single tenants, in Mimir's form (overrides: tenant: name: value); read "
       "again when it changes"},
      {"runtime_config.file", &Config::runtime_config_file, "Mimir's name of overrides_file"},
      {"reload_period",
       &Config::reload_period,
       "How often the file and the kv store are looked at",
       {.minimum = 10, .maximum = 86'400'000}},
      {"kv_prefix", &Config::kv_prefix, "How keys of limits set over HTTP begin in the kv store"}};
  return kSchema;
}

std::string Config::OverridesFile() const {
  if (!overrides_file.empty()) return overrides_file;
  if (!runtime_config_file.empty()) return runtime_config_file;
  const auto found = limits.find(kFileInLimits);
  return found == limits.end() ? "" : found->second;
}

Status Config::Validate() const {
  const std::string file = OverridesFile();
  for (const auto& [name, value] : limits) {
    if (name == kFileInLimits) {
      if (value != file)
        return InvalidArgument("two overrides files are given: ", file, " and ", value);
      continue;
    }
    LimitSet unused;
    KVS_RETURN_IF_ERROR(SetLimit(name, value, &unused));
  }
  if (!runtime_config_file.empty() && runtime_config_file != file)
    return InvalidArgument("two overrides files are given: ", file, " and ", runtime_config_file);
  return OkStatus();
}

}  // namespace kvs::limiter::static_limits
