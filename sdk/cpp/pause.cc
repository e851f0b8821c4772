// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/pause.h"

#include <algorithm>

namespace kvs::sdk {

Pause::Pause(const Host& host, const Call& call, int64_t ms)
    : executor_(host.executor()),
      timer_(host.timer()),
      cancel_(call.raw()->cancel),
      wait_ms_(ms) {
  if (call.deadline_ns() == 0) return;
  // Rounded up: a call is never told that its deadline has passed before it has.
  const int64_t left_ms =
      std::max<int64_t>((call.deadline_ns() - host.clock().MonotonicNs() + 999'999) / 1'000'000, 0);
  if (wait_ms_ >= 0 && wait_ms_ < left_ms) return;
  wait_ms_ = left_ms;
  to_deadline_ = true;
}

void Pause::Fire(Why why) {
  int nothing = kNothing;
  if (!why_.compare_exchange_strong(nothing, why)) return;
  // Still arming: await_suspend() sees it, and nothing here may be touched.
  if (phase_.exchange(kFired) != kWaiting) return;
  // Not on this thread: the one who woke may hold a lock, and a cancel switch may not be left from its own callback. The copies
  // live on when the coroutine, and with it this, is gone before PostWorker() returns.
  const Executor executor = executor_;
  executor.PostWorker([waiting = waiting_] { waiting.resume(); });
}

bool Pause::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  on_time_ = [this] { Fire(kTime); };
  if (cancel_ != nullptr) {
    cancel_ticket_ = cancel_->subscribe(
        cancel_, [](void* self) noexcept { static_cast<Pause*>(self)->Fire(kCancelled); }, this);
  }
  if (wait_ms_ >= 0) {
    timer_ticket_ = timer_.After(wait_ms_, 0, &on_time_);
    if (timer_ticket_ == 0) Fire(kTime);
  }
  int arming = kArming;
  return phase_.compare_exchange_strong(arming, kWaiting);
}

Status Pause::await_resume() {
  if (cancel_ != nullptr) cancel_->unsubscribe(cancel_, cancel_ticket_);
  timer_.Cancel(timer_ticket_);
  if (why_ == kCancelled) return Cancelled("the caller went away");
  if (why_ == kTime && to_deadline_) return DeadlineExceeded("the deadline of the call has passed");
  return OkStatus();
}

}  // namespace kvs::sdk
