// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/group.h"

#include <algorithm>
#include <cstdio>

#include "kvs/sdk/str.h"
#include "kvs/sigv4/digests.h"

namespace kvs::notify {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs ReadPairs(const kvs_pair_t* pairs, uint64_t n) {
  Pairs out;
  out.reserve(n);
  for (uint64_t i = 0; i < n; ++i)
    out.emplace_back(sdk::Text(pairs[i].name), sdk::Text(pairs[i].value));
  return out;
}

}  // namespace

std::string Group::KeyHash() const {
  return sigv4::Hex(sigv4::Sha256(key));
}

std::string Group::Remembered(std::string_view name) const {
  for (const auto& [key_of, value] : memory) {
    if (key_of == name) return value;
  }
  return {};
}

Group ReadGroup(const kvs_notification_t& in, size_t max_alerts) {
  Group group;
  group.key = sdk::Text(in.group_key);
  group.memory = ReadPairs(in.memory, in.n_memory);
  gotemplate::NotificationData& data = group.data;
  data.receiver = gotemplate::QuoteMeta(sdk::View(in.receiver->name));
  data.external_url = sdk::Text(in.receiver->external_url);
  data.group_labels = ReadPairs(in.group_labels, in.n_group_labels);
  if (KVS_HAS(&in, kvs_notification_t, n_route_labels))
    data.route_labels = ReadPairs(in.route_labels, in.n_route_labels);
  data.reason = sdk::Text(in.reason);
  const uint64_t n = max_alerts == 0 ? in.n_alerts : std::min<uint64_t>(in.n_alerts, max_alerts);
  group.n_truncated = in.n_alerts - n;
  data.alerts.reserve(n);
  for (uint64_t i = 0; i < n; ++i) {
    const kvs_alert_t& alert = in.alerts[i];
    char fingerprint[17];
    std::snprintf(fingerprint, sizeof(fingerprint), "%016llx",
                  static_cast<unsigned long long>(alert.fingerprint));
    data.alerts.push_back({alert.ends_ms == 0 ? "firing" : "resolved",
                           ReadPairs(alert.labels, alert.n_labels),
                           ReadPairs(alert.annotations, alert.n_annotations), alert.starts_ms,
                           alert.ends_ms, sdk::Text(alert.generator_url), fingerprint});
  }
  gotemplate::Summarize(&data);
  return group;
}

}  // namespace kvs::notify
