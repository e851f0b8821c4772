// SPDX-License-Identifier: Apache-2.0
// Tracker: which replica of each group is elected. It lives in a kv store, for
// all processes; here is a copy, kept up by watching. Elections compare and
// swap, after a fresh read: two processes never elect two.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "election.h"
#include "metrics.h"

namespace kvs::sink::ha_dedup {

class Tracker {
 public:
  Tracker(sdk::Host host, const Config& config, const Metrics& metrics);

  /// Begins to watch. `kv` outlives Stop(). [main]
  void Start(sdk::KvRef kv);
  /// Ends watching, and what is under way. [main]
  void Stop();

  enum class Verdict { kTaken, kDropped, kUndecided };
  /// By the copy alone. Notes that a taken replica is alive, which the kv store
  /// learns in time. kUndecided: Elect() decides. [any]
  Verdict Judge(std::string_view tenant, std::string_view cluster, std::string_view replica,
                int64_t newest_sample_ms);

  /// One question of Elect(), and its answer.
  struct Candidate {
    std::string tenant, cluster, replica;
    int64_t newest_sample_ms = 0;
    int64_t max_clusters = 0;  ///< 0: any number.
    bool taken = false;
  };
  /// Asks the kv store, and stands for election where nobody is, or nobody is
  /// heard of. FailedPrecondition, with a reason, for a group too many; the kv
  /// store's errors. `candidate` outlives it. [any]
  sdk::Outcome Elect(const sdk::Call& call, Candidate& candidate, sdk::Completer& completer);

  struct Shown {
    std::string tenant, cluster;
    Elected elected;
  };
  /// Sorted. [any]
  std::vector<Shown> Show() const;
  std::string ElectedOf(std::string_view tenant, std::string_view cluster) const;

 private:
  struct Group {
    Elected elected;
    int64_t heard_ms = 0;    ///< When the elected one was heard of here.
    int64_t refresh_ms = 0;  ///< When the kv store is to be told.
    bool refreshing = false;
  };
  using Key = std::pair<std::string, std::string>;  // Tenant and cluster.

  sdk::Task RunElection(sdk::Call call, Candidate& candidate);
  std::string KvKey(std::string_view tenant, std::string_view cluster) const;
  void Watch();
  void Refresh(const Key& key);
  void Note(std::string_view kv_key, const kvs_kv_entry_t* entry);
  void Keep(const Key& key, Elected elected, bool heard);
  int64_t NextRefresh(int64_t now_ms);

  const Config& config_;
  const Metrics& metrics_;
  const sdk::Host host_;
  const sdk::Clock clock_;
  const sdk::Log log_;
  sdk::KvRef kv_;

  sdk::CancelSource stop_;
  std::function<void()> watch_;
  kvs_thread_t* watcher_ = nullptr;
  std::function<void()> refresh_;
  uint64_t refresh_ticket_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable stopping_;
  std::map<Key, Group> groups_;                            // Guarded by mutex_, as all below.
  std::map<std::string, int64_t, std::less<>> groups_of_;  // How many a tenant has.
  uint64_t random_ = 0x9e3779b97f4a7c15;
};

}  // namespace kvs::sink::ha_dedup
