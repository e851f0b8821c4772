// SPDX-License-Identifier: Apache-2.0
#include "deleted_ranges.h"

#include <algorithm>

#include "kvs/sdk/str.h"

namespace kvs::source::deletions {

using tsdb::Tombstone;

std::vector<Tombstone> DeletedRanges::Of(const kvs_label_columns_t& labels, uint32_t row) {
  labels_.clear();
  for (uint32_t i = labels.begin[row]; i + 1 < labels.begin[row + 1]; i += 2) {
    labels_.push_back(
        {sdk::View(labels.symbols[labels.refs[i]]), sdk::View(labels.symbols[labels.refs[i + 1]])});
  }
  std::vector<Tombstone> out;
  for (const bucket::SeriesRule& rule : rules_) {
    if (rule.Matches(labels_)) out.push_back({0, rule.range});
  }
  if (out.size() < 2) return out;
  const tsdb::Tombstones merged(std::move(out));
  return {merged.all().begin(), merged.all().end()};
}

bool Covers(std::span<const Tombstone> deleted, int64_t mint, int64_t maxt) {
  return std::any_of(deleted.begin(), deleted.end(), [=](const Tombstone& d) {
    return d.range.mint <= mint && maxt <= d.range.maxt;
  });
}

bool Touches(std::span<const Tombstone> deleted, int64_t mint, int64_t maxt) {
  return std::any_of(deleted.begin(), deleted.end(), [=](const Tombstone& d) {
    return d.range.mint <= maxt && mint <= d.range.maxt;
  });
}

}  // namespace kvs::source::deletions
