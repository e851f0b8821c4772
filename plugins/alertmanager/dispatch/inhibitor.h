// SPDX-License-Identifier: Apache-2.0
// Inhibitor: alerts that fire keep others from being told: of a cluster that is down, nobody wants
// to hear what else is down in it. Sources are found by the values that have to be equal, so asking
// costs the same for ten alerts and for ten thousand. Not synchronised.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "kvs/alerting/config.h"

#include "state/alert.h"

namespace kvs::alertmanager {

class Inhibitor {
 public:
  explicit Inhibitor(const std::vector<alerting::InhibitRule>& rules);

  /// Whoever changes an alert, says so here. [any]
  void Set(const AlertPtr& alert);
  void Remove(const Alert& alert);

  /// Whether an alert with these labels is to be kept quiet, and by which: its fingerprint.
  bool Inhibits(const model::Labels& labels, int64_t now_ms, uint64_t* by) const;

 private:
  struct Rule {
    alerting::InhibitRule config;
    /// Alerts that match the source, by the values of `equal` and then by fingerprint.
    std::unordered_map<std::string, std::map<uint64_t, AlertPtr>> sources;

    std::string EqualValues(const model::Labels& labels) const;
  };
  std::vector<Rule> rules_;
};

}  // namespace kvs::alertmanager
