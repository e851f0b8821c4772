// SPDX-License-Identifier: Apache-2.0
// RouteLabels: the labels that a route of Alertmanager gives the groups of its alerts. Their values
// are templates that see the data of a notification, and each other
// (https://prometheus.io/docs/alerting/latest/configuration/#route):
//
//   labels:
//     reason: '{{ .GroupLabels.alertname }}'
//     description: 'firing ({{ routeLabels "reason" }})'
//
// All of a route are rendered in one execution, so that they share its limits, and each once.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/gotemplate/alertmanager.h"
#include "kvs/gotemplate/template.h"

namespace kvs::gotemplate {

/// Immutable. [any]
class RouteLabels {
 public:
  /// `set` has what they may call: AlertmanagerFunctions(), and the templates of the tenant.
  RouteLabels(const TemplateSet& set, const std::map<std::string, std::string>& labels);

  struct Rendered {
    std::vector<std::pair<std::string, std::string>> labels;  ///< Sorted by name.
    std::vector<std::pair<std::string, Status>> failed;       ///< Those that are left out, and why.
  };
  /// Of a group with this data; its route_labels and reason do not count.
  Rendered Render(NotificationData data) const;

 private:
  class Resolver;

  TemplateSet set_;
  const std::map<std::string, std::string> labels_;
  std::map<std::string, Status, std::less<>> unreadable_;  // Those that are no templates.
};

}  // namespace kvs::gotemplate
