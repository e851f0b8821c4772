// SPDX-License-Identifier: Apache-2.0
// What a flush of a group goes through, in Alertmanager's order: inhibition, the times at which the
// route is active and those at which it is mute, silences, and then for each integration of the
// receiver: is it news?
#include <algorithm>

#include "tenant.h"

namespace kvs::alertmanager {
namespace {

bool ContainsAny(const alerting::Config& config, const std::vector<std::string>& names,
                 int64_t unix_s, std::vector<std::string>* which) {
  for (const std::string& name : names) {
    const alerting::NamedIntervals* const intervals = config.FindIntervals(name);
    if (intervals == nullptr) continue;
    const bool contains =
        std::any_of(intervals->intervals.begin(), intervals->intervals.end(),
                    [unix_s](const auto& interval) { return interval.Contains(unix_s); });
    if (contains) which->push_back(name);
  }
  return !which->empty();
}

}  // namespace

void Tenant::Begin(Flush flush, int64_t wait_ms, StateChanges* changes) {
  for (const AlertPtr& alert : flush.alerts) {
    if (alert->ResolvedAt(flush.now_ms) && alerts_.NoteResolved(*alert))
      changes->Set(*alert, false);
  }
  std::vector<AlertPtr> alerts = DropInhibited(flush);
  if (!alerts.empty() && OutOfTime(flush, alerts.size())) alerts.clear();
  if (!alerts.empty()) alerts = DropSilenced(flush, alerts);
  if (alerts.empty()) return running_->dispatcher.End(flush, true);
  FanOut(std::move(flush), wait_ms, alerts);
}

std::vector<AlertPtr> Tenant::DropInhibited(const Flush& flush) {
  std::vector<AlertPtr> out;
  out.reserve(flush.alerts.size());
  for (const AlertPtr& alert : flush.alerts) {
    uint64_t by = 0;
    const bool inhibited = running_->inhibitor.Inhibits(alert->labels, flush.now_ms, &by);
    if (AlertStore::Entry* const entry = alerts_.Find(alert->fingerprint); entry != nullptr)
      entry->attention = inhibited ? Attention::kSuppressed : Attention::kActive;
    if (!inhibited) out.push_back(alert);
  }
  if (const size_t n = flush.alerts.size() - out.size(); n > 0)
    environment_.metrics->suppressed.With({name_, "inhibition"}).Add(static_cast<double>(n));
  return out;
}

bool Tenant::OutOfTime(const Flush& flush, size_t n_alerts) {
  const alerting::Config& config = running_->config->config();
  const alerting::RouteOptions& options = flush.group->route->options();
  const int64_t now_s = flush.now_ms / 1000;
  std::vector<std::string>& muted_by = flush.group->muted_by;
  muted_by.clear();
  const char* reason = nullptr;
  std::vector<std::string> active;
  if (!options.active_time_intervals.empty() &&
      !ContainsAny(config, options.active_time_intervals, now_s, &active)) {
    muted_by = options.active_time_intervals;
    reason = "active_time_interval";
  } else if (ContainsAny(config, options.mute_time_intervals, now_s, &muted_by)) {
    reason = "mute_time_interval";
  }
  if (reason == nullptr) return false;
  environment_.metrics->suppressed.With({name_, reason}).Add(static_cast<double>(n_alerts));
  return true;
}

std::vector<AlertPtr> Tenant::DropSilenced(const Flush& flush,
                                           const std::vector<AlertPtr>& alerts) {
  std::vector<AlertPtr> out;
  out.reserve(alerts.size());
  std::vector<std::string> ids;
  for (const AlertPtr& alert : alerts) {
    // An alert that only its group still has is asked about without a memory.
    SilenceMemo none;
    AlertStore::Entry* const entry = alerts_.Find(alert->fingerprint);
    SilenceMemo* const memo = entry == nullptr ? &none : &entry->silences;
    if (!silences_.Silenced(alert->labels, flush.now_ms, memo, &ids)) {
      out.push_back(alert);
    } else if (entry != nullptr) {
      entry->attention = Attention::kSuppressed;
    }
  }
  if (const size_t n = alerts.size() - out.size(); n > 0)
    environment_.metrics->suppressed.With({name_, "silence"}).Add(static_cast<double>(n));
  return out;
}

void Tenant::FanOut(Flush flush, int64_t wait_ms, const std::vector<AlertPtr>& alerts) {
  Told told;
  std::vector<AlertPtr> firing;
  for (const AlertPtr& alert : alerts) {
    const bool resolved = alert->ResolvedAt(flush.now_ms);
    (resolved ? told.resolved : told.firing).push_back(alert->labels.Hash());
    if (!resolved) firing.push_back(alert);
  }
  auto at = alerts.begin();  // They are in the order of the flush.
  for (const AlertPtr& alert : flush.alerts) {
    if (at != alerts.end() && *at == alert) {
      ++at;
    } else {
      told.quiet.push_back(alert->labels.Hash());
    }
  }
  for (std::vector<uint64_t>* const all : {&told.firing, &told.resolved, &told.quiet})
    std::sort(all->begin(), all->end());

  const TenantConfigPtr& config = running_->config;
  // By then whoever told an alert before has told it again.
  told.may_lack_some = environment_.replicas->any() &&
                       flush.now_ms < started_ms_ + config->config().resolve_timeout_ms;
  const alerting::RouteOptions& options = flush.group->route->options();
  const alerting::Receiver* const receiver = config->config().FindReceiver(options.receiver);
  auto under_way = std::make_shared<FlushUnderWay>();
  under_way->generation = generation_;
  const int64_t now_ms = flush.now_ms;
  under_way->flush = std::move(flush);
  under_way->flush.deadline_ms += wait_ms;  // Waiting is not at the expense of telling.
  std::vector<DeliveryPtr> deliveries;
  for (const alerting::Integration& integration : receiver->integrations) {
    auto delivery = std::make_shared<Delivery>();
    delivery->way = {receiver->name, integration.type, static_cast<uint32_t>(integration.index)};
    delivery->log_key = StrCat(under_way->flush.group->key, ":", delivery->way.Text());
    const LogEntryPtr last = log_.Find(delivery->log_key);
    delivery->news =
        NewsOf(last.get(), told, integration.send_resolved, options.repeat_interval_ms, now_ms);
    if (delivery->news == News::kNone) continue;
    delivery->flush = under_way;
    delivery->config = config;
    delivery->integration = &integration;
    delivery->told = told;
    delivery->alerts = integration.send_resolved ? alerts : firing;
    if (last != nullptr) delivery->memory = last->memory;
    deliveries.push_back(std::move(delivery));
  }
  under_way->n_open = deliveries.size();
  if (deliveries.empty()) return running_->dispatcher.End(under_way->flush, true);
  for (DeliveryPtr& delivery : deliveries) {
    environment_.metrics->notifications.With({name_, delivery->way.integration}).Add();
    if (wait_ms == 0) {
      Enqueue(std::move(delivery));
    } else {
      delivery->waits_for_others = true;
      retries_.emplace(now_ms + wait_ms, std::move(delivery));
    }
  }
}

}  // namespace kvs::alertmanager
