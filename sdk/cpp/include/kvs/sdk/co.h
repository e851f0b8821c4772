// SPDX-License-Identifier: Apache-2.0
// Coroutines within a component: Co<T> gives a value to the coroutine that awaits it. A method of
// the port is a sdk::Task, and awaits these.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"

namespace kvs::sdk {

/// Starts when it is awaited, once, and goes on wherever what it awaits ends.
template <typename T>
class [[nodiscard]] Co {
 public:
  struct promise_type {
    std::optional<T> value;
    std::exception_ptr thrown;
    std::coroutine_handle<> waiting;

    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> done) noexcept {
        return done.promise().waiting;
      }
      void await_resume() noexcept {}
    };
    Co get_return_object() { return Co(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    template <typename U>
    void return_value(U&& given) {
      value.emplace(std::forward<U>(given));
    }
    void unhandled_exception() { thrown = std::current_exception(); }
  };

  Co(Co&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Co& operator=(Co&&) = delete;
  ~Co() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) {
    handle_.promise().waiting = waiting;
    return handle_;
  }
  T await_resume() {
    if (handle_.promise().thrown) std::rethrow_exception(handle_.promise().thrown);
    return std::move(*handle_.promise().value);
  }

 private:
  explicit Co(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// A coroutine that nobody waits for. Starts at once, frees itself, and must not throw.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::abort(); }
  };
};

/// `co_await OnWorker(executor)`: goes on [worker].
struct OnWorker {
  explicit OnWorker(Executor e) : executor(e) {}
  Executor executor;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) const {
    const Executor copy = executor;  // This may be gone before PostWorker() returns.
    copy.PostWorker([waiting] { waiting.resume(); });
  }
  void await_resume() const noexcept {}
};

/// Runs several side by side and ends when all have ended: with the first error in their order, or
/// OK.
class AllOf {
 public:
  explicit AllOf(std::vector<Co<Status>> all) : all_(std::move(all)), ends_(all_.size()) {}
  bool await_ready() const noexcept { return all_.empty(); }
  bool await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    left_ = all_.size() + 1;  // One for this loop, so that no end comes before all are started.
    for (size_t i = 0; i < ends_.size(); ++i) Start(this, i);
    return left_.fetch_sub(1) != 1;
  }
  Status await_resume() {
    for (Status& end : ends_) {
      if (!end.ok()) return std::move(end);
    }
    return OkStatus();
  }

 private:
  static Detached Start(AllOf* self, size_t i) {
    try {
      Co<Status>& one = self->all_[i];
      self->ends_[i] = co_await one;
    } catch (const std::exception& e) {
      self->ends_[i] = Internal("exception: ", e.what());
    }
    if (self->left_.fetch_sub(1) == 1) self->waiting_.resume();
  }
  std::vector<Co<Status>> all_;
  std::vector<Status> ends_;
  std::atomic<size_t> left_{0};
  std::coroutine_handle<> waiting_;
};

}  // namespace kvs::sdk
