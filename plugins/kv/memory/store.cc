// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <memory>
#include <vector>

namespace kvs::kv::memory {
namespace {

// How late a watch may end after its deadline, and how late watchers learn of an entry that ended.
constexpr int64_t kTickMs = 50;

sdk::KvChangePtr Deleted(std::string key, uint64_t revision) {
  return std::make_shared<const sdk::KvChange>(sdk::KvChange{std::move(key), {}, revision, true});
}

}  // namespace

Store::Store(sdk::Host host, Config config)
    : host_(host),
      clock_(host.clock()),
      metrics_(host, "inmemory"),
      changes_(static_cast<size_t>(config.history_changes),
               static_cast<size_t>(config.history.bytes)),
      tick_([this] { Tick(); }) {}

Store::~Store() {
  host_.timer().Cancel(ticker_);
}

sdk::Outcome Store::Start(const sdk::Call&, sdk::Completer&) {
  ticker_ = host_.timer().After(kTickMs, kTickMs, &tick_);
  return OkStatus();
}

sdk::Outcome Store::Stop(const sdk::Call&, sdk::Completer&) {
  host_.timer().Cancel(std::exchange(ticker_, 0));
  sdk::KvChanges::Wakeups wakeups;
  changes_.Close(&wakeups);
  return OkStatus();
}

void Store::Tick() {
  sdk::KvChanges::Wakeups wakeups;
  {
    const MutexLock lock(mutex_);
    Expire(&wakeups);
  }
  changes_.EndLate(&wakeups);
}

void Store::Forget(const Item& item) {
  if (item.expires_ms != 0) ends_.erase({item.expires_ms, item.entry->key});
}

void Store::Expire(sdk::KvChanges::Wakeups* wakeups) {
  if (ends_.empty()) return;
  const int64_t now_ms = clock_.NowMs();
  std::vector<sdk::KvChangePtr> changes;
  while (!ends_.empty() && ends_.begin()->first <= now_ms) {
    if (changes.empty()) ++revision_;
    auto ended = ends_.extract(ends_.begin());
    items_.erase(ended.value().second);
    changes.push_back(Deleted(std::move(ended.value().second), revision_));
  }
  if (!changes.empty()) changes_.Add(changes, revision_, wakeups);
}

sdk::Outcome Store::Get(const sdk::Call&, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                        sdk::Completer&) {
  return metrics_.Timed(in.is_prefix != 0 ? sdk::KvMetrics::kList : sdk::KvMetrics::kGet,
                        [&] { return Read(in, out); });
}

Status Store::Read(const kvs_kv_range_t& in, kvs_kv_entries_t& out) {
  sdk::KvChanges::Wakeups wakeups;
  const std::string_view key = sdk::View(in.key), after = sdk::View(in.start_after);
  const MutexLock lock(mutex_);
  Expire(&wakeups);
  std::vector<sdk::KvChangePtr> entries;
  bool more = false;
  auto at = in.is_prefix != 0 && after >= key ? items_.upper_bound(after) : items_.lower_bound(key);
  for (; at != items_.end() && sdk::KvKeyMatches(at->first, in.is_prefix != 0, key); ++at) {
    if (in.limit != 0 && entries.size() == in.limit) {
      more = true;
      break;
    }
    entries.push_back(at->second.entry);
  }
  sdk::HandOutKvEntries(std::move(entries), revision_, more, out);
  return OkStatus();
}

sdk::Outcome Store::Apply(const sdk::Call&, const kvs_kv_batch_t& in, uint64_t& out,
                          sdk::Completer&) {
  return metrics_.Timed(sdk::KvMetrics::kWrite, [&] { return Write(in, out); });
}

Status Store::Write(const kvs_kv_batch_t& in, uint64_t& out) {
  KVS_RETURN_IF_ERROR(sdk::CheckKvBatch(in));
  sdk::KvChanges::Wakeups wakeups;
  const MutexLock lock(mutex_);
  Expire(&wakeups);
  for (uint64_t i = 0; i < in.n_writes; ++i) {
    const kvs_kv_write_t& write = in.writes[i];
    if ((write.flags & KVS_KV_COMPARE) == 0) continue;
    const auto found = items_.find(sdk::View(write.key));
    const uint64_t revision = found == items_.end() ? 0 : found->second.entry->revision;
    if (revision != write.expected) {
      return Aborted(sdk::View(write.key), " is at revision ", revision, " and not at ",
                     write.expected);
    }
  }
  std::vector<sdk::KvChangePtr> changes;
  const uint64_t revision = revision_ + 1;
  const int64_t now_ms = clock_.NowMs();
  for (uint64_t i = 0; i < in.n_writes; ++i) {
    const kvs_kv_write_t& write = in.writes[i];
    const auto found = items_.find(sdk::View(write.key));
    if ((write.flags & KVS_KV_DELETE) != 0) {
      if (found == items_.end()) continue;
      Forget(found->second);
      changes.push_back(Deleted(found->first, revision));
      items_.erase(found);
      continue;
    }
    Item item{std::make_shared<const sdk::KvChange>(sdk::KvChange{
                  sdk::Text(write.key), std::string(sdk::TextOf(write.value)), revision, false}),
              write.ttl_ms == 0 ? 0 : now_ms + write.ttl_ms};
    if (item.expires_ms != 0) ends_.emplace(item.expires_ms, item.entry->key);
    changes.push_back(item.entry);
    if (found == items_.end()) {
      items_.emplace(item.entry->key, std::move(item));
    } else {
      if (found->second.expires_ms != item.expires_ms) Forget(found->second);
      found->second = std::move(item);
    }
  }
  if (!changes.empty()) {
    revision_ = revision;
    changes_.Add(changes, revision_, &wakeups);
  }
  out = revision_;
  return OkStatus();
}

sdk::Outcome Store::Watch(const sdk::Call& call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out,
                          sdk::Completer& completer) {
  return changes_.Watch(call, in, out, completer);
}

}  // namespace kvs::kv::memory
