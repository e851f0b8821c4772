// SPDX-License-Identifier: Apache-2.0
// How deliveries go about: a few at a time over each way, again after a pause that grows while they
// fail, until they arrive or the next flush of their group is due. What has arrived is logged.
#include <algorithm>
#include <utility>

#include "kvs/base/quote.h"

#include "tenant.h"

namespace kvs::alertmanager {
namespace {

constexpr std::string_view kRateLimited = "notification-rate-limit";  // A reason of the port.
constexpr uint32_t kRunningMax = 16;  // Deliveries over one way at once.
// Alertmanager's: half a second, half as much again each time, a minute at most, give or take half.
constexpr int64_t kBackoffMs = 500;
constexpr int64_t kBackoffMaxMs = 60'000;
constexpr int64_t kBusyMs = 200;  // Until somebody else's delivery of the same is looked at again.

std::string_view ReasonOf(const Status& status) {
  if (status.reason() == kRateLimited) return "rateLimited";
  switch (status.code()) {
    case StatusCode::kCancelled:
      return "contextCanceled";
    case StatusCode::kDeadlineExceeded:
      return "contextDeadlineExceeded";
    case StatusCode::kInvalidArgument:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated:
    case StatusCode::kNotFound:
      return "clientError";
    case StatusCode::kUnavailable:
    case StatusCode::kInternal:
      return "serverError";
    default:
      return "other";
  }
}

}  // namespace

void Tenant::Enqueue(DeliveryPtr delivery) {
  ways_[delivery->way.Text()].waiting.push_back(std::move(delivery));
}

std::vector<DeliveryPtr> Tenant::TakeReady(const std::string& way) {
  std::vector<DeliveryPtr> out;
  const auto found = ways_.find(way);
  if (found == ways_.end() || stopping_) return out;
  WayQueue& queue = found->second;
  while (queue.n_running < kRunningMax && !queue.waiting.empty()) {
    DeliveryPtr delivery = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    if (!telling_.insert(delivery->log_key).second) {
      // One that was begun under the configuration before: what it arrives with is news no more.
      retries_.emplace(host_.clock().NowMs() + kBusyMs, std::move(delivery));
      continue;
    }
    const LogEntryPtr last = log_.Find(delivery->log_key);
    const FlushUnderWay& under_way = *delivery->flush;
    // By another replica, or under the configuration before; also between two attempts.
    const bool told_since =
        last != nullptr && (delivery->waits_for_others || last->told_ms > under_way.flush.now_ms);
    // What another one told while this waited may be the end of what this has found to fire.
    if (told_since &&
        ((last->told_ms > under_way.flush.now_ms && IsOutdated(*last, delivery->told)) ||
         NewsOf(last.get(), delivery->told, delivery->integration->send_resolved,
                under_way.flush.group->route->options().repeat_interval_ms,
                under_way.flush.now_ms) == News::kNone)) {
      telling_.erase(delivery->log_key);
      Finish(delivery, true);
      continue;
    }
    ++queue.n_running;
    ++n_running_;
    out.push_back(std::move(delivery));
  }
  return out;
}

void Tenant::StartAll(const std::vector<DeliveryPtr>& deliveries) {
  for (const DeliveryPtr& delivery : deliveries) Attempt(delivery);
}

void Tenant::Attempt(const DeliveryPtr& delivery) {
  const auto end = [self = shared_from_this(), delivery](const Status& status) {
    self->host_.executor().PostWorker(
        [self, delivery, status] { self->OnAttempt(delivery, status); });
  };
  if (delivery->alerts.empty()) return end(OkStatus());  // The log alone has to know.
  const int64_t left_ms = delivery->flush->flush.deadline_ms - host_.clock().NowMs();
  if (left_ms <= 0) {
    return end(delivery->last_error.ok()
                   ? Status(StatusCode::kDeadlineExceeded, "the next flush of the group is due")
                   : delivery->last_error);
  }
  const sdk::NotifierRef* const notifier = environment_.notifiers->Find(delivery->way.integration);
  if (notifier == nullptr) {
    return end(FailedPrecondition(delivery->way.integration,
                                  "_configs is not served here: no "
                                  "notifier for it is wired"));
  }
  std::call_once(delivery->flush->labelled, [&] {
    const Flush& flush = delivery->flush->flush;
    delivery->flush->route_labels =
        RouteLabelsOf(*delivery->config, *flush.group, flush.alerts, flush.now_ms);
  });
  ++delivery->attempts;
  delivery->attempt_began_ns = host_.clock().MonotonicNs();
  delivery->Start(*notifier, name_, environment_.config->external_url, environment_.stop, left_ms,
                  end);
}

Pairs Tenant::RouteLabelsOf(const TenantConfig& config, const Group& group,
                            const std::vector<AlertPtr>& alerts, int64_t now_ms) const {
  const gotemplate::RouteLabels* const labels = config.LabelsOf(*group.route);
  if (labels == nullptr) return {};
  gotemplate::RouteLabels::Rendered rendered =
      labels->Render(DataOf(group, alerts, now_ms, environment_.config->external_url));
  for (const auto& [name, why] : rendered.failed) {
    host_.log().Warn(
        "a label of a route cannot be rendered, and is left out",
        {{"tenant", name_}, {"group", group.key}, {"label", name}, {"error", why.message()}});
  }
  return std::move(rendered.labels);
}

void Tenant::OnAttempt(const DeliveryPtr& delivery, const Status& status) {
  const std::string& integration = delivery->way.integration;
  if (delivery->attempt_began_ns != 0) {
    const Metrics& metrics = *environment_.metrics;
    metrics.requests.With({name_, integration}).Add();
    if (!status.ok()) metrics.requests_failed.With({name_, integration}).Add();
    metrics.latency.With({name_, integration})
        .Observe(static_cast<double>(host_.clock().MonotonicNs() -
                                     std::exchange(delivery->attempt_began_ns, 0)) /
                 1e9);
  }
  if (status.ok()) Log(delivery);
  const Next next = Decide(delivery, status);
  if (next == Next::kGiveUp) GiveUp(*delivery, status);
  if (next == Next::kRetryAndSay) {
    host_.log().Warn("a notification failed, and is tried again",
                     {{"tenant", name_},
                      {"receiver", delivery->way.Text()},
                      {"group", delivery->flush->flush.group->key},
                      {"error", status.message()}});
  }
  std::vector<DeliveryPtr> ready;
  {
    const MutexLock lock(mutex_);
    const std::string way = delivery->way.Text();
    --ways_[way].n_running;
    ready = TakeReady(way);
    UpdateDue();
    EndWork();  // Last of all: who waits for it may end this.
  }
  StartAll(ready);
}

Tenant::Next Tenant::Decide(const DeliveryPtr& delivery, const Status& status) {
  const MutexLock lock(mutex_);
  telling_.erase(delivery->log_key);
  const int64_t now_ms = host_.clock().NowMs();
  const int64_t deadline_ms = delivery->flush->flush.deadline_ms;
  if (status.ok()) {
    Finish(delivery, true);
    return Next::kDone;
  }
  if (!status.retryable() || stopping_ || delivery->flush->generation != generation_ ||
      now_ms >= deadline_ms) {
    Finish(delivery, false);
    return Next::kGiveUp;
  }
  int64_t& backoff_ms = delivery->backoff_ms;
  backoff_ms = backoff_ms == 0 ? kBackoffMs : std::min(backoff_ms + backoff_ms / 2, kBackoffMaxMs);
  const int64_t pause_ms =
      backoff_ms / 2 + static_cast<int64_t>(random_() % static_cast<uint64_t>(backoff_ms + 1));
  retries_.emplace(
      std::min(now_ms + std::max<int64_t>(pause_ms, status.retry_after_ms()), deadline_ms),
      delivery);
  const bool same =
      !delivery->last_error.ok() && delivery->last_error.message() == status.message();
  delivery->last_error = status;
  return same ? Next::kRetry : Next::kRetryAndSay;
}

// A receiver that was told and a log that does not know would be told again after a restart.
void Tenant::Log(const DeliveryPtr& delivery) {
  auto entry = std::make_shared<LogEntry>();
  entry->group_key = delivery->flush->flush.group->key;
  entry->way = delivery->way;
  entry->firing = delivery->told.firing;
  entry->resolved = delivery->told.resolved;
  entry->memory = delivery->alerts.empty() ? delivery->memory : delivery->TakeMemory();
  FullState spread;
  {
    const MutexLock lock(mutex_);
    // After what was told before, also where that was by a clock which is ahead of this one: or the
    // others, and this one after a restart, would take it for the last word.
    const LogEntryPtr last = log_.Find(delivery->log_key);
    const int64_t now_ms = host_.clock().NowMs();
    entry->told_ms = last == nullptr ? now_ms : std::max(now_ms, last->told_ms + 1);
    entry->expires_ms = log_.ExpiryOf(
        entry->told_ms, delivery->flush->flush.group->route->options().repeat_interval_ms);
    for (const AlertPtr& alert : delivery->flush->flush.alerts) {
      if (alert->ResolvedAt(delivery->flush->flush.now_ms))
        spread.ends.push_back(alerts_.EndOf(*alert));
    }
  }
  {
    StateChanges changes;
    changes.Set(*entry);
    const MutexLock writing(writing_);
    IgnoreError(Persist(changes), "counted and logged; who was told was told");
    const MutexLock lock(mutex_);
    log_.Set(entry);
    changed_ = true;
  }
  spread.entries.push_back(std::move(entry));
  environment_.replicas->Spread(name_, std::move(spread));
}

void Tenant::Finish(const DeliveryPtr& delivery, bool delivered) {
  FlushUnderWay& under_way = *delivery->flush;
  if (!delivered) under_way.failed = true;
  if (--under_way.n_open > 0) return;
  // The groups of an earlier configuration are gone.
  if (under_way.generation == generation_)
    running_->dispatcher.End(under_way.flush, !under_way.failed);
}

void Tenant::GiveUp(const Delivery& delivery, const Status& status) {
  const Metrics& metrics = *environment_.metrics;
  const std::string& integration = delivery.way.integration;
  metrics.notifications_failed.With({name_, integration, ReasonOf(status)}).Add();
  if (status.reason() == kRateLimited) metrics.rate_limited.With({name_, integration}).Add();
  host_.log().Error("a notification was given up", {{"tenant", name_},
                                                    {"receiver", delivery.way.Text()},
                                                    {"group", delivery.flush->flush.group->key},
                                                    {"attempts", StrCat(delivery.attempts)},
                                                    {"error", status.message()}});
}

}  // namespace kvs::alertmanager
