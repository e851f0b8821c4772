// SPDX-License-Identifier: Apache-2.0
// What /api/v1/status/buildinfo says, in every place where Mimir has one. Grafana recognises Mimir
// by `application`, and switches what it offers by `version` and by features that are the texts
// "true" and "false".
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/str_cat.h"

namespace kvs::http {

struct BuildFeatures {
  bool alertmanager_config_api = false;
};

/// The object `data` of the answer. `version` is our own. [any]
inline std::string BuildInfo(std::string_view version, const BuildFeatures& features) {
  constexpr std::string_view kMimirVersion = "3.1.0";  // Whose API this is.
  return StrCat(
      R"({"application":"Grafana Mimir","version":")", kMimirVersion, R"(","revision":"kvasir-)",
      version, R"(","branch":"kvasir","goVersion":"none","features":{"ruler_config_api":"false",)",
      R"("alertmanager_config_api":")", features.alertmanager_config_api ? "true" : "false",
      R"(","query_sharding":"false","federated_rules":"false"}})");
}

}  // namespace kvs::http
