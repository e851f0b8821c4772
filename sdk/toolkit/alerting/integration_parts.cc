// SPDX-License-Identifier: Apache-2.0
#include "integration_parts.h"

#include <string>

namespace kvs::alerting {

Status AtMostOne(const YAML::Node& table, const char* one, const char* other) {
  if (!IsSet(table, one) || !IsSet(table, other)) return OkStatus();
  return InvalidArgument("at most one of ", one, " & ", other, " must be configured");
}

Status OneOf(const YAML::Node& table, const char* one, const char* other) {
  if (!IsSet(table, one) && !IsSet(table, other))
    return InvalidArgument("one of ", one, " or ", other, " must be configured");
  return AtMostOne(table, one, other);
}

void Inherit(YAML::Node settings, const char* field, const YAML::Node& global,
             const char* global_field, const char* fallback) {
  if (const YAML::Node own = settings[field]; own && !own.IsNull()) return;
  const YAML::Node from = global && global.IsMap() ? global[global_field] : YAML::Node();
  if (from && !from.IsNull()) {
    settings[field] = from;
  } else if (fallback != nullptr) {
    settings[field] = fallback;
  }
}

void InheritSecret(YAML::Node settings, const char* field, const char* file,
                   const YAML::Node& global, const char* global_field, const char* global_file) {
  if (IsSet(settings, field) || IsSet(settings, file)) return;
  Inherit(settings, field, global, global_field);
  Inherit(settings, file, global, global_file);
}

Status InheritHttp(YAML::Node settings, const YAML::Node& global) {
  Inherit(settings, "http_config", global, "http_config");
  return CheckHttpConfig(settings["http_config"]);
}

void EndWithSlash(YAML::Node settings, const char* field) {
  const std::string url = TextOf(settings, field);
  if (!url.empty() && !url.ends_with('/')) settings[field] = url + "/";
}

}  // namespace kvs::alerting
