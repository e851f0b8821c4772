// SPDX-License-Identifier: Apache-2.0
// Label sets of one query as integers. Every name and value that the query meets is interned once,
// so that grouping, matching and comparing label sets never touch text.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "kvs/base/mutex.h"

#include "value/memory.h"

namespace kvs::engine::promql {

/// Symbols that every table begins with.
enum : uint32_t { kSymEmpty = 0, kSymName = 1, kSymType = 2, kSymUnit = 3 };

/// The "name" of a series is these three labels: they are always dropped together.
inline constexpr bool IsNameSymbol(uint32_t name) {
  return name >= kSymName && name <= kSymUnit;
}

/// A label set: name, value, name, value, ...; sorted by the text of the names, values never empty.
/// Borrowed from the LabelStore that made it, whose symbols it uses; two sets of one store are
/// equal when their integers are.
struct LabelSet {
  const uint32_t* refs = nullptr;
  uint32_t size = 0;  ///< Labels; there are twice as many refs.

  std::span<const uint32_t> span() const { return {refs, 2 * size}; }
  /// The value's symbol; kSymEmpty when there is no such label.
  uint32_t Get(uint32_t name) const {
    for (uint32_t i = 0; i < size; ++i) {
      if (refs[2 * i] == name) return refs[2 * i + 1];
    }
    return kSymEmpty;
  }
  bool HasName() const {
    for (uint32_t i = 0; i < size; ++i) {
      if (IsNameSymbol(refs[2 * i])) return true;
    }
    return false;
  }

  friend bool operator==(const LabelSet& a, const LabelSet& b) {
    // The pointers of empty sets may be null, which memcmp() does not take.
    return a.size == b.size && (a.size == 0 || a.refs == b.refs ||
                                std::memcmp(a.refs, b.refs, 8 * size_t{a.size}) == 0);
  }
  template <typename H>
  friend H AbslHashValue(H h, const LabelSet& set) {
    return H::combine_contiguous(std::move(h), set.refs, 2 * size_t{set.size});
  }
};

/// Symbols and label sets of one query; they live as long as it. Whoever shares it between threads
/// holds mutex().
class LabelStore {
 public:
  LabelStore();
  LabelStore(const LabelStore&) = delete;
  LabelStore& operator=(const LabelStore&) = delete;

  Mutex& mutex() { return mutex_; }

  uint32_t Intern(std::string_view text);
  /// The symbol of `text`, or kSymEmpty when nobody has interned it.
  uint32_t Find(std::string_view text) const;
  std::string_view text(uint32_t symbol) const { return texts_[symbol]; }
  size_t n_symbols() const { return texts_.size(); }

  /// A copy of `refs`, which are sorted by name and without empty values.
  LabelSet Keep(std::span<const uint32_t> refs);
  /// As Keep(), of labels in any order and with empty values.
  LabelSet Make(std::vector<uint32_t> refs);

  /// Without __name__, __type__ and __unit__.
  LabelSet WithoutName(LabelSet set);
  /// With `name` set to `value`, or without it when that is kSymEmpty.
  LabelSet With(LabelSet set, uint32_t name, uint32_t value);

  /// Prometheus' order of label sets: label by label, name before value; a set comes after its
  /// prefixes.
  bool Less(LabelSet a, LabelSet b) const;
  /// The number of each symbol in the order of texts; symbols not used by `sets` have any number.
  std::vector<uint32_t> Ranks(std::span<const LabelSet> sets) const;
  /// The positions of `sets` in the order of Less(); equal ones stay as they are.
  std::vector<uint32_t> Order(std::span<const LabelSet> sets) const;
  /// The canonical hash, docs/formats/series_hash.md.
  uint64_t CanonicalHash(LabelSet set) const;
  /// {__name__="up", job="node"}
  std::string ToString(LabelSet set) const;

 private:
  uint32_t* Allocate(size_t n);

  Mutex mutex_;
  Charge memory_;  // Of the blocks, and about that of the tables.
  absl::flat_hash_map<std::string_view, uint32_t> ids_;
  std::vector<std::string_view> texts_;
  std::vector<std::unique_ptr<char[]>> text_blocks_;
  size_t text_used_ = 0;
  size_t text_capacity_ = 0;
  std::vector<std::unique_ptr<uint32_t[]>> ref_blocks_;
  size_t refs_used_ = 0;
  size_t refs_capacity_ = 0;
};

/// Numbers label sets 0, 1, 2, ... in the order in which they are first seen.
class LabelIndex {
 public:
  /// The number of `refs` (sorted, without empty values); new ones are copied into `store`.
  uint32_t IdOf(std::span<const uint32_t> refs, LabelStore& store) {
    const LabelSet probe{refs.data(), static_cast<uint32_t>(refs.size() / 2)};
    if (const auto it = ids_.find(probe); it != ids_.end()) return it->second;
    const uint32_t id = static_cast<uint32_t>(sets_.size());
    sets_.push_back(store.Keep(refs));
    ids_.emplace(sets_.back(), id);
    return id;
  }
  /// The number of a set that outlives the index.
  uint32_t IdOf(LabelSet set) {
    const auto [it, added] = ids_.try_emplace(set, static_cast<uint32_t>(sets_.size()));
    if (added) sets_.push_back(set);
    return it->second;
  }
  void Reserve(size_t n) {
    ids_.reserve(n);
    sets_.reserve(n);
  }
  uint32_t size() const { return static_cast<uint32_t>(sets_.size()); }
  const LabelSet& operator[](uint32_t id) const { return sets_[id]; }

 private:
  absl::flat_hash_map<LabelSet, uint32_t> ids_;
  std::vector<LabelSet> sets_;
};

}  // namespace kvs::engine::promql
