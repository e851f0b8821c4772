// SPDX-License-Identifier: Apache-2.0
// ReplicaOf: which replica of which group sent a series. Labels are looked at
// once for each series; after that its key tells, in a table of 64-bit words,
// each a tag and a number. Lossy: an old entry makes room for a new one, and is
// found out again. A change of the labels' names forgets all.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "kvs/model/label_cursor.h"

namespace kvs::sink::ha_dedup {

/// Names of the labels that tell, in the order in which they count.
struct HaLabels {
  std::vector<std::string> cluster;
  std::vector<std::string> replica;
  uint64_t hash = 0;  ///< Of the names.

  void SetHash();
};

/// One replica, as it is remembered. Lives as long as the table.
struct Replica {
  std::string cluster;
  std::string name;
  std::string label;  ///< That which named it, to be taken out.
};

/// [any]
class ReplicaTable {
 public:
  static constexpr uint32_t kUnknown = 0;  ///< Beyond what can be numbered.
  static constexpr uint32_t kNone = 1;     ///< It has not both labels.

  /// Reads the labels. Numbers are for one tenant, one group, one replica; kNone without both
  /// labels. Of replicas beyond a million, or ten thousand of one tenant, none gets a number:
  /// kUnknown, and `unnumbered` is filled.
  uint32_t NumberOf(std::string_view tenant, model::LabelCursor labels, const HaLabels& names,
                    Replica* unnumbered);
  /// Of a number from NumberOf(). Valid as long as the table.
  const Replica& At(uint32_t number) const;

 private:
  mutable std::mutex mutex_;
  std::deque<Replica> replicas_ = std::deque<Replica>(2);  // By number; elements never change.
  std::map<std::tuple<std::string, std::string, std::string, std::string>, uint32_t> numbers_;
  std::map<std::string, uint32_t, std::less<>> numbers_of_tenant_;
};

}  // namespace kvs::sink::ha_dedup
