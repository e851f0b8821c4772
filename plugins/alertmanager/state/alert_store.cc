// SPDX-License-Identifier: Apache-2.0
#include "alert_store.h"

#include <algorithm>

namespace kvs::alertmanager {
namespace {

// Whether their times overlap, so that both tell of one outage.
bool Overlap(const Alert& older, const Alert& newer) {
  return (newer.ends_ms > older.starts_ms && newer.ends_ms < older.ends_ms) ||
         (newer.starts_ms > older.starts_ms && newer.starts_ms < older.ends_ms);
}

bool OnlyTheEndMoved(const Alert& before, const Alert& now) {
  return before.starts_ms == now.starts_ms && before.timeout == now.timeout &&
         before.annotations == now.annotations && before.generator_url == now.generator_url;
}

}  // namespace

StatusOr<AlertStore::Put> AlertStore::Set(const Alert& told, const Limits& limits) {
  const auto found = entries_.find(told.fingerprint);
  const Alert* const before = found == entries_.end() ? nullptr : found->second.alert.get();
  Put put;
  put.alert = before != nullptr && Overlap(*before, told) ? Merge(*before, told)
                                                          : std::make_shared<const Alert>(told);
  const size_t bytes = bytes_ - (before == nullptr ? 0 : before->Bytes()) + put.alert->Bytes();
  if (before == nullptr && limits.max_count > 0 &&
      static_cast<int64_t>(entries_.size()) >= limits.max_count)
    return ResourceExhausted("too many alerts, limit: ", limits.max_count);
  if (limits.max_bytes > 0 && bytes > static_cast<size_t>(limits.max_bytes))
    return ResourceExhausted("alerts too big, total size limit: ", limits.max_bytes, " bytes");
  Entry& entry = entries_[told.fingerprint];
  const bool resolved = put.alert->ResolvedAt(told.updated_ms);
  const bool moved = before != nullptr && before->ends_ms != put.alert->ends_ms;
  put.moving = !resolved && (moved || entry.kept_moving);
  put.write = before == nullptr || !entry.kept || !OnlyTheEndMoved(*before, *put.alert) ||
              resolved != entry.kept_resolved || (moved && resolved) ||
              put.moving != entry.kept_moving;
  entry.kept = true;
  entry.kept_moving = put.moving;
  entry.kept_resolved = resolved;
  entry.alert = put.alert;
  bytes_ = bytes;
  return put;
}

void AlertStore::Restore(const KeptAlert& kept, int64_t now_ms, int64_t grace_ms) {
  auto alert = std::make_shared<Alert>(*kept.alert);
  if (kept.moving && alert->ends_ms < now_ms + grace_ms) {
    alert->ends_ms = now_ms + grace_ms;
    alert->timeout = true;
  }
  Entry& entry = entries_[alert->fingerprint];
  if (entry.alert != nullptr) bytes_ -= entry.alert->Bytes();
  bytes_ += alert->Bytes();
  entry.kept_moving = kept.moving;
  entry.kept_resolved = alert->ResolvedAt(now_ms);
  entry.alert = std::move(alert);
}

void AlertStore::NoteLost(uint64_t fingerprint) {
  if (Entry* const entry = Find(fingerprint); entry != nullptr) entry->kept = false;
}

bool AlertStore::NoteResolved(const Alert& alert) {
  Entry* const entry = Find(alert.fingerprint);
  if (entry == nullptr || entry->alert.get() != &alert || entry->kept_resolved) return false;
  // Without a move the end is written already.
  const bool write = entry->kept_moving;
  entry->kept_resolved = true;
  entry->kept_moving = false;
  return write;
}

AlertStore::Entry* AlertStore::Find(uint64_t fingerprint) {
  const auto found = entries_.find(fingerprint);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<AlertPtr> AlertStore::List() const {
  std::vector<AlertPtr> out;
  out.reserve(entries_.size());
  for (const auto& [fingerprint, entry] : entries_) out.push_back(entry.alert);
  std::sort(out.begin(), out.end(),
            [](const AlertPtr& a, const AlertPtr& b) { return a->fingerprint < b->fingerprint; });
  return out;
}

std::vector<uint64_t> AlertStore::Collect(int64_t now_ms) {
  std::vector<uint64_t> gone;
  std::erase_if(entries_, [&](const auto& item) {
    if (!item.second.alert->ResolvedAt(now_ms)) return false;
    bytes_ -= item.second.alert->Bytes();
    gone.push_back(item.first);
    return true;
  });
  return gone;
}

}  // namespace kvs::alertmanager
