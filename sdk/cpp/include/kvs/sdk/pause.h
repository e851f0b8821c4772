// SPDX-License-Identifier: Apache-2.0
// Pause: a coroutine waits, for time to pass or for somebody to wake it, and no longer than its call may last.
//
//   sdk::Pause pause(host, call, 250);
//   const Status status = co_await pause;      // CANCELLED or DEADLINE_EXCEEDED when the call ended first
#pragma once

#include <atomic>
#include <coroutine>
#include <functional>

#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"

namespace kvs::sdk {

/// Awaited once, in the coroutine whose frame it lives in. The coroutine goes on [worker], or at once where there was nothing
/// to wait for. Without a host no time passes: no time is waited for.
class Pause {
 public:
  /// Negative `ms`: until Wake(), or the end of the call.
  Pause(const Host& host, const Call& call, int64_t ms);
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;

  /// Ends the wait early; it is OK then. Who calls it knows that the coroutine has not gone on for another reason and freed this:
  /// a list of pauses under a lock, from which the coroutine takes itself. The coroutine does not go on inside this. [any]
  void Wake() { Fire(kWoken); }

  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> waiting);
  Status await_resume();

 private:
  enum Why : int { kNothing, kTime, kWoken, kCancelled };
  enum Phase : int { kArming, kWaiting, kFired };
  void Fire(Why why);

  const Executor executor_;
  const Timer timer_;
  const kvs_cancel_t* const cancel_;
  bool to_deadline_ = false;
  int64_t wait_ms_ = -1;
  std::function<void()> on_time_;
  uint64_t timer_ticket_ = 0;
  uint64_t cancel_ticket_ = 0;
  std::coroutine_handle<> waiting_;
  std::atomic<int> why_{kNothing};
  std::atomic<int> phase_{kArming};
};

}  // namespace kvs::sdk
