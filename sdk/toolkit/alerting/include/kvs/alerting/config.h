// SPDX-License-Identifier: Apache-2.0
// Config: an Alertmanager's configuration file, read and checked
// (https://prometheus.io/docs/alerting/latest/configuration/). What the global section says is
// filled in where it holds, so who delivers a notification needs the receiver's settings alone.
//
//   KVS_ASSIGN_OR_RETURN(Config config, ParseConfig(text));
//   const Route tree = Route::Make(config.route);
//   for (const Route* route : tree.Match(labels)) ... route->options().receiver ...
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/alerting/matchers.h"
#include "kvs/alerting/time_interval.h"
#include "kvs/base/status.h"

namespace kvs::alerting {

/// A node of the routing tree as written; what is not there is inherited.
struct RouteConfig {
  std::string receiver;
  std::optional<std::vector<std::string>> group_by;  ///< Without "...".
  bool group_by_all = false;                         ///< "..." stood in group_by.
  Matchers matchers;                                 ///< Of match, match_re and matchers, sorted.
  std::vector<std::string> mute_time_intervals;
  std::vector<std::string> active_time_intervals;
  bool continues = false;
  std::optional<int64_t> group_wait_ms;
  std::optional<int64_t> group_interval_ms;
  std::optional<int64_t> repeat_interval_ms;
  std::map<std::string, std::string> labels;
  std::vector<RouteConfig> routes;
};

/// While an alert that `source` matches fires, those that `target` matches and that have the same
/// values of `equal` are not told.
struct InhibitRule {
  std::string name;
  Matchers source;
  Matchers target;
  std::vector<std::string> equal;
};

/// One way of reaching a receiver.
struct Integration {
  std::string type;            ///< "webhook", "email", ...
  size_t index = 0;            ///< Among those of its type in the receiver.
  bool send_resolved = false;  ///< Whether the end of an alert is told, too.
  /// A JSON object with Alertmanager's names; defaults and global settings are filled in.
  std::string settings;
};

struct Receiver {
  std::string name;
  std::vector<Integration> integrations;
};

struct NamedIntervals {
  std::string name;
  std::vector<TimeInterval> intervals;
};

struct Config {
  int64_t resolve_timeout_ms = 5 * 60 * 1000;
  RouteConfig route;
  std::vector<InhibitRule> inhibit_rules;
  std::vector<Receiver> receivers;
  std::vector<std::string> templates;
  /// Those of mute_time_intervals and of time_intervals.
  std::vector<NamedIntervals> time_intervals;
  /// Settings that name a file on the server, such as
  /// "receivers.pager.pagerduty_configs.routing_key_file". A server of many tenants refuses them.
  std::vector<std::string> file_settings;

  const Receiver* FindReceiver(std::string_view name) const;
  const NamedIntervals* FindIntervals(std::string_view name) const;
};

/// InvalidArgument in Alertmanager's words, with the line where there is one. Bears any text. [any]
StatusOr<Config> ParseConfig(std::string_view yaml, Syntax syntax = Syntax::kBoth);

/// The file with "<secret>" in place of every secret, as Alertmanager shows it. InvalidArgument for
/// what is no YAML. Bears any text. [any]
StatusOr<std::string> WithoutSecrets(std::string_view yaml);

}  // namespace kvs::alerting
