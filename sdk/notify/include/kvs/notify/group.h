// SPDX-License-Identifier: Apache-2.0
// Group: what one notification tells, as payloads and templates see it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kvs/abi/port/notifier.h"
#include "kvs/gotemplate/alertmanager.h"

namespace kvs::notify {

using Memory = std::vector<std::pair<std::string, std::string>>;

struct Group {
  std::string key;
  gotemplate::NotificationData data;
  Memory memory;             ///< Of the last delivery of this group to this receiver.
  uint64_t n_truncated = 0;  ///< Alerts that were left out.

  bool resolved() const { return data.status == "resolved"; }
  /// 64 hexadecimal digits, for services that do not take long keys: SHA-256.
  std::string KeyHash() const;
  /// Empty when there is none.
  std::string Remembered(std::string_view name) const;
};

/// With common labels and annotations. At most `max_alerts` are kept, 0: all; the status is that of
/// the kept ones. [any]
Group ReadGroup(const kvs_notification_t& in, size_t max_alerts = 0);

}  // namespace kvs::notify
