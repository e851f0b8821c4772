// SPDX-License-Identifier: Apache-2.0
#include "kvs/sharing/source_peers.h"

#include <utility>
#include <vector>

#include "kvs/sdk/call.h"

namespace kvs::sharing {
namespace {

constexpr int64_t kIdleNs = int64_t{600} * 1'000'000'000;

}  // namespace

StatusOr<std::shared_ptr<const SourcePeer>> SourcePeers::Find(std::string_view address) {
  std::vector<std::shared_ptr<const SourcePeer>> idle;  // Let go of behind the lock.
  const int64_t now_ns = sdk::MonotonicNs();
  const MutexLock lock(mutex_);
  const auto found = peers_.find(address);
  if (found != peers_.end()) {
    found->second.used_ns = now_ns;
    return found->second.peer;
  }
  auto peer = std::make_shared<SourcePeer>();
  auto dial = sdk::Record<kvs_dial_t>();
  dial.address = sdk::Str(address);
  KVS_RETURN_IF_ERROR(
      sdk::Await(dialer_.dial(), sdk::OwnedCall("ring"), &dial, peer->connection.out()));
  peer->source = peer->connection.port<sdk::SourceRef>();
  if (!peer->source) return FailedPrecondition("the dialer carries no series");
  for (auto at = peers_.begin(); at != peers_.end();) {
    if (now_ns - at->second.used_ns <= kIdleNs) {
      ++at;
      continue;
    }
    idle.push_back(std::move(at->second.peer));
    at = peers_.erase(at);
  }
  peers_[std::string(address)] = {peer, now_ns};
  return std::shared_ptr<const SourcePeer>(std::move(peer));
}

void SourcePeers::Clear() {
  const MutexLock lock(mutex_);
  peers_.clear();
}

}  // namespace kvs::sharing
