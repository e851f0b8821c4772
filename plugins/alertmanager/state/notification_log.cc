// SPDX-License-Identifier: Apache-2.0
#include "notification_log.h"

#include <algorithm>

#include "kvs/base/str_cat.h"

namespace kvs::alertmanager {

std::string Way::Text() const {
  return StrCat(receiver, "/", integration, "/", index);
}

std::string_view NewsText(News news) {
  constexpr std::string_view kTexts[] = {"",
                                         "first notification",
                                         "new alerts added",
                                         "all alerts resolved",
                                         "some alerts resolved",
                                         "repeat interval elapsed"};
  return kTexts[static_cast<int>(news)];
}

News NewsOf(const LogEntry* last, const Told& told, bool send_resolved, int64_t repeat_ms,
            int64_t now_ms) {
  // Who was never told of an alert has no use for its end.
  if (last == nullptr) return told.firing.empty() ? News::kNone : News::kFirst;
  const auto knows = [](const std::vector<uint64_t>& known, const std::vector<uint64_t>& all) {
    return std::includes(known.begin(), known.end(), all.begin(), all.end());
  };
  if (!knows(last->firing, told.firing)) return News::kNewFiring;
  if (told.firing.empty()) {
    // Alerts that came and went between two notifications are nobody's business.
    if (last->firing.empty()) return News::kNone;
    const bool knows_all =
        !told.may_lack_some ||
        std::all_of(last->firing.begin(), last->firing.end(), [&told](uint64_t one) {
          return std::binary_search(told.resolved.begin(), told.resolved.end(), one) ||
                 std::binary_search(told.quiet.begin(), told.quiet.end(), one);
        });
    return knows_all ? News::kAllResolved : News::kNone;
  }
  if (send_resolved && !knows(last->resolved, told.resolved)) return News::kNewResolved;
  return last->told_ms < now_ms - repeat_ms ? News::kTimeToRepeat : News::kNone;
}

bool IsOutdated(const LogEntry& last, const Told& told) {
  const auto has = [](const std::vector<uint64_t>& all, uint64_t one) {
    return std::binary_search(all.begin(), all.end(), one);
  };
  return std::all_of(
             told.firing.begin(), told.firing.end(),
             [&](uint64_t one) { return has(last.firing, one) || has(last.resolved, one); }) &&
         std::includes(last.resolved.begin(), last.resolved.end(), told.resolved.begin(),
                       told.resolved.end());
}

LogEntryPtr NotificationLog::Find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

int64_t NotificationLog::ExpiryOf(int64_t now_ms, int64_t repeat_ms) const {
  return now_ms + std::min(retention_ms_, 2 * repeat_ms);
}

void NotificationLog::Set(LogEntryPtr entry) {
  LogEntryPtr& known = entries_[entry->Key()];
  if (known == nullptr || known->told_ms <= entry->told_ms) known = std::move(entry);
}

std::vector<std::string> NotificationLog::Collect(int64_t now_ms) {
  std::vector<std::string> gone;
  std::erase_if(entries_, [&](const auto& item) {
    if (item.second->expires_ms > now_ms) return false;
    gone.push_back(item.first);
    return true;
  });
  return gone;
}

}  // namespace kvs::alertmanager
