// SPDX-License-Identifier: Apache-2.0
// Watcher: a copy of the members in the kv store, kept by watching, and a judgement of who lives.
//
// Health is a matter of time, and time only counts while the kv store answers: were heartbeats
// timed by the clock alone, a store that is away for a minute would make every member of a sound
// cluster unhealthy at once. A heartbeat is timed by when it is seen, not by what the member's
// clock says, so clocks that differ do no harm.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/kv.h"

#include "config.h"
#include "instance.h"
#include "metrics.h"
#include "picture.h"

namespace kvs::ring::kv {

/// [any]
class Watcher {
 public:
  /// `self`: the id of this process, empty when it is no member.
  Watcher(sdk::Host host, const Config& config, const Metrics& metrics, std::string self);
  /// `changed` is called without a lock when a picture has taken the place of another. [main]
  void Start(sdk::KvRef kv, std::function<void()> changed);
  /// Waits for the thread. [worker]
  void Stop();

  /// Null until the ring has been read.
  std::shared_ptr<const Picture> picture() const;
  /// 0 until the ring has been read.
  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  /// Milliseconds since a member was last heard of, as far as that can be known.
  int64_t SilentMs(const std::string& id) const;

 private:
  struct Known {
    Instance instance;
    uint64_t revision = 0;
    int64_t heard_ms = 0;  // By contact_ms_.
  };
  void Run();
  void Note(const kvs_kv_entries_t& entries, bool complete);
  /// The store has answered.
  void Contact();
  /// Judges everybody, and takes another picture if it would be another one.
  void Judge();
  /// How many there are, and their tokens.
  void TellMembers(const std::vector<PictureMember>& members) const;
  /// Of each state, when who is silent for longest was last heard of.
  void TellOldest(const std::vector<PictureMember>& members) const;
  void Forget(const std::string& id, uint64_t revision);

  const Config& config_;
  const Metrics& metrics_;
  const sdk::Host host_;
  const sdk::Clock clock_;
  const sdk::Log log_;
  const std::string self_;
  const int64_t watch_ms_;
  sdk::KvRef kv_;
  std::function<void()> changed_;
  sdk::CancelSource stop_;
  std::function<void()> run_, judge_;
  kvs_thread_t* thread_ = nullptr;
  uint64_t judge_ticket_ = 0;

  std::atomic<uint64_t> epoch_{0};
  mutable std::mutex mutex_;
  std::condition_variable stopping_;
  // Guarded by mutex_, as all below.
  std::map<std::string, Known> known_;
  bool has_read_ = false;
  int64_t contact_ms_ = 0;    // Time that has passed while the store answered.
  int64_t contacted_ns_ = 0;  // When it last did.
  std::shared_ptr<const Picture> picture_;
};

}  // namespace kvs::ring::kv
