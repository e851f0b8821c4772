// SPDX-License-Identifier: Apache-2.0
// Calling a port from C++: contexts, waiting, and callbacks.
//
//   Status status = Await(next.write, call, view, result);                      // On a worker: waits.
//   Start(next.write, call, view, result, [](const Status& status) { ... });    // Anywhere: calls back.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/abi/call.h"
#include "kvs/base/status.h"
#include "kvs/sdk/status.h"
#include "kvs/sdk/str.h"

namespace kvs::sdk {

/// A kvs_call_t as C++ reads it. Borrows. Pass as const Call&.
class Call {
 public:
  explicit Call(const kvs_call_t* raw) : raw_(raw) {}
  const kvs_call_t* raw() const { return raw_; }
  std::string_view tenant() const { return View(raw_->tenant); }
  int64_t deadline_ns() const { return raw_->deadline_ns; }
  bool cancelled() const { return raw_->cancel != nullptr && raw_->cancel->cancelled(raw_->cancel) != 0; }
  /// OK, or CANCELLED or DEADLINE_EXCEEDED. Ask once a batch. [any]
  Status CheckAlive() const;

 private:
  const kvs_call_t* raw_;
};

/// A switch that somebody who started a call can throw. Outlives the call. [any]
class CancelSource {
 public:
  CancelSource();
  void Cancel();
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  const kvs_cancel_t* raw() const { return &table_.base; }

 private:
  struct Table {
    kvs_cancel_t base;  // First, so that the callbacks find their way back.
    CancelSource* owner;
  };
  struct Waiter {
    uint64_t ticket;
    void (*fn)(void*) noexcept;
    void* arg;
  };
  static int32_t Cancelled(const kvs_cancel_t* self) noexcept;
  static uint64_t Subscribe(const kvs_cancel_t* self, void (*fn)(void*) noexcept, void* arg) noexcept;
  static void Unsubscribe(const kvs_cancel_t* self, uint64_t ticket) noexcept;

  Table table_{};
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  uint64_t next_ticket_ = 1;
  std::vector<Waiter> waiters_;
};

/// A context of one's own: for work that starts here, or that narrows a parent's. Outlives the calls made with it.
class OwnedCall {
 public:
  explicit OwnedCall(std::string_view tenant, const kvs_cancel_t* cancel = nullptr) : tenant_(tenant) {
    raw_.struct_size = sizeof(raw_);
    raw_.tenant = Str(tenant_);
    raw_.cancel = cancel;
  }
  /// Like `parent`, for another tenant and with a deadline that is no later.
  OwnedCall(const Call& parent, std::string_view tenant) : raw_(*parent.raw()), tenant_(tenant) { raw_.tenant = Str(tenant_); }
  OwnedCall(const OwnedCall&) = delete;
  OwnedCall& operator=(const OwnedCall&) = delete;

  /// Ends no later than so many milliseconds from now.
  OwnedCall& WithTimeoutMs(int64_t ms);
  /// Part of the caller's trace: for work that outlives its call.
  OwnedCall& WithTraceOf(const Call& caller);
  Call call() const { return Call(&raw_); }
  operator Call() const { return call(); }  // NOLINT(google-explicit-constructor)

 private:
  kvs_call_t raw_{};
  std::string tenant_;
};

/// CLOCK_MONOTONIC in nanoseconds: what deadlines are measured by.
int64_t MonotonicNs();

/// A function of a port together with the object it belongs to.
template <typename In, typename Out>
struct Method {
  using Fn = kvs_status_t (*)(void*, const kvs_call_t*, const In*, Out*, const kvs_completion_t*, kvs_error_t*) noexcept;
  Fn fn;
  void* self;
};
template <typename In, typename Out>
Method(kvs_status_t (*)(void*, const kvs_call_t*, const In*, Out*, const kvs_completion_t*, kvs_error_t*) noexcept, void*)
    -> Method<In, Out>;

namespace internal {
/// Waits for one completion. [worker]
class Waiter {
 public:
  kvs_completion_t completion();
  kvs_status_t Wait();

 private:
  static void Done(void* ctx, kvs_status_t status) noexcept;
  std::atomic<int32_t> state_{KVS_PENDING};
};
}  // namespace internal

/// Calls and waits for the end; the raw code, so that KVS_END can be told apart. `error` receives the detail. [worker]
template <typename In, typename Out>
kvs_status_t AwaitRaw(const Method<In, Out>& method, const Call& call, const std::type_identity_t<In>* in, std::type_identity_t<Out>* out,
                      kvs_error_t* error) {
  internal::Waiter waiter;
  const kvs_completion_t completion = waiter.completion();
  const kvs_status_t code = method.fn(method.self, call.raw(), in, out, &completion, error);
  return code == KVS_PENDING ? waiter.Wait() : code;
}

/// Calls and waits for the end. [worker]
template <typename In, typename Out>
Status Await(const Method<In, Out>& method, const Call& call, const std::type_identity_t<In>* in, std::type_identity_t<Out>* out) {
  auto error = Record<kvs_error_t>();
  const kvs_status_t code = AwaitRaw(method, call, in, out, &error);
  return Import(code, &error);
}

/// Calls, and calls back with a Status: on this thread when the call ended at once, else wherever it ends. `call`, `in` and
/// `out` live until then: keep what they need inside `then`, or by other means. [any]
template <typename In, typename Out, typename Then>
void Start(const Method<In, Out>& method, const Call& call, const std::type_identity_t<In>* in, std::type_identity_t<Out>* out, Then then) {
  struct State {
    explicit State(Then&& t) : then(std::move(t)) {}
    Then then;
    kvs_error_t error = Record<kvs_error_t>();
    static void Done(void* ctx, kvs_status_t code) noexcept {
      const std::unique_ptr<State> state(static_cast<State*>(ctx));
      state->then(Import(code, &state->error));
    }
  };
  auto state = std::make_unique<State>(std::move(then));
  const kvs_completion_t completion{&State::Done, state.get()};
  State* const raw = state.release();
  const kvs_status_t code = method.fn(method.self, call.raw(), in, out, &completion, &raw->error);
  if (code != KVS_PENDING) State::Done(raw, code);
}

/// Hands a call on unchanged, with the caller's own completion: what a decorator does when it has nothing to add. Costs one
/// indirect call.
template <typename In, typename Out>
Outcome Forward(const Method<In, Out>& method, const Call& call, const std::type_identity_t<In>* in, std::type_identity_t<Out>* out,
                Completer& completer) {
  const kvs_status_t code = method.fn(method.self, call.raw(), in, out, completer.raw(), completer.error());
  return code == KVS_OK ? Outcome(OkStatus()) : Outcome::FromRaw(code);
}

}  // namespace kvs::sdk
