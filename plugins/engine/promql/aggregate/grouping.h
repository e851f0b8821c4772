// SPDX-License-Identifier: Apache-2.0
// Which group a series belongs to.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "value/grid.h"
#include "value/symbols.h"

namespace kvs::engine::promql {

/// `by (names)`, or `without (names)`.
class Grouping {
 public:
  Grouping(std::span<const std::string> labels, bool without, LabelStore& store)
      : without_(without) {
    for (const std::string& label : labels) names_.push_back(store.Intern(label));
  }

  /// Everything is one group.
  bool single() const { return !without_ && names_.empty(); }
  bool without() const { return without_; }
  std::span<const uint32_t> names() const { return names_; }

  /// The labels of the group of a series with these labels, into `out`.
  void KeyOf(std::span<const uint32_t> refs, std::vector<uint32_t>& out) const {
    out.clear();
    if (single()) return;
    for (size_t i = 0; i < refs.size(); i += 2) {
      const bool named = std::find(names_.begin(), names_.end(), refs[i]) != names_.end();
      // `without` always leaves out the metric name too.
      if (without_ ? !named && refs[i] != kSymName : named)
        out.insert(out.end(), {refs[i], refs[i + 1]});
    }
  }

 private:
  const bool without_;
  std::vector<uint32_t> names_;
};

}  // namespace kvs::engine::promql
