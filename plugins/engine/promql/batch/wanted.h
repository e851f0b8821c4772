// SPDX-License-Identifier: Apache-2.0
// Selections that are kept: what the queries of a batch will ask for, and what is read for them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "kvs/abi/port/series_source.h"

namespace kvs::engine::promql {

/// A kvs_select_t that owns what it points at.
class Wanted {
 public:
  explicit Wanted(const kvs_select_t& select);

  /// Equal for selections of the same series, in the same form: all but times, labels, hints, and
  /// which aggregates do as well as samples.
  const std::string& series() const { return series_; }
  int64_t min_ms() const { return min_ms_; }
  int64_t max_ms() const { return max_ms_; }
  bool covers(int64_t min_ms, int64_t max_ms) const {
    return min_ms_ <= min_ms && max_ms <= max_ms_;
  }

  /// Whether reading this gives `other` all that it asks for.
  bool Serves(const Wanted& other) const;
  /// Afterwards it serves also whom `other` serves, of the same series. Hints that differ go.
  void Include(const Wanted& other);

  /// Borrowed until the next change.
  const kvs_select_t* Record();

 private:
  struct Matcher {
    std::string name, value;
    int32_t type;
  };
  bool SameHints(const Wanted& other) const {
    return func_ == other.func_ && step_ms_ == other.step_ms_ && range_ms_ == other.range_ms_;
  }

  std::string series_;
  std::vector<Matcher> matchers_;
  int64_t min_ms_, max_ms_;
  std::string func_;
  int64_t step_ms_, range_ms_;
  bool all_labels_;
  std::set<std::string> labels_;
  kvs_select_t record_;  ///< What it points at is set by Record().
  std::vector<kvs_matcher_t> matcher_records_;
  std::vector<kvs_str_t> label_records_;
};

/// The part of Wanted::series() that matchers make: "name=value" and so on, unambiguous.
std::string MatchersKey(const kvs_matchers_t& matchers);

}  // namespace kvs::engine::promql
