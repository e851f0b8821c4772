// SPDX-License-Identifier: Apache-2.0
#include "batch/wanted.h"

#include <algorithm>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/str.h"

namespace kvs::engine::promql {

std::string MatchersKey(const kvs_matchers_t& matchers) {
  std::string key;
  for (uint64_t i = 0; i < matchers.n; ++i) {
    const kvs_matcher_t& m = matchers.matchers[i];
    StrAppend(key, m.type, "/", m.name.size, "/", sdk::View(m.name), "/", m.value.size, "/",
              sdk::View(m.value), ",");
  }
  return key;
}

Wanted::Wanted(const kvs_select_t& select)
    : min_ms_(select.min_ms),
      max_ms_(select.max_ms),
      func_(sdk::View(select.func)),
      step_ms_(select.step_ms),
      range_ms_(select.range_ms),
      all_labels_((select.flags & KVS_SELECT_HAS_LABELS) == 0),
      record_(sdk::CopyOf(select)) {
  series_ = StrCat(MatchersKey(record_.matchers), record_.flags & ~uint32_t{KVS_SELECT_HAS_LABELS},
                   "/", record_.limit, "/", record_.shard_index, "/", record_.shard_count, "/",
                   record_.resolution_ms, "/", record_.aggregates == 0 ? "samples" : "any");
  for (uint64_t i = 0; i < record_.matchers.n; ++i) {
    const kvs_matcher_t& m = record_.matchers.matchers[i];
    matchers_.push_back({sdk::Text(m.name), sdk::Text(m.value), m.type});
  }
  for (uint64_t i = 0; !all_labels_ && i < record_.n_labels; ++i)
    labels_.insert(sdk::Text(record_.labels[i]));
}

bool Wanted::Serves(const Wanted& other) const {
  if (series_ != other.series_ || !covers(other.min_ms_, other.max_ms_)) return false;
  if ((other.record_.aggregates & ~record_.aggregates) != 0) return false;
  // A hint lets a source leave out what only others would look at; of the newest sample it matters
  // where time ends.
  if (!func_.empty() && (!SameHints(other) || max_ms_ != other.max_ms_)) return false;
  if (all_labels_) return true;
  return !other.all_labels_ && std::ranges::includes(labels_, other.labels_);
}

void Wanted::Include(const Wanted& other) {
  if (!SameHints(other) || max_ms_ != other.max_ms_) {
    func_.clear();
    step_ms_ = range_ms_ = 0;
  }
  min_ms_ = std::min(min_ms_, other.min_ms_);
  max_ms_ = std::max(max_ms_, other.max_ms_);
  record_.aggregates |= other.record_.aggregates;
  all_labels_ = all_labels_ || other.all_labels_;
  labels_.insert(other.labels_.begin(), other.labels_.end());
}

const kvs_select_t* Wanted::Record() {
  matcher_records_.clear();
  for (const Matcher& m : matchers_)
    matcher_records_.push_back({sdk::Str(m.name), sdk::Str(m.value), m.type, 0});
  label_records_.clear();
  for (const std::string& label : labels_) label_records_.push_back(sdk::Str(label));
  record_.min_ms = min_ms_;
  record_.max_ms = max_ms_;
  record_.matchers = {matcher_records_.data(), matcher_records_.size()};
  record_.func = sdk::Str(func_);
  record_.step_ms = step_ms_;
  record_.range_ms = range_ms_;
  record_.flags &= ~uint32_t{KVS_SELECT_HAS_LABELS};
  record_.labels = nullptr;
  record_.n_labels = 0;
  if (!all_labels_) {
    record_.flags |= KVS_SELECT_HAS_LABELS;
    record_.labels = label_records_.data();
    record_.n_labels = label_records_.size();
  }
  return &record_;
}

}  // namespace kvs::engine::promql
