// SPDX-License-Identifier: Apache-2.0
#include "tracker.h"

#include <algorithm>
#include <chrono>

#include "kvs/sdk/owned.h"

namespace kvs::sink::ha_dedup {
namespace {

constexpr int64_t kWatchMs = 30'000;
constexpr int64_t kRetryMs = 1'000;
constexpr int64_t kRefreshPeriodMs = 1'000;
constexpr int64_t kKvTimeoutMs = 10'000;
constexpr int kTries = 5;
// Separates tenant and cluster in keys: no tenant has it.
constexpr char kSeparator = '/';

}  // namespace

Tracker::Tracker(sdk::Host host, const Config& config, const Metrics& metrics)
    : config_(config), metrics_(metrics), host_(host), clock_(host.clock()), log_(host.log()) {}

void Tracker::Start(sdk::KvRef kv) {
  kv_ = kv;
  watch_ = [this] { Watch(); };
  watcher_ = host_.executor().StartThread("ha-watch", &watch_);
  refresh_ = [this] {
    std::vector<Key> due;
    {
      const int64_t now = clock_.NowMs();
      const std::lock_guard lock(mutex_);
      for (auto at = groups_.begin(); at != groups_.end();) {
        Group& group = at->second;
        if (now - std::max(group.elected.received_ms, group.heard_ms) > config_.forget_after.ms) {
          // The kv store forgets it by itself.
          if (--groups_of_[at->first.first] == 0) groups_of_.erase(at->first.first);
          metrics_.elected_seconds.Remove({at->first.first, at->first.second});
          at = groups_.erase(at);
          continue;
        }
        if (group.heard_ms > group.elected.received_ms && now >= group.refresh_ms &&
            !group.refreshing) {
          group.refreshing = true;
          due.push_back(at->first);
        }
        ++at;
      }
    }
    for (const Key& key : due) Refresh(key);
  };
  refresh_ticket_ = host_.timer().After(kRefreshPeriodMs, kRefreshPeriodMs, &refresh_);
}

void Tracker::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_.Cancel();
  }
  stopping_.notify_all();
  host_.timer().Cancel(std::exchange(refresh_ticket_, 0));
  if (watcher_ != nullptr) host_.executor().JoinThread(std::exchange(watcher_, nullptr));
}

std::string Tracker::KvKey(std::string_view tenant, std::string_view cluster) const {
  return StrCat(config_.kv_prefix, tenant, kSeparator, cluster);
}

int64_t Tracker::NextRefresh(int64_t now_ms) {
  random_ = random_ * 6364136223846793005 + 1442695040888963407;
  const int64_t jitter = config_.update_timeout_jitter_max.ms;
  const int64_t extra =
      jitter > 0 ? static_cast<int64_t>((random_ >> 33) % static_cast<uint64_t>(jitter + 1)) : 0;
  return now_ms + config_.update_timeout.ms + extra;
}

Tracker::Verdict Tracker::Judge(std::string_view tenant, std::string_view cluster,
                                std::string_view replica, int64_t newest_sample_ms) {
  const int64_t now = clock_.NowMs();
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(Key(tenant, cluster));
  if (found == groups_.end()) return Verdict::kUndecided;
  Group& group = found->second;
  if (group.elected.replica == replica) {
    group.heard_ms = now;
    return Verdict::kTaken;
  }
  const ElectionRules rules{config_.failover_timeout.ms, config_.failover_sample_timeout.ms};
  return MayTakeOver(group.elected, group.heard_ms, now, newest_sample_ms, rules)
             ? Verdict::kUndecided
             : Verdict::kDropped;
}

sdk::Outcome Tracker::Elect(const sdk::Call& call, Candidate& candidate,
                            sdk::Completer& completer) {
  return sdk::Run(completer, RunElection(call, candidate));
}

