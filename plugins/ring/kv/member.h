// SPDX-License-Identifier: Apache-2.0
// Member: the life of this process in the ring.
//
//   PENDING -> JOINING: it answers reads. Whoever reads has to know of it before anything is
//   written to it alone, so
//   -> ACTIVE: only after observe_period. Heartbeats.
//   -> LEAVING: no writes any more. What only it has is handed over, if that was asked for; then
//   final_sleep passes, so that
//      readers find the data where it is now, and it is gone from the ring. Otherwise it stays in
//      the ring as LEAVING: it keeps data that comes back with it, and reads must not believe
//      themselves complete without.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/holder.h"
#include "kvs/sdk/port/kv.h"

#include "config.h"
#include "instance.h"
#include "metrics.h"

namespace kvs::ring::kv {

class Member {
 public:
  Member(sdk::Host host, const Config& config, const Metrics& metrics, std::string id);

  /// [main]
  void Start(sdk::KvRef kv, std::vector<sdk::HolderRef> holders);
  /// Waits for its end. [worker]
  void Leave();
  /// [worker]
  void Stop();

  bool is_active() const { return active_; }
  /// Takes no new writes although it is active, or does again. The kv store's errors. [worker]
  Status SetReadOnly(bool read_only);
  bool is_read_only() const;
  int64_t read_only_changed_ms() const;

 private:
  void Beat();
  /// Reads what an earlier life left in the ring, and registers.
  Status Register();
  /// Writes what it is now, with the time of now.
  Status Publish();
  Status Remove();
  bool HandOver();

  const Config& config_;
  const Metrics& metrics_;
  const sdk::Host host_;
  const sdk::Clock clock_;
  const sdk::Log log_;
  sdk::KvRef kv_;
  std::vector<sdk::HolderRef> holders_;
  sdk::CancelSource stop_;
  std::function<void()> beat_;
  uint64_t ticket_ = 0;
  std::atomic<bool> active_{false};

  std::mutex beating_;  // One heartbeat at a time.
  mutable std::mutex mutex_;
  std::condition_variable stopping_;
  Instance instance_;  // Guarded by mutex_, as all below.
  bool registered_ = false;
  int64_t joined_ns_ = 0;  // When it was first JOINING.
  int64_t beaten_ns_ = 0;  // When the kv store last took a heartbeat.
};

}  // namespace kvs::ring::kv
