// SPDX-License-Identifier: Apache-2.0
// FairLines: what waits, in one line for each tenant. Tenants take turns, so that none waits
// because another has many; within a line what has the higher priority comes first, and of equal
// priority what has waited longer.
#pragma once

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
  /// At most so many of one tenant.
  explicit FairLines(int64_t max_of_tenant) : max_of_tenant_(max_of_tenant) {}

  /// Whether Push() would be false.
  bool IsFull(std::string_view tenant) const {
    const auto line = lines_.find(tenant);
    return (line == lines_.end() ? 0 : line->second.size) >= max_of_tenant_;
  }
  /// False: the line of the tenant is full.
  bool Push(std::string_view tenant, std::shared_ptr<T> item, int32_t priority = 0) {
    if (IsFull(tenant)) return false;
    const auto [line, is_new] = lines_.try_emplace(std::string(tenant));
    if (is_new) order_.push_back(line->first);
    line->second.items[priority].push_back(std::move(item));
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
      const auto best = line->second.items.begin();
      std::shared_ptr<T> item = std::move(best->second.front());
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
        if (at->get() != item) continue;
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
        for (const std::shared_ptr<T>& item : items) fn(std::string_view(tenant), item);
      }
    }
  }
  int64_t size() const { return size_; }

 private:
  struct Line {
    std::map<int32_t, std::deque<std::shared_ptr<T>>, std::greater<>> items;  ///< By priority.
    int64_t size = 0;
  };
  const int64_t max_of_tenant_;
  int64_t size_ = 0;
  std::map<std::string, Line, std::less<>> lines_;
  std::deque<std::string> order_;  ///< Tenants that wait, next first.
};

}  // namespace kvs::sdk
