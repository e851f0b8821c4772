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

AlertPtr OverAt(const Alert& alert, int64_t now_ms) {
  auto over = std::make_shared<Alert>(alert);
  over->ends_ms = std::min(over->ends_ms, now_ms);
  over->starts_ms = std::min(over->starts_ms, over->ends_ms);
  return over;
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
  if (before != nullptr && !told.ResolvedAt(told.updated_ms) &&
      told.ends_ms <= found->second.elsewhere.ends_ms) {
    put.alert = OverAt(told, told.updated_ms);
  } else {
    put.alert = before != nullptr && Overlap(*before, told) ? Merge(*before, told)
                                                            : std::make_shared<const Alert>(told);
  }
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

AlertPtr AlertStore::TakeEnd(const End& end, int64_t now_ms) {
  Entry* const entry = Find(end.fingerprint);
  if (entry == nullptr) return nullptr;
  const Alert& alert = *entry->alert;
  // What began after that end, or was told anew since it was first heard of, is another outage.
  if (alert.starts_ms > end.ends_ms || end.ends_ms <= entry->elsewhere.ends_ms) return nullptr;
  if (!end.was_said && alert.ends_ms > end.ends_ms) return nullptr;
  entry->elsewhere = end;
  if (alert.ResolvedAt(now_ms)) return nullptr;
  entry->alert = OverAt(alert, now_ms);
  entry->kept = true;
  entry->kept_moving = false;
  entry->kept_resolved = true;
  return entry->alert;
}

End AlertStore::EndOf(const Alert& alert) const {
  // By whose clock it was found to be over, so that it is for who comes third, too.
  const auto found = entries_.find(alert.fingerprint);
  if (found != entries_.end() && found->second.elsewhere.ends_ms >= alert.ends_ms)
    return found->second.elsewhere;
  return {alert.fingerprint, alert.ends_ms, !alert.timeout && alert.ResolvedAt(alert.updated_ms)};
}

std::vector<End> AlertStore::Ends(int64_t now_ms) const {
  std::vector<End> out;
  for (const auto& [fingerprint, entry] : entries_) {
    if (entry.alert->ResolvedAt(now_ms)) out.push_back(EndOf(*entry.alert));
  }
  return out;
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
