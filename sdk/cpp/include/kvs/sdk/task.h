// SPDX-License-Identifier: Apache-2.0
// Coroutines over the ports: a call is something to co_await, and a method of a port may be a coroutine.
//
//   sdk::Outcome Copier::Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out, sdk::Completer& completer) {
//     return sdk::Run(completer, CopyTwice(call, in, out));
//   }
//   sdk::Task Copier::CopyTwice(sdk::Call call, const kvs_object_put_t& in, kvs_object_info_t& out) {
//     const Status first = co_await sdk::Async(a.put(), call, &in, &out);
//     if (!first.ok()) co_return first;
//     co_return co_await sdk::Async(b.put(), call, &in, &out);
//   }
//
// A task starts when it is run and goes on wherever the awaited call ends: on the thread of its completion. Parameters are
// taken by value, or outlive the call, as everything the ports lend does. No lambda with captures is ever a task: its
// captures die with it.
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <utility>

#include "kvs/sdk/call.h"
#include "kvs/sdk/status.h"

namespace kvs::sdk {

/// What `co_await Async(...)` waits on. Lives in the frame of the coroutine that waits.
template <typename In, typename Out>
class AsyncCall {
 public:
  AsyncCall(const Method<In, Out>& method, const Call& call, const In* in, Out* out)
      : method_(method), call_(call), in_(in), out_(out) {}
  AsyncCall(const AsyncCall&) = delete;
  AsyncCall& operator=(const AsyncCall&) = delete;

  bool await_ready() const noexcept { return false; }
  /// False when the call ended at once: the coroutine then simply goes on.
  bool await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    const kvs_completion_t completion{&Done, this};
    const kvs_status_t code = method_.fn(method_.self, call_.raw(), in_, out_, &completion, &error_);
    if (code == KVS_PENDING) return true;  // Done() may have resumed it already: nothing of this may be touched.
    code_ = code;
    return false;
  }
  Status await_resume() { return Import(code_, &error_); }

 private:
  static void Done(void* ctx, kvs_status_t code) noexcept {
    auto* const self = static_cast<AsyncCall*>(ctx);
    self->code_ = code;
    self->waiting_.resume();
  }

  const Method<In, Out> method_;
  const Call call_;
  const In* const in_;
  Out* const out_;
  std::coroutine_handle<> waiting_;
  kvs_status_t code_ = KVS_OK;
  kvs_error_t error_ = Record<kvs_error_t>();
};

/// A call of a port, to be awaited. `in` and `out` outlive it.
template <typename In, typename Out>
AsyncCall<In, Out> Async(const Method<In, Out>& method, const Call& call, const std::type_identity_t<In>* in,
                         std::type_identity_t<Out>* out) {
  return {method, call, in, out};
}

/// A coroutine that ends with a Status. Does nothing until Run() takes it.
class [[nodiscard]] Task {
 private:
  // Between the coroutine and Run(): whoever comes second frees it. A call may not complete inside the call that started it,
  // so a task that ends before Run() returns hands its status over instead.
  struct Ending {
    enum Phase : int { kStarting, kEndedAtOnce, kPending };
    std::atomic<int> phase{kStarting};
    Status status;
    kvs_completion_t completion{};
    kvs_error_t* error = nullptr;
    void End(Status ended) {
      status = std::move(ended);
      if (phase.exchange(kEndedAtOnce, std::memory_order_acq_rel) != kPending) return;
      Completion(completion, error)(status);
      delete this;
    }
  };

 public:
  struct promise_type {
    Ending* ending = nullptr;
    Status status;

    // Whoever waits for the call may take the component down as soon as it has ended, so everything that the coroutine had,
    // variables and parameters, is gone before.
    struct Final {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> done) noexcept {
        Ending* const ending = done.promise().ending;
        Status status = std::move(done.promise().status);
        done.destroy();
        ending->End(std::move(status));
      }
      void await_resume() noexcept {}
    };
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    void return_value(Status ended) { status = std::move(ended); }
    void unhandled_exception() {
      try {
        throw;
      } catch (const std::exception& e) {
        status = Internal("exception: ", e.what());
      } catch (...) {
        status = Internal("exception of an unknown type");
      }
    }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

 private:
  friend Outcome Run(Completer& completer, Task task);
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// Starts a task on this thread, as the body of a method of a port. [any]
inline Outcome Run(Completer& completer, Task task) {
  auto* const ending = new Task::Ending;
  ending->completion = *completer.raw();
  ending->error = completer.error();
  const auto handle = std::exchange(task.handle_, nullptr);
  handle.promise().ending = ending;
  handle.resume();
  if (ending->phase.exchange(Task::Ending::kPending, std::memory_order_acq_rel) == Task::Ending::kStarting) return Pending();
  Status status = std::move(ending->status);
  delete ending;
  return status;
}

}  // namespace kvs::sdk
