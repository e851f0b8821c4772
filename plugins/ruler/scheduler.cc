// SPDX-License-Identifier: Apache-2.0
#include "scheduler.h"

#include <utility>
#include <vector>

namespace kvs::ruler {
namespace {

// How late an iteration may begin. What it computes is for the time at which it was due all the
// same.
constexpr int64_t kScheduleTickMs = 100;

}  // namespace

Scheduler::Scheduler(sdk::Host host, uint32_t max_running, Run run)
    : host_(host),
      max_running_(max_running),
      run_(std::move(run)),
      on_tick_([this] { StartDue(); }) {}

Scheduler::~Scheduler() {
  Stop();
}

void Scheduler::Start() {
  ticket_ = host_.timer().After(kScheduleTickMs, kScheduleTickMs, &on_tick_);
}

void Scheduler::Add(std::shared_ptr<Group> group) {
  const int64_t due = group->NextDue(host_.clock().NowMs());
  const MutexLock lock(mutex_);
  if (!stopping_) waiting_.emplace(due, std::move(group));
}

void Scheduler::StartDue() {
  std::vector<Item> start;
  {
    const MutexLock lock(mutex_);
    const int64_t now = host_.clock().NowMs();
    while (!stopping_ && running_ < max_running_ && !waiting_.empty() &&
           waiting_.begin()->first <= now) {
      start.push_back({waiting_.begin()->first, std::move(waiting_.begin()->second)});
      waiting_.erase(waiting_.begin());
      ++running_;
    }
  }
  for (Item& item : start) {
    host_.executor().PostWorker(
        [this, item = std::move(item)]() mutable { RunOne(std::move(item)); });
  }
}

void Scheduler::RunOne(Item item) {
  const int64_t interval = item.group->interval_ms();
  if (!item.group->removed()) {
    // Due several times while it waited: only the last of them is made up for.
    const int64_t late = (host_.clock().NowMs() - item.due_ms) / interval;
    if (late > 0) {
      item.group->CountMissed(late);
      item.due_ms += late * interval;
    }
    run_(*item.group, item.due_ms);
  }
  const int64_t next = item.group->interval_ms() == interval
                           ? item.due_ms + interval
                           : item.group->NextDue(host_.clock().NowMs());
  {
    const MutexLock lock(mutex_);
    if (!stopping_ && !item.group->removed()) waiting_.emplace(next, std::move(item.group));
    --running_;
    if (running_ == 0) idle_.notify_all();
    if (stopping_) return;
  }
  StartDue();
}

void Scheduler::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  if (ticket_ != 0) host_.timer().Cancel(std::exchange(ticket_, 0));
  const MutexLock lock(mutex_);
  while (running_ > 0) idle_.wait(mutex_);
}

}  // namespace kvs::ruler
