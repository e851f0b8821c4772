// SPDX-License-Identifier: Apache-2.0
// The states of an alerting rule's alerts: inactive, pending, firing, and resolved. Pure: it is
// told what the expression gave and what time it is, and says what to write and what to send. The
// rules are those of Prometheus.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"

namespace kvs::rules {

enum class AlertState : uint8_t { kInactive, kPending, kFiring };
/// "inactive", "pending", "firing"
std::string_view AlertStateName(AlertState state);

struct Alert {
  model::Labels labels;  ///< alertname included.
  model::Labels annotations;
  double value = 0;
  AlertState state = AlertState::kPending;
  // Unix milliseconds; 0: never.
  int64_t active_at_ms = 0;
  int64_t fired_at_ms = 0;
  int64_t resolved_at_ms = 0;
  int64_t keep_firing_since_ms = 0;
  int64_t last_sent_ms = 0;
  int64_t valid_until_ms = 0;
};

/// A float sample that a rule gives.
struct OutputSample {
  model::Labels labels;
  double value = 0;
};

class AlertSet {
 public:
  struct Timing {
    int64_t for_ms = 0;
    int64_t keep_firing_for_ms = 0;
    int64_t limit = 0;  ///< Pending and firing alerts; 0: any.
  };

  /// One element of what the expression gave, with labels and annotations expanded. `source`
  /// identifies it: the labels of the element as the query gave it.
  struct Element {
    model::Labels source;
    model::Labels labels;
    model::Labels annotations;
    double value = 0;
  };

  /// Moves every alert on. FailedPrecondition when two elements end with the same labels, or there
  /// are more than the limit: then all alerts are forgotten.
  Status Update(int64_t now_ms, std::vector<Element> elements, const Timing& timing);

  /// ALERTS and ALERTS_FOR_STATE of what is pending or firing.
  void AppendSamples(std::vector<OutputSample>& out) const;

  /// Those to be sent now, marked as sent: firing ones every `resend_delay_ms`, resolved ones for a
  /// while.
  std::vector<Alert> TakeUnsent(int64_t now_ms, int64_t resend_delay_ms, int64_t interval_ms);

  /// Pending, firing; with `resolved`, also those kept to be sent as resolved. In the order of
  /// their labels.
  std::vector<Alert> List(bool resolved = false) const;
  AlertState state() const;  ///< The highest of any.
  bool empty() const { return alerts_.empty(); }

  /// After a start: alerts that were pending go on where they were. `last` finds ALERTS_FOR_STATE
  /// of an alert.
  struct LastState {
    int64_t sample_ms = 0;
    double active_at_s = 0;
  };
  template <typename Find>
  void Restore(int64_t now_ms, int64_t for_ms, int64_t grace_ms, Find find) {
    for (auto& [source, alert] : alerts_) {
      const LastState* const last = find(alert.labels);
      if (last != nullptr) RestoreOne(alert, *last, now_ms, for_ms, grace_ms);
    }
  }

 private:
  static void RestoreOne(Alert& alert, const LastState& last, int64_t now_ms, int64_t for_ms,
                         int64_t grace_ms);
  std::map<model::Labels, Alert> alerts_;  // By source.
};

}  // namespace kvs::rules
