// SPDX-License-Identifier: Apache-2.0
// Round: one question to as many groups as are needed, and to more when some fail or are slow.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "kvs/sdk/call.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sharing/source_peers.h"

#include "groups.h"

namespace kvs::source::ring {

/// `Out` is an owned record or an open selection: it has out().
template <typename Out>
class Round {
 public:
  /// One instance that was asked. It outlives what it has answered, which may still be read through
  /// its call.
  struct Asked {
    std::shared_ptr<const sharing::SourcePeer> peer;
    sdk::CancelSource cancel;
    kvs_call_t call{};
    size_t group = 0;
    Out out;
    Status status;
    bool ended = false;
  };

  /// Waits. The answers of every group that answered as a whole, at least as many as are needed;
  /// otherwise the first error. [worker]
  template <typename MethodOf, typename In>
  StatusOr<std::vector<std::unique_ptr<Asked>>> Run(const sdk::Call& call,
                                                    const kvs_ring_snapshot_t& ring,
                                                    const Groups& groups,
                                                    sharing::SourcePeers& peers, int64_t hedge_ms,
                                                    MethodOf method_of, const In& in) {
    size_t asked_groups = 0;
    const auto ask_one_more = [&] {
      const size_t group = asked_groups++;
      for (const uint32_t i : groups.groups[group].instances) {
        auto one = std::make_unique<Asked>();
        one->group = group;
        one->call = *call.raw();
        one->call.cancel = one->cancel.raw();
        StatusOr<std::shared_ptr<const sharing::SourcePeer>> peer =
            peers.Find(sdk::View(ring.instances[i].address));
        Asked& asked = *one;
        {
          const std::lock_guard lock(mutex_);
          asked_.push_back(std::move(one));
        }
        if (!peer.ok()) {
          Ended(asked, peer.status());
          continue;
        }
        asked.peer = *std::move(peer);
        sdk::Start(method_of(asked.peer->source), sdk::Call(&asked.call), &in, asked.out.out(),
                   [this, &asked](const Status& status) { Ended(asked, status); });
      }
    };
    while (asked_groups < groups.needed) ask_one_more();

    Status failure;
    bool enough = false;
    auto hedge_at = std::chrono::steady_clock::now() + std::chrono::milliseconds(hedge_ms);
    std::unique_lock lock(mutex_);
    while (failure.ok() && !enough) {
      size_t complete = 0, failed = 0;
      Judge(groups, asked_groups, &complete, &failed, &failure);
      enough = complete >= groups.needed;
      const bool lost = groups.groups.size() - failed < groups.needed;
      if (enough || lost) break;
      failure = OkStatus();
      const bool late = std::chrono::steady_clock::now() >= hedge_at;
      if (asked_groups < groups.groups.size() && (asked_groups - failed < groups.needed || late)) {
        if (late) hedge_at += std::chrono::milliseconds(hedge_ms);
        lock.unlock();
        ask_one_more();
        lock.lock();
        continue;
      }
      failure = call.CheckAlive();
      if (failure.ok()) changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    // Those who have not answered borrow the question: they are told to stop, and awaited.
    for (const auto& one : asked_) {
      if (one->ended) continue;
      lock.unlock();
      one->cancel.Cancel();
      lock.lock();
    }
    changed_.wait(lock, [this] {
      return std::all_of(asked_.begin(), asked_.end(), [](const auto& one) { return one->ended; });
    });
    if (!enough) return failure;
    std::vector<bool> whole(groups.groups.size(), true);
    for (const auto& one : asked_) whole[one->group] = whole[one->group] && one->status.ok();
    std::erase_if(asked_, [&](const auto& one) { return !whole[one->group]; });
    return std::move(asked_);
  }

 private:
  void Ended(Asked& asked, const Status& status) {
    const std::lock_guard lock(mutex_);
    asked.status = status;
    asked.ended = true;
    changed_.notify_all();
  }
  void Judge(const Groups& groups, size_t asked_groups, size_t* complete, size_t* failed,
             Status* failure) const {
    std::vector<int> state(groups.groups.size(), 1);  // 1: complete, 0: not yet, -1: failed.
    for (const auto& one : asked_) {
      if (one->ended && !one->status.ok()) {
        if (failure->ok()) *failure = one->status;
        state[one->group] = -1;
      } else if (!one->ended && state[one->group] == 1) {
        state[one->group] = 0;
      }
    }
    for (size_t g = 0; g < asked_groups; ++g) {
      *complete += state[g] == 1 ? 1 : 0;
      *failed += state[g] == -1 ? 1 : 0;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Asked>> asked_;  // Guarded by mutex_.
};

}  // namespace kvs::source::ring
