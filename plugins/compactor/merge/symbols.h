// SPDX-License-Identifier: Apache-2.0
// The symbols of several blocks as one ascending table, and which of them each new block uses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/index_header.h"

namespace kvs::compactor {

/// All texts of some indexes, each once, ascending: so numbers compare as texts do. Immutable.
/// [any]
class MergedSymbols {
 public:
  /// DataLoss begins with the name of the source.
  static StatusOr<MergedSymbols> Make(const std::vector<const tsdb::IndexHeader*>& headers,
                                      const std::vector<std::string>& names);

  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  std::string_view Text(uint32_t number) const {
    const uint64_t begin = number == 0 ? 0 : ends_[number - 1];
    return std::string_view(texts_).substr(begin, ends_[number] - begin);
  }
  /// The number here of a symbol of source `source`. `number` is below the size of that source.
  uint32_t Of(size_t source, uint32_t number) const { return numbers_[source][number]; }
  size_t SizeOf(size_t source) const { return numbers_[source].size(); }

 private:
  std::string texts_;
  std::vector<uint64_t> ends_;
  std::vector<std::vector<uint32_t>> numbers_;
};

/// Some symbols of a table, numbered anew without gaps. [any]
class SymbolSubset {
 public:
  explicit SymbolSubset(uint32_t size) : bits_((size_t{size} + 63) / 64) {}

  void Mark(uint32_t number) { bits_[number / 64] |= uint64_t{1} << number % 64; }
  bool Has(uint32_t number) const { return (bits_[number / 64] >> number % 64 & 1) != 0; }
  /// Nothing is marked afterwards.
  void Freeze();
  /// Of one that is marked: how many are before it.
  uint32_t Rank(uint32_t number) const {
    const uint64_t below = bits_[number / 64] & ((uint64_t{1} << number % 64) - 1);
    return before_[number / 64] + static_cast<uint32_t>(__builtin_popcountll(below));
  }

 private:
  std::vector<uint64_t> bits_;
  std::vector<uint32_t> before_;
};

}  // namespace kvs::compactor
