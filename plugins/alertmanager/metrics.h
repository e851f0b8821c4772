// SPDX-License-Identifier: Apache-2.0
// Every metric of the plugin, under Mimir's names.
#pragma once

#include <string_view>

#include "kvs/sdk/host.h"

namespace kvs::alertmanager {

struct Metrics {
  explicit Metrics(const sdk::Metrics& metrics) {
    const auto user = {std::string_view("user")};
    const auto way = {std::string_view("user"), std::string_view("integration")};
    alerts = metrics.GaugeFamily("cortex_alertmanager_alerts", "Alerts that fire, by state",
                                 {"user", "state"});
    alerts_received =
        metrics.CounterFamily("cortex_alertmanager_alerts_received_total", "Alerts received", user);
    alerts_invalid = metrics.CounterFamily("cortex_alertmanager_alerts_invalid_total",
                                           "Alerts received that were refused", user);
    alerts_limited =
        metrics.CounterFamily("cortex_alertmanager_alerts_insert_limited_total",
                              "Alerts received that were more than a limit allows", user);
    alerts_bytes = metrics.GaugeFamily("cortex_alertmanager_alerts_size_bytes",
                                       "Bytes that alerts take, about", user);
    silences = metrics.GaugeFamily("cortex_alertmanager_silences", "Silences, by state",
                                   {"user", "state"});
    log_entries = metrics.GaugeFamily("kvs_alertmanager_nflog_entries",
                                      "Entries of the notification log", user);
    groups = metrics.GaugeFamily("cortex_alertmanager_dispatcher_aggregation_groups",
                                 "Groups of alerts", user);
    groups_limited = metrics.CounterFamily(
        "cortex_alertmanager_dispatcher_aggregation_group_limit_reached_total",
        "Alerts that found no group, because of a limit", user);
    notifications = metrics.CounterFamily("cortex_alertmanager_notifications_total",
                                          "Notifications begun", way);
    notifications_failed =
        metrics.CounterFamily("cortex_alertmanager_notifications_failed_total",
                              "Notifications given up", {"user", "integration", "reason"});
    requests = metrics.CounterFamily("cortex_alertmanager_notification_requests_total",
                                     "Attempts at notifications", way);
    requests_failed =
        metrics.CounterFamily("cortex_alertmanager_notification_requests_failed_total",
                              "Attempts at notifications that failed", way);
    rate_limited = metrics.CounterFamily("cortex_alertmanager_notification_rate_limited_total",
                                         "Notifications dropped by a rate limit", way);
    latency = metrics.HistogramFamily("cortex_alertmanager_notification_latency_seconds",
                                      "Duration of attempts at notifications", way,
                                      {0.1, 0.5, 1, 5, 10, 15, 20});
    suppressed = metrics.CounterFamily(
        "cortex_alertmanager_notifications_suppressed_total",
        "Alerts nobody was told of, by reason: silence, inhibition, or a time interval",
        {"user", "reason"});
    config_successful =
        metrics.GaugeFamily("cortex_alertmanager_config_last_reload_successful",
                            "Whether the tenant's configuration could be used", user);
    tenants_discovered =
        metrics.Gauge("cortex_alertmanager_tenants_discovered", "Tenants with a configuration");
    tenants_owned = metrics.Gauge("cortex_alertmanager_tenants_owned", "Tenants that are running");
    syncs = metrics.Counter("cortex_alertmanager_sync_configs_total",
                            "Looks for configurations in the store");
    syncs_failed = metrics.Counter("cortex_alertmanager_sync_configs_failed_total",
                                   "Looks for configurations in the store that failed");
    replications = metrics.Counter("cortex_alertmanager_state_replication_total",
                                   "States and changes that another replica has taken");
    replications_failed = metrics.Counter("cortex_alertmanager_state_replication_failed_total",
                                          "States and changes that another one has not taken");
    snapshots = metrics.Counter("cortex_alertmanager_state_persist_total",
                                "Snapshots of tenants' states written to the store");
    snapshots_failed = metrics.Counter("cortex_alertmanager_state_persist_failed_total",
                                       "Snapshots that could not be written");
    writes_failed = metrics.Counter("kvs_alertmanager_state_write_failures_total",
                                    "Changes of silences, notification log and alerts that could "
                                    "not be made durable");
  }

  void RemoveTenant(std::string_view tenant) const {
    for (const sdk::Family* family :
         {&alerts, &alerts_received, &alerts_invalid, &alerts_limited, &alerts_bytes, &silences,
          &log_entries, &groups, &groups_limited, &notifications, &notifications_failed, &requests,
          &requests_failed, &rate_limited, &latency, &suppressed, &config_successful}) {
      family->Remove({tenant});
    }
  }

  sdk::Family alerts, alerts_received, alerts_invalid, alerts_limited, alerts_bytes, silences,
      log_entries, groups, groups_limited;
  sdk::Family notifications, notifications_failed, requests, requests_failed, rate_limited, latency,
      suppressed, config_successful;
  sdk::Cell replications, replications_failed;
  sdk::Cell tenants_discovered, tenants_owned, syncs, syncs_failed, snapshots, snapshots_failed,
      writes_failed;
};

}  // namespace kvs::alertmanager
