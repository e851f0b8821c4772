// SPDX-License-Identifier: Apache-2.0
// Every metric of the plugin, under Mimir's names.
#pragma once

#include <string_view>

#include "kvs/sdk/host.h"

namespace kvs::ruler {

/// The cells of one group. Copies freely.
struct GroupMetrics {
  sdk::Cell evaluations, failures_user, failures_operator, iterations, missed, rules, last_duration,
      last_timestamp, interval, samples;
};

struct Metrics {
  explicit Metrics(const sdk::Metrics& metrics) {
    const auto of_group = {std::string_view("user"), std::string_view("rule_group")};
    evaluations = metrics.CounterFamily("cortex_prometheus_rule_evaluations_total",
                                        "Evaluations of rules", of_group);
    failures =
        metrics.CounterFamily("cortex_prometheus_rule_evaluation_failures_total",
                              "Evaluations of rules that failed", {"user", "rule_group", "reason"});
    iterations =
        metrics.CounterFamily("cortex_prometheus_rule_group_iterations_total",
                              "Iterations of groups that were due, missed ones included", of_group);
    missed = metrics.CounterFamily(
        "cortex_prometheus_rule_group_iterations_missed_total",
        "Iterations that were skipped because the one before took too long", of_group);
    rules = metrics.GaugeFamily("cortex_prometheus_rule_group_rules", "Rules of a group", of_group);
    last_duration = metrics.GaugeFamily("cortex_prometheus_rule_group_last_duration_seconds",
                                        "Duration of the last iteration", of_group);
    last_timestamp =
        metrics.GaugeFamily("cortex_prometheus_rule_group_last_evaluation_timestamp_seconds",
                            "Unix time of the last iteration", of_group);
    interval = metrics.GaugeFamily("cortex_prometheus_rule_group_interval_seconds",
                                   "Interval of a group", of_group);
    samples = metrics.GaugeFamily("cortex_prometheus_last_evaluation_samples",
                                  "Samples that the last iteration gave", of_group);
    evaluation_seconds =
        metrics.HistogramFamily("cortex_prometheus_rule_evaluation_duration_seconds",
                                "Duration of the evaluation of a rule", {"user"},
                                {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60});
    queries = metrics.CounterFamily("cortex_ruler_queries_total",
                                    "Queries of rules and their templates", {"user"});
    queries_failed = metrics.CounterFamily("cortex_ruler_queries_failed_total",
                                           "Queries that failed", {"user", "reason"});
    writes = metrics.CounterFamily("cortex_ruler_write_requests_total", "Writes of what rules gave",
                                   {"user"});
    writes_failed = metrics.CounterFamily("cortex_ruler_write_requests_failed_total",
                                          "Writes that were refused or failed", {"user", "reason"});
    alerts_sent = metrics.CounterFamily("cortex_prometheus_notifications_sent_total", "Alerts sent",
                                        {"user", "alertmanager"});
    alert_errors =
        metrics.CounterFamily("cortex_prometheus_notifications_errors_total",
                              "Alerts that an Alertmanager did not take", {"user", "alertmanager"});
    alerts_dropped =
        metrics.CounterFamily("cortex_prometheus_notifications_dropped_total",
                              "Alerts dropped, from a full queue or after an error", {"user"});
    queue_length = metrics.Gauge("cortex_prometheus_notifications_queue_length",
                                 "Alerts that wait to be sent");
    managers = metrics.Gauge("cortex_ruler_managers_total", "Tenants with rules");
    sync_failures = metrics.Counter("kvs_ruler_sync_failures_total",
                                    "Reads of the rules in the store that failed");
  }

  /// `group`: "NAMESPACE;NAME".
  GroupMetrics OfGroup(std::string_view tenant, std::string_view group) const {
    return {evaluations.With({tenant, group}),
            failures.With({tenant, group, "user"}),
            failures.With({tenant, group, "operator"}),
            iterations.With({tenant, group}),
            missed.With({tenant, group}),
            rules.With({tenant, group}),
            last_duration.With({tenant, group}),
            last_timestamp.With({tenant, group}),
            interval.With({tenant, group}),
            samples.With({tenant, group})};
  }
  void RemoveGroup(std::string_view tenant, std::string_view group) const {
    for (const sdk::Family* family : {&evaluations, &failures, &iterations, &missed, &rules,
                                      &last_duration, &last_timestamp, &interval, &samples}) {
      family->Remove({tenant, group});
    }
  }

  sdk::Family evaluations, failures, iterations, missed, rules, last_duration, last_timestamp,
      interval, samples;
  sdk::Family evaluation_seconds, queries, queries_failed, writes, writes_failed, alerts_sent,
      alert_errors, alerts_dropped;
  sdk::Cell queue_length, managers, sync_failures;
};

}  // namespace kvs::ruler
