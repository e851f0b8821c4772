// SPDX-License-Identifier: Apache-2.0
// Counts: how many series each value of some labels has. Fed batch by batch; texts are hashed once
// a batch, series only count integers. Not synchronised.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kvs/abi/series_batch.h"

namespace kvs::api::cardinality {

class Counts {
 public:
  explicit Counts(std::vector<std::string> names);

  void Add(const kvs_label_columns_t& labels);

  struct OfLabel {
    std::string name;
    uint64_t series = 0;  ///< That have the label.
    uint64_t values = 0;
    std::vector<std::pair<std::string, uint64_t>> top;  ///< Most series first, then by value.
  };
  uint64_t series() const { return series_; }
  /// In the order of names; at most `limit` values each.
  std::vector<OfLabel> Top(size_t limit) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using ByValue = std::unordered_map<std::string, uint64_t, Hash, std::equal_to<>>;

  const std::vector<std::string> names_;
  std::vector<ByValue> by_name_;
  uint64_t series_ = 0;
};

}  // namespace kvs::api::cardinality
