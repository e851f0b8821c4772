// SPDX-License-Identifier: Apache-2.0
#include "dispatcher.h"

#include <algorithm>

#include "kvs/base/str_cat.h"

namespace kvs::alertmanager {
namespace {

// What is to be delivered gets so long at least, however short the interval of the group.
constexpr int64_t kDeliveryMinMs = 10'000;

}  // namespace

void Dispatcher::Unset(const GroupPtr& group) {
  due_.erase({group->due_ms, group});
}

void Dispatcher::SetDue(const GroupPtr& group, int64_t due_ms) {
  if (!group->flushing) Unset(group);
  group->due_ms = due_ms;
  if (!group->flushing) due_.emplace(due_ms, group);
}

bool Dispatcher::Insert(const AlertPtr& alert, int64_t now_ms, int64_t max_groups) {
  bool all = true;
  for (const alerting::Route* route : root_.Match(alert->labels)) {
    model::Labels labels = route->GroupLabels(alert->labels);
    auto& groups = groups_[route];
    const auto found = groups.find(labels.encoded());
    GroupPtr group;
    const int64_t wait_ms = route->options().group_wait_ms;
    if (found != groups.end()) {
      group = found->second;
    } else if (max_groups > 0 && static_cast<int64_t>(n_groups_) >= max_groups) {
      all = false;
      continue;
    } else {
      group = std::make_shared<Group>();
      group->route = route;
      group->key = StrCat(route->Key(), ":", labels.ToString());
      group->labels = std::move(labels);
      groups.emplace(group->labels.encoded(), group);
      ++n_groups_;
      SetDue(group, now_ms + wait_ms);
    }
    group->alerts[alert->fingerprint] = alert;
    // Who has waited elsewhere does not wait again: an alert that is told anew after a restart.
    if (!group->flushed && alert->starts_ms + wait_ms < now_ms) SetDue(group, now_ms);
  }
  return all;
}

std::vector<Flush> Dispatcher::TakeDue(int64_t now_ms) {
  std::vector<Flush> out;
  while (!due_.empty() && due_.begin()->first <= now_ms) {
    const GroupPtr group = due_.begin()->second;
    due_.erase(due_.begin());
    const int64_t interval_ms = group->route->options().group_interval_ms;
    // Counted from when it was due, not from when somebody looked: the rhythm does not drift, and
    // who looked a moment late does not see the interval of repetition pass a moment early.
    const int64_t at_ms = group->due_ms + interval_ms > now_ms ? group->due_ms : now_ms;
    group->flushed = true;
    group->flushing = !group->alerts.empty();
    group->due_ms = at_ms + interval_ms;
    if (!group->flushing) {
      due_.emplace(group->due_ms, group);
      continue;
    }
    Flush flush;
    flush.group = group;
    flush.now_ms = at_ms;
    flush.deadline_ms = now_ms + std::max(interval_ms, kDeliveryMinMs);
    flush.alerts.reserve(group->alerts.size());
    for (const auto& [fingerprint, alert] : group->alerts) flush.alerts.push_back(alert);
    std::sort(flush.alerts.begin(), flush.alerts.end(),
              [](const AlertPtr& a, const AlertPtr& b) { return NotifiedBefore(*a, *b); });
    out.push_back(std::move(flush));
  }
  return out;
}

void Dispatcher::End(const Flush& flush, bool delivered) {
  Group& group = *flush.group;
  group.flushing = false;
  if (delivered) {
    for (const AlertPtr& alert : flush.alerts) {
      if (!alert->ResolvedAt(flush.now_ms)) continue;
      const auto found = group.alerts.find(alert->fingerprint);
      if (found != group.alerts.end() && found->second == alert) group.alerts.erase(found);
    }
  }
  if (!group.removed) due_.emplace(group.due_ms, flush.group);
}

void Dispatcher::RemoveEmpty() {
  for (auto at = groups_.begin(); at != groups_.end();) {
    std::erase_if(at->second, [this](const auto& item) {
      const GroupPtr& group = item.second;
      if (!group->alerts.empty() || group->flushing) return false;
      Unset(group);
      group->removed = true;
      --n_groups_;
      return true;
    });
    at = at->second.empty() ? groups_.erase(at) : std::next(at);
  }
}

std::vector<GroupPtr> Dispatcher::Groups() const {
  std::vector<GroupPtr> out;
  out.reserve(n_groups_);
  for (const auto& [route, groups] : groups_) {
    for (const auto& [labels, group] : groups) out.push_back(group);
  }
  std::sort(out.begin(), out.end(), [](const GroupPtr& a, const GroupPtr& b) {
    if (a->labels != b->labels) return LabelsBefore(a->labels, b->labels);
    const std::string& receiver_a = a->route->options().receiver;
    const std::string& receiver_b = b->route->options().receiver;
    return receiver_a != receiver_b ? receiver_a < receiver_b
                                    : a->route->index() < b->route->index();
  });
  return out;
}

}  // namespace kvs::alertmanager