sdk::Task Tracker::RunElection(sdk::Call call, Candidate& candidate) {
  const std::string key = KvKey(candidate.tenant, candidate.cluster);
  const Key group_key(candidate.tenant, candidate.cluster);
  const ElectionRules rules{config_.failover_timeout.ms, config_.failover_sample_timeout.ms};
  Status status;
  for (int i = 0; i < kTries; ++i) {
    auto range = sdk::Record<kvs_kv_range_t>();
    range.key = sdk::Str(key);
    sdk::Owned<kvs_kv_entries_t> found;
    const Status got = co_await sdk::Async(kv_.get(), call, &range, found.out());
    if (!got.ok()) co_return Annotate(got, "asking for the elected replica of ", candidate.cluster);
    const int64_t now = clock_.NowMs();
    Elected elected;
    const bool known = found->n_entries > 0;
    if (known) {
      auto read = Elected::FromJson(sdk::TextOf(found->entries[0].value));
      if (!read.ok()) co_return read.status();
      elected = *std::move(read);
      int64_t heard = 0;
      {
        const std::lock_guard lock(mutex_);
        const auto at = groups_.find(group_key);
        if (at != groups_.end() && at->second.elected.replica == elected.replica)
          heard = at->second.heard_ms;
      }
      const bool is_it = elected.replica == candidate.replica;
      if (is_it || !MayTakeOver(elected, heard, now, candidate.newest_sample_ms, rules)) {
        candidate.taken = is_it;
        Keep(group_key, std::move(elected), is_it);
        co_return OkStatus();
      }
      log_.Info("another replica is elected: the one before was not heard of",
                {{"tenant", candidate.tenant},
                 {"cluster", candidate.cluster},
                 {"before", elected.replica},
                 {"now", candidate.replica}});
    } else {
      const std::lock_guard lock(mutex_);
      const auto has = groups_of_.find(candidate.tenant);
      if (candidate.max_clusters > 0 && has != groups_of_.end() &&
          has->second >= candidate.max_clusters) {
        constexpr std::string_view kReason = "err-mimir-tenant-too-many-ha-clusters";
        co_return FailedPrecondition(
            "the write request has been rejected because the maximum number of "
            "high-availability (HA) "
            "clusters has been reached for this tenant: limit ",
            candidate.max_clusters, " (", kReason,
            "). To adjust the related per-tenant limit, configure "
            "-distributor.ha-tracker.max-clusters, or "
            "contact your service administrator.")
            .WithReason(std::string(kReason));
      }
    }
    const Elected next{candidate.replica, now, now, known ? elected.changes + 1 : 0};
    const std::string text = next.ToJson();
    auto write = kvs_kv_write_t{};
    write.key = sdk::Str(key);
    write.value = sdk::Bytes(std::string_view(text));
    write.flags = KVS_KV_COMPARE;
    write.expected = known ? found->entries[0].revision : 0;
    write.ttl_ms = static_cast<uint32_t>(std::min<int64_t>(config_.forget_after.ms, UINT32_MAX));
    auto batch = sdk::Record<kvs_kv_batch_t>();
    batch.writes = &write;
    batch.n_writes = 1;
    uint64_t revision = 0;
    metrics_.writes.With({candidate.tenant, candidate.cluster}).Add();
    const Status applied = co_await sdk::Async(kv_.apply(), call, &batch, &revision);
    if (applied.ok()) {
      candidate.taken = true;
      Keep(group_key, next, true);
      co_return OkStatus();
    }
    status = applied;
    if (applied.code() != StatusCode::kAborted) break;  // Somebody else was faster: look again.
  }
  co_return Annotate(status, "electing a replica of ", candidate.cluster);
}

// `heard`: the elected one is who asks, here and now.
void Tracker::Keep(const Key& key, Elected elected, bool heard) {
  const int64_t now = clock_.NowMs();
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = groups_.try_emplace(key);
  Group& group = at->second;
  if (is_new) ++groups_of_[key.first];
  if (!is_new && group.elected.replica != elected.replica) {
    metrics_.changes.With({key.first, key.second}).Add();
    metrics_.propagation.Observe(
        static_cast<double>(std::max<int64_t>(0, now - elected.elected_ms)) / 1000);
    group.heard_ms = 0;
  }
  group.elected = std::move(elected);
  if (heard) group.heard_ms = now;
  group.refresh_ms = NextRefresh(group.elected.received_ms);
  metrics_.elected_seconds.With({key.first, key.second})
      .Set(static_cast<double>(group.elected.received_ms) / 1000);
}

