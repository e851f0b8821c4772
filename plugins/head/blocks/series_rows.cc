// SPDX-License-Identifier: Apache-2.0
#include "blocks/series_rows.h"

#include <algorithm>
#include <numeric>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

namespace kvs::head {
namespace {

// The index is not kept from others for longer than this takes.
constexpr size_t kIdsAtOnce = 2048;

}  // namespace

StatusOr<SeriesRows> SeriesRows::Collect(const sdk::Call& call, const sdk::IndexerRef& index,
                                         std::span<const uint32_t> ids) {
  SeriesRows rows;
  rows.ids_.assign(ids.begin(), ids.end());
  rows.names_of_.reserve(ids.size());
  rows.first_value_.reserve(ids.size());
  for (size_t begin = 0; begin < ids.size(); begin += kIdsAtOnce) {
    const std::span<const uint32_t> some =
        ids.subspan(begin, std::min(kIdsAtOnce, ids.size() - begin));
    auto query = sdk::Record<kvs_labels_query_t>();
    query.ids = some.data();
    query.n_ids = some.size();
    sdk::Owned<kvs_label_columns_t> columns;
    KVS_RETURN_IF_ERROR(sdk::Await(index.labels(), call, &query, columns.out()));
    // Texts that many rows share are looked up once for all rows of the answer.
    std::vector<uint32_t>& known = rows.order_;
    known.resize(columns->n_symbols);
    for (uint64_t i = 0; i < columns->n_symbols; ++i)
      known[i] = rows.SymbolOf(sdk::View(columns->symbols[i]));
    for (uint32_t row = 0; row < columns->n_series; ++row) rows.Add(*columns, row);
  }
  rows.Sort();
  return rows;
}

uint32_t SeriesRows::SymbolOf(std::string_view text) {
  const auto found = number_of_.find(text);
  if (found != number_of_.end()) return found->second;
  const std::string_view copy = texts_.Copy(text);
  const auto number = static_cast<uint32_t>(symbols_.size());
  symbols_.push_back(copy);
  number_of_.emplace(copy, number);
  return number;
}

void SeriesRows::Add(const kvs_label_columns_t& columns, uint32_t row) {
  const std::vector<uint32_t>& known = order_;
  const uint32_t begin = columns.begin[row];
  const uint32_t end = columns.begin[row + 1];
  first_value_.push_back(static_cast<uint32_t>(values_.size()));
  // Neighbours mostly have the same names.
  const std::vector<uint32_t>* const last = names_of_.empty() ? nullptr : &names_[names_of_.back()];
  bool same = last != nullptr && last->size() == (end - begin) / 2;
  for (uint32_t i = begin; i < end; i += 2) {
    same = same && (*last)[(i - begin) / 2] == known[columns.refs[i]];
    values_.push_back(known[columns.refs[i + 1]]);
  }
  if (same) {
    names_of_.push_back(names_of_.back());
    return;
  }
  std::vector<uint32_t> names;
  for (uint32_t i = begin; i < end; i += 2) names.push_back(known[columns.refs[i]]);
  const auto [at, is_new] =
      names_number_of_.try_emplace(names, static_cast<uint32_t>(names_.size()));
  if (is_new) names_.push_back(std::move(names));
  names_of_.push_back(at->second);
}

void SeriesRows::Sort() {
  number_of_ = {};
  names_number_of_ = {};
  // Symbols get the numbers of their order; so rows are compared without their texts.
  std::vector<uint32_t> by_text(symbols_.size());
  std::iota(by_text.begin(), by_text.end(), 0);
  std::sort(by_text.begin(), by_text.end(),
            [this](uint32_t a, uint32_t b) { return symbols_[a] < symbols_[b]; });
  std::vector<uint32_t> rank(symbols_.size());
  std::vector<std::string_view> sorted(symbols_.size());
  for (uint32_t i = 0; i < by_text.size(); ++i) {
    rank[by_text[i]] = i;
    sorted[i] = symbols_[by_text[i]];
  }
  symbols_ = std::move(sorted);
  for (std::vector<uint32_t>& names : names_) {
    for (uint32_t& name : names) name = rank[name];
  }
  for (uint32_t& value : values_) value = rank[value];

  // The first two labels decide most comparisons, so they stand beside the row's number.
  struct Key {
    uint64_t first;
    uint64_t second;
    uint32_t row;
  };
  std::vector<Key> keys(ids_.size());
  for (uint32_t row = 0; row < keys.size(); ++row) {
    const std::vector<uint32_t>& names = names_[names_of_[row]];
    const uint32_t* const values = values_.data() + first_value_[row];
    const auto pair = [&](size_t i) {
      return i < names.size() ? (uint64_t{names[i]} << 32 | values[i]) + 1 : 0;
    };
    keys[row] = {pair(0), pair(1), row};
  }
  std::sort(keys.begin(), keys.end(), [this](const Key& a, const Key& b) {
    if (a.first != b.first) return a.first < b.first;
    if (a.second != b.second) return a.second < b.second;
    return Less(a.row, b.row);
  });
  order_.resize(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) order_[i] = keys[i].row;
}

bool SeriesRows::Less(uint32_t a, uint32_t b) const {
  const std::vector<uint32_t>& a_names = names_[names_of_[a]];
  const std::vector<uint32_t>& b_names = names_[names_of_[b]];
  const uint32_t* const a_values = values_.data() + first_value_[a];
  const uint32_t* const b_values = values_.data() + first_value_[b];
  const size_t n = std::min(a_names.size(), b_names.size());
  for (size_t i = 0; i < n; ++i) {
    if (a_names[i] != b_names[i]) return a_names[i] < b_names[i];
    if (a_values[i] != b_values[i]) return a_values[i] < b_values[i];
  }
  return a_names.size() < b_names.size();
}

void SeriesRows::Labels(size_t i, std::vector<tsdb::SymbolPair>& out) const {
  const uint32_t row = order_[i];
  const std::vector<uint32_t>& names = names_[names_of_[row]];
  const uint32_t* const values = values_.data() + first_value_[row];
  out.clear();
  for (size_t n = 0; n < names.size(); ++n) out.push_back({names[n], values[n]});
}

}  // namespace kvs::head
