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

// Keeps those of `common` that `pairs` has, too.
void Intersect(Pairs& common, const Pairs& pairs) {
  std::erase_if(common, [&pairs](const auto& pair) {
    return std::find(pairs.begin(), pairs.end(), pair) == pairs.end();
  });
}

// A receiver's name goes into links that take a regular expression.
std::string QuoteMeta(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
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
  data.receiver = QuoteMeta(sdk::View(in.receiver->name));
  data.external_url = sdk::Text(in.receiver->external_url);
  data.group_labels = ReadPairs(in.group_labels, in.n_group_labels);
  data.reason = sdk::Text(in.reason);
  data.status = "resolved";
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
    if (alert.ends_ms == 0) data.status = "firing";
    if (i == 0) {
      data.common_labels = data.alerts[0].labels;
      data.common_annotations = data.alerts[0].annotations;
    } else {
      Intersect(data.common_labels, data.alerts[i].labels);
      Intersect(data.common_annotations, data.alerts[i].annotations);
    }
  }
  return group;
}

}  // namespace kvs::notify