// Tells the kv store that the elected replica is alive. [worker]
void Tracker::Refresh(const Key& key) {
  const std::string kv_key = KvKey(key.first, key.second);
  sdk::OwnedCall call(key.first, stop_.raw());
  call.WithTimeoutMs(kKvTimeoutMs);
  auto range = sdk::Record<kvs_kv_range_t>();
  range.key = sdk::Str(kv_key);
  sdk::Owned<kvs_kv_entries_t> found;
  Status status = sdk::Await(kv_.get(), call, &range, found.out());
  Elected elected;
  if (status.ok()) {
    const std::lock_guard lock(mutex_);
    const auto at = groups_.find(key);
    if (at == groups_.end()) return;
    elected = at->second.elected;
    elected.received_ms = at->second.heard_ms;
  }
  if (status.ok() && found->n_entries > 0) {
    auto there = Elected::FromJson(sdk::TextOf(found->entries[0].value));
    if (there.ok() &&
        (there->replica != elected.replica || there->received_ms >= elected.received_ms)) {
      // Another process elected somebody else, or has told already.
      Keep(key, *std::move(there), false);
      const std::lock_guard lock(mutex_);
      groups_[key].refreshing = false;
      return;
    }
  }
  if (status.ok()) {
    const std::string text = elected.ToJson();
    auto write = kvs_kv_write_t{};
    write.key = sdk::Str(kv_key);
    write.value = sdk::Bytes(std::string_view(text));
    write.flags = KVS_KV_COMPARE;
    write.expected = found->n_entries > 0 ? found->entries[0].revision : 0;
    write.ttl_ms = static_cast<uint32_t>(std::min<int64_t>(config_.forget_after.ms, UINT32_MAX));
    auto batch = sdk::Record<kvs_kv_batch_t>();
    batch.writes = &write;
    batch.n_writes = 1;
    uint64_t revision = 0;
    metrics_.writes.With({key.first, key.second}).Add();
    status = sdk::Await(kv_.apply(), call, &batch, &revision);
  }
  if (status.ok()) Keep(key, elected, false);
  if (!status.ok() && status.code() != StatusCode::kAborted && !stop_.cancelled())
    log_.Warn("the kv store could not be told that a replica is alive",
              {{"cluster", key.second}, {"error", status.message()}});
  const std::lock_guard lock(mutex_);
  groups_[key].refreshing = false;
}

// On a thread of its own: reads everything, then follows the changes.
void Tracker::Watch() {
  uint64_t revision = 0;
  bool has_read = false;
  while (!stop_.cancelled()) {
    sdk::OwnedCall call("ha-tracker", stop_.raw());
    call.WithTimeoutMs(kWatchMs);
    sdk::Owned<kvs_kv_entries_t> found;
    Status status;
    if (!has_read) {
      auto range = sdk::Record<kvs_kv_range_t>();
      range.is_prefix = 1;
      range.key = sdk::Str(config_.kv_prefix);
      status = sdk::Await(kv_.get(), call, &range, found.out());
    } else {
      auto watch = sdk::Record<kvs_kv_watch_t>();
      watch.is_prefix = 1;
      watch.key = sdk::Str(config_.kv_prefix);
      watch.after = revision;
      status = sdk::Await(kv_.watch(), call, &watch, found.out());
    }
    if (status.ok()) {
      has_read = true;
      revision = std::max(revision, found->revision);
      for (uint64_t i = 0; i < found->n_entries; ++i)
        Note(sdk::View(found->entries[i].key), &found->entries[i]);
      continue;
    }
    if (status.code() == StatusCode::kDeadlineExceeded) continue;
    has_read = has_read && status.code() != StatusCode::kOutOfRange;
    // A store that cannot be watched, or not now: elections read it afresh all
    // the same.
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, std::chrono::milliseconds(kRetryMs),
                       [this] { return stop_.cancelled(); });
  }
}

void Tracker::Note(std::string_view kv_key, const kvs_kv_entry_t* entry) {
  if (!kv_key.starts_with(config_.kv_prefix)) return;
  kv_key.remove_prefix(config_.kv_prefix.size());
  const size_t slash = kv_key.find(kSeparator);
  if (slash == std::string_view::npos || entry->revision == 0) return;
  auto elected = Elected::FromJson(sdk::TextOf(entry->value));
  if (!elected.ok())
    return log_.Warn("the kv store has an elected replica that cannot be read", {{"key", kv_key}});
  Keep(Key(kv_key.substr(0, slash), kv_key.substr(slash + 1)), *std::move(elected), false);
}

std::vector<Tracker::Shown> Tracker::Show() const {
  const std::lock_guard lock(mutex_);
  std::vector<Shown> all;
  for (const auto& [key, group] : groups_) {
    all.push_back({key.first, key.second, group.elected});
    all.back().elected.received_ms = std::max(group.heard_ms, group.elected.received_ms);
  }
  return all;
}

std::string Tracker::ElectedOf(std::string_view tenant, std::string_view cluster) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(Key(tenant, cluster));
  return found == groups_.end() ? "" : found->second.elected.replica;
}

}  // namespace kvs::sink::ha_dedup
