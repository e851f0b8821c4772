// SPDX-License-Identifier: Apache-2.0
// LoggedIds: from the series ids of a log to those of this process. Pages are made where there are
// ids, so that one senseless id in a damaged log costs a page and not gigabytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace kvs::head {

/// A sparse array of ids below kMax. [one writer, or any number of readers]
class LoggedIds {
 public:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  /// Ids are given out densely from 0; one this high was never written by a head.
  static constexpr uint64_t kMax = uint64_t{1} << 30;

  /// The id of now, or kNone.
  uint32_t Find(uint64_t logged) const {
    const uint64_t page = logged / kPage;
    if (page >= pages_.size() || pages_[page] == nullptr) return kNone;
    return (*pages_[page])[logged % kPage];
  }

  /// `logged` is below kMax.
  void Set(uint64_t logged, uint32_t id) {
    const uint64_t page = logged / kPage;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (pages_[page] == nullptr) {
      pages_[page] = std::make_unique<Page>();
      std::ranges::fill(*pages_[page], kNone);
    }
    (*pages_[page])[logged % kPage] = id;
  }

 private:
  static constexpr uint64_t kPage = 4096;
  using Page = std::array<uint32_t, kPage>;
  std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace kvs::head
