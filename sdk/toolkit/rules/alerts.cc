// SPDX-License-Identifier: Apache-2.0
#include "kvs/rules/alerts.h"

#include <algorithm>
#include <set>

namespace kvs::rules {
namespace {

// How long resolved alerts are sent.
constexpr int64_t kResolvedRetentionMs = 15 * 60'000;

model::Labels Named(const model::Labels& labels, std::string_view metric, std::string_view state) {
  model::LabelsBuilder builder(labels);
  builder.Set(model::kMetricNameLabel, metric);
  if (!state.empty()) builder.Set("alertstate", state);
  return builder.Build();
}

}  // namespace

std::string_view AlertStateName(AlertState state) {
  switch (state) {
    case AlertState::kInactive:
      return "inactive";
    case AlertState::kPending:
      return "pending";
    case AlertState::kFiring:
      return "firing";
  }
  return "";
}

Status AlertSet::Update(int64_t now_ms, std::vector<Element> elements, const Timing& timing) {
  std::set<std::string_view> seen;
  for (const Element& element : elements) {
    if (!seen.insert(element.labels.encoded()).second) {
      return FailedPrecondition(
          "vector contains metrics with the same labelset after applying alert labels");
    }
  }
  std::set<model::Labels> present;
  for (Element& element : elements) {
    present.insert(element.source);
    Alert& alert = alerts_[element.source];
    alert.annotations = std::move(element.annotations);
    alert.value = element.value;
    if (alert.active_at_ms != 0 && alert.state != AlertState::kInactive) continue;
    // New, or back after it was resolved: begins anew.
    Alert fresh;
    fresh.labels = std::move(element.labels);
    fresh.annotations = std::move(alert.annotations);
    fresh.value = element.value;
    fresh.active_at_ms = now_ms;
    alert = std::move(fresh);
  }
  int64_t n_active = 0;
  for (auto at = alerts_.begin(); at != alerts_.end();) {
    Alert& alert = at->second;
    if (!present.contains(at->first)) {
      bool keep_firing = false;
      if (alert.state == AlertState::kFiring && timing.keep_firing_for_ms > 0) {
        if (alert.keep_firing_since_ms == 0) alert.keep_firing_since_ms = now_ms;
        keep_firing = now_ms - alert.keep_firing_since_ms < timing.keep_firing_for_ms;
      }
      const bool forget =
          alert.state == AlertState::kPending ||
          (alert.resolved_at_ms != 0 && now_ms - alert.resolved_at_ms > kResolvedRetentionMs);
      if (forget) {
        at = alerts_.erase(at);
        continue;
      }
      if (alert.state != AlertState::kInactive && !keep_firing) {
        alert.state = AlertState::kInactive;
        alert.resolved_at_ms = now_ms;
      }
      if (!keep_firing) {
        ++at;
        continue;
      }
    } else {
      alert.keep_firing_since_ms = 0;
    }
    ++n_active;
    if (alert.state == AlertState::kPending && now_ms - alert.active_at_ms >= timing.for_ms) {
      alert.state = AlertState::kFiring;
      alert.fired_at_ms = now_ms;
    }
    ++at;
  }
  if (timing.limit > 0 && n_active > timing.limit) {
    alerts_.clear();
    return FailedPrecondition("exceeded limit of ", timing.limit, " with ", n_active, " alerts");
  }
  return OkStatus();
}

void AlertSet::AppendSamples(std::vector<OutputSample>& out) const {
  for (const auto& [source, alert] : alerts_) {
    if (alert.state == AlertState::kInactive) continue;
    out.push_back({Named(alert.labels, "ALERTS", AlertStateName(alert.state)), 1});
    out.push_back({Named(alert.labels, "ALERTS_FOR_STATE", ""),
                   static_cast<double>(alert.active_at_ms / 1000)});
  }
}

std::vector<Alert> AlertSet::TakeUnsent(int64_t now_ms, int64_t resend_delay_ms,
                                        int64_t interval_ms) {
  std::vector<Alert> out;
  for (auto& [source, alert] : alerts_) {
    if (alert.state == AlertState::kPending) continue;
    const bool just_resolved = alert.resolved_at_ms > alert.last_sent_ms;
    if (!just_resolved && alert.last_sent_ms + resend_delay_ms >= now_ms && alert.last_sent_ms != 0)
      continue;
    alert.last_sent_ms = now_ms;
    // An Alertmanager forgets the alert when four rounds of it are missing.
    alert.valid_until_ms = now_ms + 4 * std::max(interval_ms, resend_delay_ms);
    out.push_back(alert);
  }
  return out;
}

std::vector<Alert> AlertSet::List(bool resolved) const {
  std::vector<Alert> out;
  for (const auto& [source, alert] : alerts_) {
    if (resolved || alert.state != AlertState::kInactive) out.push_back(alert);
  }
  return out;
}

AlertState AlertSet::state() const {
  AlertState highest = AlertState::kInactive;
  for (const auto& [source, alert] : alerts_) highest = std::max(highest, alert.state);
  return highest;
}

void AlertSet::RestoreOne(Alert& alert, const LastState& last, int64_t now_ms, int64_t for_ms,
                          int64_t grace_ms) {
  const int64_t active_at_ms = static_cast<int64_t>(last.active_at_s) * 1000;
  const int64_t remaining_ms = for_ms - (last.sample_ms - active_at_ms);
  if (remaining_ms <= 0) {
    // It fired before; it fires again at the next evaluation.
    alert.active_at_ms = active_at_ms;
  } else if (remaining_ms < grace_ms) {
    // Time to become current again before somebody is woken.
    alert.active_at_ms = now_ms + grace_ms - for_ms;
  } else {
    // The outage does not count.
    alert.active_at_ms = active_at_ms + (now_ms - last.sample_ms);
  }
}

}  // namespace kvs::rules
