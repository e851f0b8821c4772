// SPDX-License-Identifier: Apache-2.0
#include "sim_kv.h"

#include <memory>
#include <utility>
#include <vector>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

namespace kvs::simulation {

void SimKv::Put(const std::string& key, std::string value) {
  {
    const std::lock_guard lock(mutex_);
    items_[key] = {std::move(value), ++revision_, false};
  }
  changed_.notify_all();
}

bool SimKv::Has(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(key);
  return found != items_.end() && !found->second.deleted;
}

void SimKv::AwaitWatcher() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || seen_ >= revision_; });
}

void SimKv::End() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
}

void SimKv::HandOutSince(const std::string& prefix, uint64_t after, bool deleted,
                         kvs_kv_entries_t& out) {
  struct Kept {
    std::vector<std::pair<std::string, std::string>> texts;
    std::vector<kvs_kv_entry_t> entries;
  };
  auto kept = std::make_unique<Kept>();
  std::vector<uint64_t> revisions;
  for (auto at = items_.lower_bound(prefix); at != items_.end() && at->first.starts_with(prefix);
       ++at) {
    if (at->second.revision <= after || (at->second.deleted && !deleted)) continue;
    kept->texts.emplace_back(at->first, at->second.value);
    revisions.push_back(at->second.deleted ? 0 : at->second.revision);
  }
  for (size_t i = 0; i < kept->texts.size(); ++i) {
    const auto& [key, value] = kept->texts[i];
    kept->entries.push_back({sdk::Str(key), sdk::Bytes(std::string_view(value)), revisions[i]});
  }
  out.entries = kept->entries.data();
  out.n_entries = kept->entries.size();
  out.revision = revision_;
  sdk::HandOut(out, std::move(kept));
}

sdk::Outcome SimKv::Get(const sdk::Call&, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                        sdk::Completer&) {
  const std::lock_guard lock(mutex_);
  HandOutSince(sdk::Text(in.key), 0, false, out);
  return OkStatus();
}

sdk::Outcome SimKv::Apply(const sdk::Call&, const kvs_kv_batch_t& in, uint64_t& out,
                          sdk::Completer&) {
  {
    const std::lock_guard lock(mutex_);
    for (uint64_t i = 0; i < in.n_writes; ++i) {
      const auto found = items_.find(sdk::Text(in.writes[i].key));
      const bool is_there = found != items_.end() && !found->second.deleted;
      if ((in.writes[i].flags & KVS_KV_COMPARE) != 0 &&
          in.writes[i].expected != (is_there ? found->second.revision : 0))
        return Aborted("somebody else was faster");
    }
    ++revision_;
    for (uint64_t i = 0; i < in.n_writes; ++i) {
      items_[sdk::Text(in.writes[i].key)] = {std::string(sdk::TextOf(in.writes[i].value)),
                                             revision_, (in.writes[i].flags & KVS_KV_DELETE) != 0};
    }
    out = revision_;
  }
  changed_.notify_all();
  return OkStatus();
}

sdk::Outcome SimKv::Watch(const sdk::Call&, const kvs_kv_watch_t& in, kvs_kv_entries_t& out,
                          sdk::Completer&) {
  std::unique_lock lock(mutex_);
  seen_ = in.after;
  changed_.notify_all();
  changed_.wait(lock, [&] { return ended_ || revision_ > in.after; });
  if (ended_) return Unavailable("the simulation has ended");
  HandOutSince(sdk::Text(in.key), in.after, true, out);
  return OkStatus();
}

}  // namespace kvs::simulation
