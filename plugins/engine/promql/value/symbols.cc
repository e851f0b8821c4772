// SPDX-License-Identifier: Apache-2.0
// Interning, and what is done with label sets as wholes.

#include "value/symbols.h"

#include <algorithm>
#include <numeric>

#include "kvs/base/quote.h"
#include "kvs/model/labels.h"

namespace kvs::engine::promql {
namespace {

constexpr size_t kTextBlock = size_t{64} << 10;
/// Of a symbol in both tables, at their usual load.
constexpr int64_t kEntryBytes = 64;
constexpr size_t kRefBlock = size_t{16} << 10;

}  // namespace

LabelStore::LabelStore() {
  texts_.push_back({});
  ids_.emplace(texts_[0], kSymEmpty);
  for (const std::string_view name : {"__name__", "__type__", "__unit__"}) Intern(name);
}

uint32_t LabelStore::Intern(std::string_view text) {
  if (const auto it = ids_.find(text); it != ids_.end()) return it->second;
  if (text_used_ + text.size() > text_capacity_) {
    text_capacity_ = std::max(kTextBlock, text.size());
    text_used_ = 0;
    text_blocks_.push_back(std::make_unique<char[]>(text_capacity_));
    memory_.Add(static_cast<int64_t>(text_capacity_));
  }
  char* const at = text_blocks_.back().get() + text_used_;
  std::memcpy(at, text.data(), text.size());
  text_used_ += text.size();
  const uint32_t id = static_cast<uint32_t>(texts_.size());
  texts_.emplace_back(at, text.size());
  memory_.Add(kEntryBytes);
  ids_.emplace(texts_.back(), id);
  return id;
}

uint32_t LabelStore::Find(std::string_view text) const {
  const auto it = ids_.find(text);
  return it == ids_.end() ? kSymEmpty : it->second;
}

uint32_t* LabelStore::Allocate(size_t n) {
  if (refs_used_ + n > refs_capacity_) {
    refs_capacity_ = std::max(kRefBlock, n);
    refs_used_ = 0;
    ref_blocks_.push_back(std::make_unique<uint32_t[]>(refs_capacity_));
    memory_.Add(static_cast<int64_t>(sizeof(uint32_t) * refs_capacity_));
  }
  uint32_t* const at = ref_blocks_.back().get() + refs_used_;
  refs_used_ += n;
  return at;
}

LabelSet LabelStore::Keep(std::span<const uint32_t> refs) {
  if (refs.empty()) return {};
  uint32_t* const at = Allocate(refs.size());
  std::memcpy(at, refs.data(), refs.size_bytes());
  return {at, static_cast<uint32_t>(refs.size() / 2)};
}

LabelSet LabelStore::Make(std::vector<uint32_t> refs) {
  std::vector<std::pair<uint32_t, uint32_t>> labels;
  for (size_t i = 0; i + 1 < refs.size(); i += 2) {
    if (refs[i + 1] != kSymEmpty) labels.emplace_back(refs[i], refs[i + 1]);
  }
  std::sort(labels.begin(), labels.end(),
            [this](const auto& a, const auto& b) { return text(a.first) < text(b.first); });
  refs.clear();
  for (const auto& [name, value] : labels) refs.insert(refs.end(), {name, value});
  return Keep(refs);
}

LabelSet LabelStore::WithoutName(LabelSet set) {
  if (!set.HasName()) return set;
  uint32_t* const at = Allocate(2 * size_t{set.size});
  uint32_t n = 0;
  for (uint32_t i = 0; i < set.size; ++i) {
    if (IsNameSymbol(set.refs[2 * i])) continue;
    at[2 * n] = set.refs[2 * i];
    at[2 * n + 1] = set.refs[2 * i + 1];
    ++n;
  }
  return {at, n};
}

LabelSet LabelStore::With(LabelSet set, uint32_t name, uint32_t value) {
  if (set.Get(name) == value) return set;
  uint32_t* const at = Allocate(2 * size_t{set.size} + 2);
  uint32_t n = 0;
  const auto put = [&](uint32_t a, uint32_t b) {
    at[2 * n] = a;
    at[2 * n + 1] = b;
    ++n;
  };
  bool placed = value == kSymEmpty;
  for (uint32_t i = 0; i < set.size; ++i) {
    const uint32_t old = set.refs[2 * i];
    if (!placed && (old == name || text(name) < text(old))) {
      put(name, value);
      placed = true;
    }
    if (old != name) put(old, set.refs[2 * i + 1]);
  }
  if (!placed) put(name, value);
  return {at, n};
}

bool LabelStore::Less(LabelSet a, LabelSet b) const {
  const uint32_t n = 2 * std::min(a.size, b.size);
  for (uint32_t i = 0; i < n; ++i) {
    if (a.refs[i] != b.refs[i]) return text(a.refs[i]) < text(b.refs[i]);
  }
  return a.size < b.size;
}

std::vector<uint32_t> LabelStore::Ranks(std::span<const LabelSet> sets) const {
  std::vector<uint32_t> rank(texts_.size(), 0);
  std::vector<uint32_t> used;
  for (const LabelSet& set : sets) {
    for (const uint32_t symbol : set.span()) {
      if (rank[symbol] != 0) continue;
      rank[symbol] = 1;
      used.push_back(symbol);
    }
  }
  std::sort(used.begin(), used.end(), [this](uint32_t a, uint32_t b) { return text(a) < text(b); });
  for (size_t i = 0; i < used.size(); ++i) rank[used[i]] = static_cast<uint32_t>(i);
  return rank;
}

std::vector<uint32_t> LabelStore::Order(std::span<const LabelSet> sets) const {
  const std::vector<uint32_t> rank = Ranks(sets);
  std::vector<uint32_t> order(sets.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const LabelSet& x = sets[a];
    const LabelSet& y = sets[b];
    const uint32_t n = 2 * std::min(x.size, y.size);
    for (uint32_t i = 0; i < n; ++i) {
      if (x.refs[i] != y.refs[i]) return rank[x.refs[i]] < rank[y.refs[i]];
    }
    return x.size != y.size ? x.size < y.size : a < b;
  });
  return order;
}

uint64_t LabelStore::CanonicalHash(LabelSet set) const {
  model::SeriesHasher hasher;
  for (uint32_t i = 0; i < set.size; ++i)
    hasher.Add(text(set.refs[2 * i]), text(set.refs[2 * i + 1]));
  return hasher.Finish();
}

std::string LabelStore::ToString(LabelSet set) const {
  std::string out = "{";
  for (uint32_t i = 0; i < set.size; ++i) {
    if (i > 0) out += ", ";
    out += text(set.refs[2 * i]);
    out += '=';
    AppendQuoted(out, text(set.refs[2 * i + 1]));
  }
  out += '}';
  return out;
}

}  // namespace kvs::engine::promql
