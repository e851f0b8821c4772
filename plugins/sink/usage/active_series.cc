// SPDX-License-Identifier: Apache-2.0
#include "active_series.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace kvs::sink::usage {
namespace {

constexpr size_t kFewest = 64;

}  // namespace

uint64_t ActiveSeries::TagOf(model::Key128 key) {
  const uint64_t tag = key.lo ^ std::rotl(key.hi, 32);
  return tag == 0 ? 1 : tag;
}

ActiveSeries::Facts* ActiveSeries::Touch(model::Key128 key, int64_t now_ms) {
  if (entries_.empty()) return nullptr;
  const uint64_t tag = TagOf(key);
  const size_t mask = entries_.size() - 1;
  for (size_t i = tag & mask; entries_[i].tag != 0; i = (i + 1) & mask) {
    if (entries_[i].tag != tag) continue;
    entries_[i].second = std::max(entries_[i].second, Second(now_ms));
    return &entries_[i].facts;
  }
  return nullptr;
}

void ActiveSeries::Insert(model::Key128 key, int64_t now_ms, const Facts& facts) {
  if (entries_.empty() || (size_ + 1) * 4 > entries_.size() * 3) {
    std::vector<Entry> kept;
    kept.reserve(size_);
    std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(kept),
                 [](const Entry& e) { return e.tag != 0; });
    Rebuild(kept, kept.size() * 2 + 1);
  }
  Place({TagOf(key), Second(now_ms), facts});
  ++size_;
}

void ActiveSeries::Place(const Entry& entry) {
  const size_t mask = entries_.size() - 1;
  size_t i = entry.tag & mask;
  while (entries_[i].tag != 0) i = (i + 1) & mask;
  entries_[i] = entry;
}

void ActiveSeries::Rebuild(const std::vector<Entry>& kept, size_t room) {
  size_ = kept.size();
  if (kept.empty() && room == 0) {
    // An idle tenant keeps nothing.
    entries_ = {};
    return;
  }
  entries_.assign(std::bit_ceil(std::max(room, kFewest)), Entry());
  for (const Entry& entry : kept) Place(entry);
}

void ActiveSeries::Clear() {
  entries_ = {};
  size_ = 0;
}

}  // namespace kvs::sink::usage
