// SPDX-License-Identifier: Apache-2.0
// FakeKv: keys and values in a map, for tests of what keeps a little state in a kv store. Compares
// and swaps; entries end by the test's clock; does not watch. Can be told to fail. [any]
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/sdk/host.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/kv.h"

namespace kvs::testkit {

class FakeKv final : public sdk::Kv {
 public:
  explicit FakeKv(sdk::Clock clock = {}) : clock_(clock) {}

  sdk::KvRef ref() { return sdk::KvRef(sdk::IfaceOf<sdk::Kv>(this)); }

  /// Every call from now on ends so; OK: none does.
  void FailWith(Status status) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(status);
  }
  /// The next writes happen, and their callers hear that the store is away.
  void LoseAnswers(int n) {
    const std::lock_guard lock(mutex_);
    lose_ = n;
  }
  /// Empty when it is not there.
  std::string Value(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = items_.find(key);
    return found == items_.end() ? "" : found->second.value;
  }
  void Put(const std::string& key, std::string value) {
    const std::lock_guard lock(mutex_);
    items_[key] = {std::move(value), ++revision_, 0};
  }
  /// Loses all entries.
  void Wipe() {
    const std::lock_guard lock(mutex_);
    items_.clear();
  }
  /// Writes that changed something.
  uint64_t revision() const {
    const std::lock_guard lock(mutex_);
    return revision_;
  }

  sdk::Outcome Get(const sdk::Call&, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                   sdk::Completer&) override {
    struct Kept {
      std::map<std::string, Item> items;
      std::vector<kvs_kv_entry_t> entries;
    };
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    Expire();
    auto kept = std::make_unique<Kept>();
    const std::string_view key = sdk::View(in.key);
    for (const auto& [name, item] : items_) {
      if (in.is_prefix != 0 ? name.starts_with(key) : name == key) kept->items.emplace(name, item);
    }
    for (const auto& [name, item] : kept->items)
      kept->entries.push_back(
          {sdk::Str(name), sdk::Bytes(std::string_view(item.value)), item.revision});
    out.entries = kept->entries.data();
    out.n_entries = kept->entries.size();
    out.revision = revision_;
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  }
  sdk::Outcome Apply(const sdk::Call&, const kvs_kv_batch_t& in, uint64_t& out,
                     sdk::Completer&) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    Expire();
    for (uint64_t i = 0; i < in.n_writes; ++i) {
      const auto found = items_.find(sdk::Text(in.writes[i].key));
      const uint64_t at = found == items_.end() ? 0 : found->second.revision;
      if ((in.writes[i].flags & KVS_KV_COMPARE) != 0 && at != in.writes[i].expected)
        return Aborted("somebody else was faster");
    }
    ++revision_;
    for (uint64_t i = 0; i < in.n_writes; ++i) {
      const std::string key = sdk::Text(in.writes[i].key);
      if ((in.writes[i].flags & KVS_KV_DELETE) != 0) {
        items_.erase(key);
      } else {
        const int64_t ttl_ms = in.writes[i].ttl_ms;
        items_[key] = {std::string(sdk::TextOf(in.writes[i].value)), revision_,
                       ttl_ms == 0 ? 0 : clock_.NowMs() + ttl_ms};
      }
    }
    out = revision_;
    if (lose_ > 0) {
      --lose_;
      return Unavailable("the answer got lost");
    }
    return OkStatus();
  }
  sdk::Outcome Watch(const sdk::Call&, const kvs_kv_watch_t&, kvs_kv_entries_t&,
                     sdk::Completer&) override {
    return Unimplemented("a fake does not watch");
  }

 private:
  struct Item {
    std::string value;
    uint64_t revision = 0;
    int64_t ends_ms = 0;  // 0: never.
  };
  void Expire() {
    const int64_t now_ms = clock_.NowMs();
    std::erase_if(items_, [now_ms](const auto& item) {
      return item.second.ends_ms != 0 && item.second.ends_ms <= now_ms;
    });
  }

  const sdk::Clock clock_;
  mutable std::mutex mutex_;
  Status failure_;
  int lose_ = 0;
  std::map<std::string, Item> items_;
  uint64_t revision_ = 0;
};

}  // namespace kvs::testkit
