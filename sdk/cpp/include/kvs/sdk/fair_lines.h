// SPDX-License-Identifier: Apache-2.0
// FairLines: what waits, in one line for each tenant. Tenants take turns, so that none waits
// because another has many. Within a line what has the higher priority comes first, and of equal
// priority what has waited longer; but every so many turns of a tenant go to whatever has waited
// longest, so that a higher priority never keeps a lower one waiting for ever.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace kvs::sdk {

/// Of things of type T, which are only kept here. Not synchronised.
template <typename T>
class FairLines {
 public:
  /// Of so many turns of one tenant the last goes by time alone.
  static constexpr uint32_t kTurnsByPriority = 4;

  /// At most so many of one tenant and priority: a line that is full of one priority has room for
  /// another.
  explicit FairLines(int64_t max_of_priority) : max_of_priority_(max_of_priority) {}

  /// Whether Push() would be false.
  bool IsFull(std::string_view tenant, int32_t priority = 0) const {
    const auto line = lines_.find(tenant);
    if (line == lines_.end()) return max_of_priority_ <= 0;
    const auto items = line->second.items.find(priority);
    return (items == line->second.items.end() ? 0 : std::ssize(items->second)) >= max_of_priority_;
  }
  /// False: the line of the tenant is full.
  bool Push(std::string_view tenant, std::shared_ptr<T> item, int32_t priority = 0) {
    if (IsFull(tenant, priority)) return false;
    const auto [line, is_new] = lines_.try_emplace(std::string(tenant));
    if (is_new) order_.push_back(line->first);
    line->second.items[priority].push_back({next_number_++, std::move(item)});
    ++line->second.size;
    ++size_;
    return true;
  }
  /// The first of the tenant that has waited longest for a turn, among those for which
  /// may_go(tenant) is true. Null: there is none.
  template <typename MayGo>
  std::shared_ptr<T> Pop(MayGo&& may_go) {
    for (auto at = order_.begin(); at != order_.end(); ++at) {
      if (!may_go(std::string_view(*at))) continue;
      const auto line = lines_.find(*at);
      order_.erase(at);
      const auto best = line->second.Best();
      std::shared_ptr<T> item = std::move(best->second.front().item);
      best->second.pop_front();
      if (best->second.empty()) line->second.items.erase(best);
      --size_;
      if (--line->second.size == 0) {
        lines_.erase(line);
      } else {
        order_.push_back(line->first);
      }
      return item;
    }
    return nullptr;
  }
  std::shared_ptr<T> Pop() {
    return Pop([](std::string_view) { return true; });
  }
  /// Takes `item` out; false when it does not wait.
  bool Leave(std::string_view tenant, const T* item) {
    const auto line = lines_.find(tenant);
    if (line == lines_.end()) return false;
    for (auto& [priority, items] : line->second.items) {
      for (auto at = items.begin(); at != items.end(); ++at) {
        if (at->item.get() != item) continue;
        items.erase(at);
        if (items.empty()) line->second.items.erase(priority);
        --size_;
        if (--line->second.size == 0) {
          std::erase(order_, line->first);
          lines_.erase(line);
        }
        return true;
      }
    }
    return false;
  }
  /// Calls fn(tenant, item) for everything that waits. Nothing may be changed meanwhile.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    for (const auto& [tenant, line] : lines_) {
      for (const auto& [priority, items] : line.items) {
        for (const Waiting& one : items) fn(std::string_view(tenant), one.item);
      }
    }
  }
  int64_t size() const { return size_; }

 private:
  struct Waiting {
    uint64_t number;  ///< Less: waits longer.
    std::shared_ptr<T> item;
  };
  struct Line {
    std::map<int32_t, std::deque<Waiting>, std::greater<>> items;  ///< By priority; none is empty.
    int64_t size = 0;
    uint32_t turns = 0;

    /// Whose turn it is: the first of the highest priority, or who has waited longest.
    auto Best() {
      if (++turns % kTurnsByPriority != 0) return items.begin();
      return std::min_element(items.begin(), items.end(), [](const auto& a, const auto& b) {
        return a.second.front().number < b.second.front().number;
      });
    }
  };
  const int64_t max_of_priority_;
  int64_t size_ = 0;
  uint64_t next_number_ = 0;
  std::map<std::string, Line, std::less<>> lines_;
  std::deque<std::string> order_;  ///< Tenants that wait, next first.
};

}  // namespace kvs::sdk
