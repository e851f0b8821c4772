// SPDX-License-Identifier: Apache-2.0
// Upstream: the addresses of one name, and which of them to ask. Healthy ones in turn; when none
// is, any: a proxy that knows nothing better tries. [any]
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace kvs::net::proxy {

class Upstream {
 public:
  Upstream(std::string name, std::vector<std::string> addresses);

  const std::string& name() const { return name_; }
  size_t size() const { return members_.size(); }
  const std::string& address(size_t i) const { return members_[i]->address; }

  /// In which order to try the addresses for one request: the healthy ones, beginning at the next
  /// in turn, then the others.
  std::vector<size_t> Order();
  bool healthy(size_t i) const { return members_[i]->healthy.load(std::memory_order_relaxed); }
  void SetHealthy(size_t i, bool healthy) {
    members_[i]->healthy.store(healthy, std::memory_order_relaxed);
  }

 private:
  struct Member {
    std::string address;
    std::atomic<bool> healthy{true};  // Until something else is known.
  };
  const std::string name_;
  std::vector<std::unique_ptr<Member>> members_;
  std::atomic<size_t> turn_{0};
};

}  // namespace kvs::net::proxy
