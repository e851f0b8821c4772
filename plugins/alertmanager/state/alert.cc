// SPDX-License-Identifier: Apache-2.0
#include "alert.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "kvs/alerting/matchers.h"
#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/model/utf8.h"

namespace kvs::alertmanager {
namespace {

void AddFnv(std::string_view text, uint64_t* hash) {
  constexpr uint64_t kPrime = 1099511628211u;
  for (const char c : text) *hash = (*hash ^ static_cast<unsigned char>(c)) * kPrime;
  *hash = (*hash ^ 0xff) * kPrime;
}

Status CheckPair(std::string_view name, std::string_view value) {
  if (!alerting::IsLabelName(name)) return InvalidArgument("invalid name ", Quote(name));
  if (!model::IsValidUtf8(value)) return InvalidArgument("invalid value ", Quote(value));
  return OkStatus();
}

}  // namespace

size_t Alert::Bytes() const {
  size_t out = sizeof(Alert) + labels.encoded().size() + generator_url.size();
  for (const auto& [name, value] : annotations) out += name.size() + value.size() + 64;
  return out;
}

uint64_t Fingerprint(const model::Labels& labels) {
  uint64_t hash = 14695981039346656037u;
  for (const model::LabelView& label : labels) {
    AddFnv(label.name, &hash);
    AddFnv(label.value, &hash);
  }
  return hash;
}

std::string FingerprintText(uint64_t fingerprint) {
  char buffer[20];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(fingerprint));
  return buffer;
}

Status Validate(const Alert& alert) {
  if (alert.ends_ms < alert.starts_ms) return InvalidArgument("start time must be before end time");
  if (alert.labels.empty()) return InvalidArgument("at least one label pair required");
  for (const model::LabelView& label : alert.labels) {
    const Status status = CheckPair(label.name, label.value);
    if (!status.ok()) return Annotate(status, "invalid label set");
  }
  for (const auto& [name, value] : alert.annotations) {
    const Status status = CheckPair(name, value);
    if (!status.ok()) return Annotate(status, "invalid annotations");
  }
  return OkStatus();
}

AlertPtr Merge(const Alert& older, const Alert& newer) {
  auto out = std::make_shared<Alert>(newer);
  out->starts_ms = std::min(older.starts_ms, newer.starts_ms);
  const int64_t now_ms = newer.updated_ms;
  if (newer.ResolvedAt(now_ms)) {
    if (older.ResolvedAt(now_ms)) out->ends_ms = std::max(older.ends_ms, newer.ends_ms);
  } else if (!older.timeout) {
    out->ends_ms = std::max(older.ends_ms, newer.ends_ms);
  }
  return out;
}

bool LabelsBefore(const model::Labels& a, const model::Labels& b) {
  const size_t n_a = a.size(), n_b = b.size();
  if (n_a != n_b) return n_a < n_b;
  auto at_a = a.begin(), at_b = b.begin();
  for (; at_a != a.end() && at_b != b.end(); ++at_a, ++at_b) {
    // Of two names, the smaller one is missing in the other set, and a missing one comes first.
    if (at_a->name != at_b->name) return at_a->name > at_b->name;
    if (at_a->value != at_b->value) return at_a->value < at_b->value;
  }
  return false;
}

bool NotifiedBefore(const Alert& a, const Alert& b) {
  for (const std::string_view name : {"job", "instance"}) {
    const std::string_view value_a = a.labels.Get(name), value_b = b.labels.Get(name);
    if (value_a.empty() != value_b.empty()) return !value_a.empty();
    if (value_a != value_b) return value_a < value_b;
  }
  return LabelsBefore(a.labels, b.labels);
}

}  // namespace kvs::alertmanager
