// SPDX-License-Identifier: Apache-2.0
// Alert: one alert as it was last told, immutable and shared between whoever looks at it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"

namespace kvs::alertmanager {

/// Sorted by name; values may be empty.
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Alert {
  model::Labels labels;
  Pairs annotations;
  int64_t starts_ms = 0;
  int64_t ends_ms = 0;     ///< From then on it is resolved.
  int64_t updated_ms = 0;  ///< When it was told.
  bool timeout = false;    ///< Nobody said when it ends: ends_ms is a guess.
  std::string generator_url;
  uint64_t fingerprint = 0;  ///< Of the labels, as the API shows it.

  bool ResolvedAt(int64_t now_ms) const { return ends_ms <= now_ms; }
  /// Roughly what it takes in memory.
  size_t Bytes() const;
};
using AlertPtr = std::shared_ptr<const Alert>;

/// FNV-1a over names and values: what Alertmanager calls an alert by.
uint64_t Fingerprint(const model::Labels& labels);
/// As it is written: 16 hexadecimal digits.
std::string FingerprintText(uint64_t fingerprint);

/// InvalidArgument in Alertmanager's words.
Status Validate(const Alert& alert);

/// The times of two tellings of one alert as one: the earliest start, and the end that was said
/// last, unless it was a guess. `older` was told before `newer`, at `newer`'s time.
AlertPtr Merge(const Alert& older, const Alert& newer);

/// The order of alerts in a notification: by job, by instance, then by labels.
bool NotifiedBefore(const Alert& a, const Alert& b);
/// Alertmanager's order of label sets: shorter ones first, then by name and value.
bool LabelsBefore(const model::Labels& a, const model::Labels& b);

}  // namespace kvs::alertmanager
