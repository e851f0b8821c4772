// SPDX-License-Identifier: Apache-2.0
// Integrations: the ways of reaching somebody that a receiver may list, each with its settings,
// their defaults, and what Alertmanager refuses.
#pragma once

#include <span>
#include <string_view>

#include <yaml-cpp/yaml.h>

#include "kvs/base/status.h"

#include "fields.h"

namespace kvs::alerting {

struct IntegrationKind {
  const char* key;   ///< In a receiver: "webhook_configs".
  const char* type;  ///< Of the notifier: "webhook".
  Fields fields;
  /// Takes what `global` has for what the settings lack, and refuses what does not go together.
  Status (*complete)(YAML::Node settings, const YAML::Node& global);
};

/// Where an app of Slack takes messages.
inline constexpr const char* kSlackAppUrl = "https://slack.com/api/chat.postMessage";

/// By its key in a receiver; null: there is none.
const IntegrationKind* FindIntegrationKind(std::string_view key);

/// Those of the table "global".
Fields GlobalFields();
/// What may not stand together in it.
Status CheckGlobal(const YAML::Node& global);

/// What may not stand together in a table "http_config".
Status CheckHttpConfig(const YAML::Node& config);

}  // namespace kvs::alerting
