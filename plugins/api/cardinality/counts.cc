// SPDX-License-Identifier: Apache-2.0
#include "counts.h"

#include <algorithm>

#include "kvs/sdk/str.h"

namespace kvs::api::cardinality {

Counts::Counts(std::vector<std::string> names)
    : names_(std::move(names)), by_name_(names_.size()) {}

void Counts::Add(const kvs_label_columns_t& labels) {
  series_ += labels.n_series;
  // Which of the names a symbol is, if any; and how often it stands as a value of each.
  constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> name_of(labels.n_symbols, kNone);
  for (uint64_t s = 0; s < labels.n_symbols; ++s) {
    for (uint32_t n = 0; n < names_.size(); ++n) {
      if (sdk::View(labels.symbols[s]) == names_[n]) name_of[s] = n;
    }
  }
  std::vector<std::vector<uint32_t>> times(names_.size());
  for (auto& of_name : times) of_name.resize(labels.n_symbols);
  const uint32_t end = labels.begin[labels.n_series];
  for (uint32_t i = labels.begin[0]; i + 1 < end; i += 2) {
    if (const uint32_t n = name_of[labels.refs[i]]; n != kNone) ++times[n][labels.refs[i + 1]];
  }
  for (size_t n = 0; n < names_.size(); ++n) {
    for (uint64_t s = 0; s < labels.n_symbols; ++s) {
      if (times[n][s] == 0) continue;
      const std::string_view value = sdk::View(labels.symbols[s]);
      const auto found = by_name_[n].find(value);
      if (found == by_name_[n].end()) {
        by_name_[n].emplace(value, times[n][s]);
      } else {
        found->second += times[n][s];
      }
    }
  }
}

std::vector<Counts::OfLabel> Counts::Top(size_t limit) const {
  std::vector<OfLabel> out(names_.size());
  for (size_t n = 0; n < names_.size(); ++n) {
    OfLabel& label = out[n];
    label.name = names_[n];
    label.values = by_name_[n].size();
    label.top.assign(by_name_[n].begin(), by_name_[n].end());
    for (const auto& [value, series] : label.top) label.series += series;
    std::sort(label.top.begin(), label.top.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    if (label.top.size() > limit) label.top.resize(limit);
  }
  return out;
}

}  // namespace kvs::api::cardinality
