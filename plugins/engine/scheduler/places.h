// SPDX-License-Identifier: Apache-2.0
// Places: who may ask which querier now. Each querier has so many places; who finds none free
// waits, without a thread, in the line of its tenant, and tenants take turns.
//
//   StatusOr<size_t> place = co_await places.Take(call, options);     // Index of a querier.
//   ...
//   places.Give(*place, was_reached);
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/fair_lines.h"
#include "kvs/sdk/host.h"

namespace kvs::engine::scheduler {

struct PlacesOptions {
  int64_t places_per_querier = 1;
  int64_t max_waiting_per_tenant = 0;  ///< Of each priority.
  int64_t pause_ms = 0;  ///< Of a querier that was not reached.
};

/// Safe for concurrent use. Outlives who waits. [any]
class Places {
 public:
  /// `names` of the queriers: what tenants are spread by.
  Places(sdk::Executor executor, sdk::Clock clock, std::vector<std::string> names,
         PlacesOptions options);

  struct Waiter;
  class Taking {
   public:
    Taking(Places& places, const sdk::Call& call, int64_t spread, int32_t priority);
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting);
    /// ResourceExhausted with the reason too_many_requests, Cancelled, DeadlineExceeded.
    StatusOr<size_t> await_resume();

   private:
    Places& places_;
    const std::shared_ptr<Waiter> waiter_;
  };
  /// A place at one of the `spread` queriers of the tenant (0: any). Goes on at once, or on a
  /// worker.
  Taking Take(const sdk::Call& call, int64_t spread, int32_t priority) {
    return {*this, call, spread, priority};
  }
  /// Gives a place back. `reached`: false passes the querier over for a while.
  void Give(size_t querier, bool reached);
  /// Any querier of the tenant for what needs no place.
  size_t Any(std::string_view tenant, int64_t spread);
  /// Ends those whose deadline has passed, and wakes those whose queriers are back. Now and then.
  void Tick();

  /// Waiting of each tenant, as the last collection saw it; tenants that have none any more have 0.
  void ForEachLine(const std::function<void(std::string_view tenant, int64_t waiting)>& fn);
  int64_t waiting() const;
  int64_t healthy() const;

 private:
  struct Querier {
    int64_t free = 0;
    int64_t down_until_ns = 0;
  };

  bool IsUp(size_t q, int64_t now_ns) const KVS_REQUIRES(mutex_) {
    return queriers_[q].down_until_ns <= now_ns;
  }
  /// Whether the tenant's query may be given to this querier: it is one of the tenant's, and is up,
  /// or none of them is.
  bool MayGo(const Waiter& waiter, size_t q, int64_t now_ns) const KVS_REQUIRES(mutex_);
  /// Takes a place of the one with most free ones, if any has one.
  bool TakeBest(Waiter& waiter, int64_t now_ns) KVS_REQUIRES(mutex_);
  /// Gives what is free at `q` to who waits for it.
  void Serve(size_t q, int64_t now_ns, std::vector<std::shared_ptr<Waiter>>* served)
      KVS_REQUIRES(mutex_);
  void GiveUp(const std::shared_ptr<Waiter>& waiter, Status why);
  void Resume(const std::shared_ptr<Waiter>& waiter);

  const sdk::Executor executor_;
  const sdk::Clock clock_;
  const std::vector<std::string> names_;
  const PlacesOptions options_;
  mutable Mutex mutex_;
  std::vector<Querier> queriers_ KVS_GUARDED_BY(mutex_);
  sdk::FairLines<Waiter> lines_ KVS_GUARDED_BY(mutex_);
  /// The first in line stands for its tenant: all of a tenant have the same queriers.
  std::map<std::string, std::shared_ptr<Waiter>, std::less<>> tenants_ KVS_GUARDED_BY(mutex_);
  size_t next_ KVS_GUARDED_BY(mutex_) = 0;  ///< Where the search for a free one begins.
};

/// The queriers of a tenant, by rendezvous hashing: when one comes or goes, at most one of them
/// changes. All where `spread` is 0 or there are no more. [any]
std::vector<bool> QueriersOf(std::string_view tenant, int64_t spread,
                             const std::vector<std::string>& names);

}  // namespace kvs::engine::scheduler
