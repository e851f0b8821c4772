// SPDX-License-Identifier: Apache-2.0
// Dispatcher: sorts alerts into groups by the routing tree, and says when which group is to be
// told.
//
// A group waits group_wait after its first alert, then is flushed every group_interval, whether or
// not there is news: whether there is, the notification log decides later. A flush that is still
// being delivered when the next is due holds that one up. Time comes from outside. Not
// synchronised.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kvs/alerting/route.h"

#include "state/alert.h"

namespace kvs::alertmanager {

/// Alerts that are told together.
struct Group {
  const alerting::Route* route = nullptr;
  model::Labels labels;
  std::string key;                                ///< {}/{team="db"}:{alertname="DiskFull"}
  std::unordered_map<uint64_t, AlertPtr> alerts;  ///< By fingerprint.
  /// Names of the time intervals that keep it quiet, as of its last flush.
  std::vector<std::string> muted_by;

  int64_t due_ms = 0;     ///< Of the next flush.
  bool flushed = false;   ///< Ever.
  bool flushing = false;  ///< A flush is being delivered.
  bool removed = false;
};
using GroupPtr = std::shared_ptr<Group>;

/// One telling of a group.
struct Flush {
  GroupPtr group;
  std::vector<AlertPtr> alerts;  ///< In the order of a notification.
  int64_t now_ms = 0;            ///< Which of them are resolved, is as of then.
  int64_t deadline_ms = 0;       ///< Deliveries end by then.
};

class Dispatcher {
 public:
  /// `root` outlives it.
  explicit Dispatcher(const alerting::Route& root) : root_(root) {}

  /// Puts an alert into the groups of its routes. False when it needed a group more than
  /// `max_groups` (0: any).
  bool Insert(const AlertPtr& alert, int64_t now_ms, int64_t max_groups);

  /// The groups that are due. Each is being flushed until End(). A group without alerts is not
  /// among them.
  std::vector<Flush> TakeDue(int64_t now_ms);
  /// A flush has been delivered, or has failed: what was told of as resolved leaves the group,
  /// unless it has been told anew meanwhile.
  void End(const Flush& flush, bool delivered);
  /// When the next group is due; INT64_MAX: none.
  int64_t NextDueMs() const { return due_.empty() ? INT64_MAX : due_.begin()->first; }

  /// Removes groups without alerts, as Alertmanager does every 30 s.
  void RemoveEmpty();

  /// In the order of the API: by labels, then by receiver.
  std::vector<GroupPtr> Groups() const;
  size_t size() const { return n_groups_; }

 private:
  void SetDue(const GroupPtr& group, int64_t due_ms);
  void Unset(const GroupPtr& group);

  const alerting::Route& root_;
  /// By route and then by the labels' bytes.
  std::unordered_map<const alerting::Route*, std::unordered_map<std::string, GroupPtr>> groups_;
  size_t n_groups_ = 0;
  std::set<std::pair<int64_t, GroupPtr>> due_;  // Without those that are being flushed.
};

}  // namespace kvs::alertmanager
