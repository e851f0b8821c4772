// SPDX-License-Identifier: Apache-2.0
// PeerMap: what is kept of each member of a ring that was asked, such as a connection, by address.
// Who was not asked for ten minutes is dropped: members come and go for as long as a process lives.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"

namespace kvs::sharing {

/// [any]
template <typename Peer>
class PeerMap {
 public:
  /// What is kept of an address. Where nothing is, make() gives it, a
  /// StatusOr<std::shared_ptr<Peer>>; errors are its own.
  template <typename Make>
  StatusOr<std::shared_ptr<Peer>> Find(std::string_view address, int64_t now_ns, const Make& make) {
    std::vector<std::shared_ptr<Peer>> idle;  // Let go of behind the lock.
    const MutexLock lock(mutex_);
    const auto found = peers_.find(address);
    if (found != peers_.end()) {
      found->second.used_ns = now_ns;
      return found->second.peer;
    }
    KVS_ASSIGN_OR_RETURN(std::shared_ptr<Peer> peer, make());
    for (auto at = peers_.begin(); at != peers_.end();) {
      if (now_ns - at->second.used_ns <= kIdleNs) {
        ++at;
        continue;
      }
      idle.push_back(std::move(at->second.peer));
      at = peers_.erase(at);
    }
    peers_[std::string(address)] = {peer, now_ns};
    return peer;
  }
  void Clear() {
    const MutexLock lock(mutex_);
    peers_.clear();
  }

 private:
  static constexpr int64_t kIdleNs = int64_t{600} * 1'000'000'000;
  struct Kept {
    std::shared_ptr<Peer> peer;
    int64_t used_ns = 0;
  };
  Mutex mutex_;
  std::map<std::string, Kept, std::less<>> peers_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::sharing
