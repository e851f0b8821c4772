// SPDX-License-Identifier: Apache-2.0
// Templates of notifications: the functions that Alertmanager gives them, and the data they see,
// with its methods.
//
//   TemplateSet set(AlertmanagerFunctions(now));
//   KVS_RETURN_IF_ERROR(set.Parse("mine.tmpl", text));
//   KVS_ASSIGN_OR_RETURN(std::string subject, set.ExecuteText("{{ .CommonLabels.alertname }}",
//   NotificationValue(data)));
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/gotemplate/template.h"

namespace kvs::gotemplate {

/// `now_ms` is what `since` counts from. [any]
std::shared_ptr<const Functions> AlertmanagerFunctions(std::function<int64_t()> now_ms);

/// One alert, as templates see it.
struct NotifiedAlert {
  std::string status;  ///< "firing" or "resolved"
  std::vector<std::pair<std::string, std::string>> labels, annotations;
  int64_t starts_ms = 0;
  int64_t ends_ms = 0;  ///< 0: no time.
  std::string generator_url;
  std::string fingerprint;
};

/// What a notification is about.
struct NotificationData {
  std::string receiver;  ///< QuoteMeta() of its name: it goes into links that take an expression.
  std::string status, external_url;
  std::vector<std::pair<std::string, std::string>> group_labels, common_labels, common_annotations;
  std::vector<NotifiedAlert> alerts;
  std::string reason;  ///< Why it is told now: "first notification".
  std::vector<std::pair<std::string, std::string>> route_labels;  ///< Rendered.
};

/// Fills in what follows from the alerts: status, common labels and annotations. [any]
void Summarize(NotificationData* data);
/// regexp.QuoteMeta of Go. [any]
std::string QuoteMeta(std::string_view text);

/// Receiver, Status, Alerts (Firing, Resolved), NotificationReason, GroupLabels, CommonLabels,
/// CommonAnnotations, RouteLabels (SortedPairs, Remove, Names, Values), ExternalURL. [any]
Value NotificationValue(const NotificationData& data);

}  // namespace kvs::gotemplate
