// SPDX-License-Identifier: Apache-2.0
#include "upstream.h"

#include <algorithm>
#include <utility>

namespace kvs::net::proxy {

Upstream::Upstream(std::string name, std::vector<std::string> addresses) : name_(std::move(name)) {
  for (std::string& address : addresses) {
    members_.push_back(std::make_unique<Member>());
    members_.back()->address = std::move(address);
  }
}

std::vector<size_t> Upstream::Order() {
  const size_t first = turn_.fetch_add(1, std::memory_order_relaxed);
  std::vector<size_t> order(members_.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = (first + i) % order.size();
  std::stable_partition(order.begin(), order.end(), [this](size_t i) { return healthy(i); });
  return order;
}

}  // namespace kvs::net::proxy
