// SPDX-License-Identifier: Apache-2.0
#include "postings_collector.h"

#include <numeric>

namespace kvs::tsdb::internal {
namespace {

constexpr uint32_t kNotInBuffer = UINT32_MAX;

uint64_t HashOf(SymbolPair label) {
  const uint64_t key = uint64_t{label.name} << 32 | label.value;
  const uint64_t mixed = (key ^ key >> 29) * 0x9e3779b97f4a7c15;
  return mixed ^ mixed >> 32;
}

}  // namespace

void PostingsCollector::AddSeries(uint32_t number, std::span<const SymbolPair> labels) {
  series_.Add(number);
  label_ids_.Add(static_cast<uint32_t>(labels.size()));
  last_ids_.resize(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i >= last_labels_.size() || last_labels_[i] != labels[i]) last_ids_[i] = IdOf(labels[i]);
    ++counts_[last_ids_[i]];
    label_ids_.Add(last_ids_[i]);
  }
  last_labels_.assign(labels.begin(), labels.end());
}

uint32_t PostingsCollector::IdOf(SymbolPair label) {
  if (2 * (labels_.size() + 1) > table_.size()) Grow();
  for (uint64_t slot = HashOf(label);; ++slot) {
    uint32_t& entry = table_[slot & (table_.size() - 1)];
    if (entry == 0) {
      labels_.push_back(label);
      counts_.push_back(0);
      entry = static_cast<uint32_t>(labels_.size());
    }
    if (labels_[entry - 1] == label) return entry - 1;
  }
}

void PostingsCollector::Grow() {
  table_.assign(std::max<size_t>(1024, 2 * table_.size()), 0);
  for (size_t id = 0; id < labels_.size(); ++id) {
    uint64_t slot = HashOf(labels_[id]);
    while (table_[slot & (table_.size() - 1)] != 0) ++slot;
    table_[slot & (table_.size() - 1)] = static_cast<uint32_t>(id + 1);
  }
}

std::span<const SymbolPair> PostingsCollector::SortedLabels() {
  if (sorted_.size() != labels_.size()) {
    order_.resize(labels_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::sort(order_.begin(), order_.end(),
              [this](uint32_t a, uint32_t b) { return labels_[a] < labels_[b]; });
    sorted_.clear();
    for (const uint32_t id : order_) sorted_.push_back(labels_[id]);
  }
  return sorted_;
}

// Makes the lists from number `begin` on, one behind the other; returns the first that has no room.
size_t PostingsCollector::FillBuffer(size_t begin, std::vector<uint32_t>* buffer) {
  std::vector<uint32_t> next(labels_.size(), kNotInBuffer);  // By id: where its next series goes.
  size_t end = begin;
  size_t n = 0;
  for (; end < order_.size(); ++end) {
    const uint32_t id = order_[end];
    if (end > begin && n + counts_[id] > buffer_series_) break;
    next[id] = static_cast<uint32_t>(n);
    n += counts_[id];
  }
  buffer->resize(n);
  size_t at = 0;
  for (size_t i = 0; i < series_.size(); ++i) {
    for (uint32_t left = label_ids_[at++]; left > 0; --left, ++at) {
      uint32_t& to = next[label_ids_[at]];
      if (to != kNotInBuffer) (*buffer)[to++] = series_[i];
    }
  }
  return end;
}

}  // namespace kvs::tsdb::internal
