// SPDX-License-Identifier: Apache-2.0
// NotificationLog: what every receiver was told last about every group. It decides whether there is
// news, and by outliving the process it keeps a restart from telling anything twice. Not
// synchronised.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alert.h"

namespace kvs::alertmanager {

/// One way of reaching one receiver.
struct Way {
  std::string receiver;     ///< "team-db"
  std::string integration;  ///< "webhook"
  uint32_t index = 0;       ///< Among those of its integration in the receiver.

  std::string Text() const;  ///< team-db/webhook/0
};

struct LogEntry {
  std::string group_key;
  Way way;
  int64_t told_ms = 0;
  std::vector<uint64_t> firing, resolved;  ///< Hashes of the alerts' labels, sorted.
  int64_t expires_ms = 0;
  Pairs memory;  ///< What the notifier wants to know at the next delivery.

  std::string Key() const { return group_key + ":" + way.Text(); }
};
using LogEntryPtr = std::shared_ptr<const LogEntry>;

/// The alerts of a notification, as the log knows them.
struct Told {
  std::vector<uint64_t> firing, resolved;  ///< Sorted.
  std::vector<uint64_t> quiet = {};        ///< Of the group, too, but not told; sorted.
  /// The group may have more that fire: a replica that has just come back has heard of others'
  /// alerts by the log alone.
  bool may_lack_some = false;
};

/// Why somebody is told, or that there is no news.
enum class News : uint8_t {
  kNone,
  kFirst,        ///< Nothing was told before.
  kNewFiring,    ///< Alerts fire that did not.
  kAllResolved,  ///< The last one has ended.
  kNewResolved,  ///< Some have ended.
  kTimeToRepeat,
};
/// In Alertmanager's words: "new alerts added".
std::string_view NewsText(News news);

/// What `told` is to who was told `last` (null: nothing, ever). Where ends are not told, only the
/// last one is news, to the log.
News NewsOf(const LogEntry* last, const Told& told, bool send_resolved, int64_t repeat_ms,
            int64_t now_ms);

/// Whether who was told `last` after `told` was found heard of all of it, and perhaps of the end of
/// what fired: others knew more.
bool IsOutdated(const LogEntry& last, const Told& told);

class NotificationLog {
 public:
  explicit NotificationLog(int64_t retention_ms) : retention_ms_(retention_ms) {}

  LogEntryPtr Find(std::string_view key) const;
  /// When an entry that is made now is forgotten: after two intervals of repetition, or earlier.
  int64_t ExpiryOf(int64_t now_ms, int64_t repeat_ms) const;
  /// Unless a later one is there.
  void Set(LogEntryPtr entry);
  /// Forgets those whose time has come; their keys.
  std::vector<std::string> Collect(int64_t now_ms);
  const std::map<std::string, LogEntryPtr, std::less<>>& entries() const { return entries_; }

 private:
  const int64_t retention_ms_;
  std::map<std::string, LogEntryPtr, std::less<>> entries_;  // By Key().
};

}  // namespace kvs::alertmanager
