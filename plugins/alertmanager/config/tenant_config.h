// SPDX-License-Identifier: Apache-2.0
// TenantConfig: the Alertmanager configuration of a tenant with its templates, read and checked;
// and the two shapes in which people send it: Mimir's, and Alertmanager's own file.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/alerting/config.h"
#include "kvs/alerting/route.h"
#include "kvs/base/status.h"
#include "kvs/gotemplate/route_labels.h"

namespace kvs::alertmanager {

/// As it is stored: texts.
struct StoredConfig {
  std::string yaml;  ///< Alertmanager's file; empty: the fallback is to be used.
  std::map<std::string, std::string> templates;  ///< Texts by file name.

  friend bool operator==(const StoredConfig&, const StoredConfig&) = default;
};

/// alertspb.AlertConfigDesc, as Mimir keeps it in alerts/TENANT.
std::string EncodeConfig(std::string_view tenant, const StoredConfig& config);
/// DataLoss for bytes that are no such message. [any]
StatusOr<StoredConfig> DecodeConfig(std::string_view bytes);

/// What a POST brings: {template_files, alertmanager_config}, or Alertmanager's file as it is.
/// InvalidArgument. [any]
StatusOr<StoredConfig> ParseBody(std::string_view body);
/// What a GET answers: template_files and alertmanager_config, as YAML.
std::string FormatBody(const StoredConfig& config);

/// Immutable. [any]
class TenantConfig {
 public:
  /// InvalidArgument in Alertmanager's words. A template that is no plain file name is refused;
  /// settings that name files of the server are for notifiers to judge, who alone would read them.
  /// `now_ms` is what templates of route labels take for now.
  static StatusOr<std::shared_ptr<const TenantConfig>> Make(StoredConfig stored,
                                                            std::function<int64_t()> now_ms);

  const StoredConfig& stored() const { return stored_; }
  /// The file, without its secrets.
  const std::string& public_yaml() const { return public_yaml_; }
  const alerting::Config& config() const { return config_; }
  const alerting::Route& root() const { return *root_; }
  /// Names and texts of those that `templates` of the configuration asks for, in its order.
  const std::vector<std::pair<std::string, std::string>>& templates() const { return templates_; }
  /// Null for a route without any.
  const gotemplate::RouteLabels* LabelsOf(const alerting::Route& route) const;

 private:
  Status ReadRouteLabels(std::function<int64_t()> now_ms);

  StoredConfig stored_;
  std::string public_yaml_;
  alerting::Config config_;
  std::unique_ptr<const alerting::Route> root_;
  std::vector<std::pair<std::string, std::string>> templates_;
  std::map<const alerting::Route*, gotemplate::RouteLabels> route_labels_;
};
using TenantConfigPtr = std::shared_ptr<const TenantConfig>;

}  // namespace kvs::alertmanager
