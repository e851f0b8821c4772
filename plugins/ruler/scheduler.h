// SPDX-License-Identifier: Apache-2.0
// When which group is evaluated: a tick looks for what is due, and a bound holds on how many run at
// once. A group that is still running when it is due again has missed that iteration; one that
// waits for its turn has not, until the next is due.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "kvs/base/mutex.h"
#include "kvs/sdk/host.h"

#include "group.h"

namespace kvs::ruler {

class Scheduler {
 public:
  /// Runs one iteration of a group, for the time it was due. [worker]
  using Run = std::function<void(Group& group, int64_t due_ms)>;

  Scheduler(sdk::Host host, uint32_t max_running, Run run);
  ~Scheduler();

  void Start();
  /// From now on the group runs, until it is removed. [any]
  void Add(std::shared_ptr<Group> group);
  /// Begins nothing any more, and waits for what runs. [worker]
  void Stop();

 private:
  struct Item {
    int64_t due_ms;
    std::shared_ptr<Group> group;
  };
  void StartDue();
  void RunOne(Item item);

  const sdk::Host host_;
  const uint32_t max_running_;
  const Run run_;
  std::function<void()> on_tick_;
  uint64_t ticket_ = 0;

  Mutex mutex_;
  CondVar idle_;
  std::multimap<int64_t, std::shared_ptr<Group>> waiting_
      KVS_GUARDED_BY(mutex_);  // By the time they are due.
  uint32_t running_ KVS_GUARDED_BY(mutex_) = 0;
  bool stopping_ KVS_GUARDED_BY(mutex_) = false;
};

}  // namespace kvs::ruler
