// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/call.h"

#include <algorithm>
#include <ctime>

namespace kvs::sdk {

int64_t MonotonicNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Status Call::CheckAlive() const {
  if (cancelled()) return Cancelled("the caller went away");
  if (raw_->deadline_ns != 0 && MonotonicNs() > raw_->deadline_ns) return DeadlineExceeded("the deadline of the call has passed");
  return OkStatus();
}

OwnedCall& OwnedCall::WithTimeoutMs(int64_t ms) {
  const int64_t deadline = MonotonicNs() + ms * 1'000'000;
  if (raw_.deadline_ns == 0 || deadline < raw_.deadline_ns) raw_.deadline_ns = deadline;
  return *this;
}

OwnedCall& OwnedCall::WithTraceOf(const Call& caller) {
  std::copy_n(caller.raw()->trace_id, sizeof(raw_.trace_id), raw_.trace_id);
  std::copy_n(caller.raw()->span_id, sizeof(raw_.span_id), raw_.span_id);
  return *this;
}

CancelSource::CancelSource() {
  table_.base.struct_size = sizeof(kvs_cancel_t);
  table_.base.cancelled = &Cancelled;
  table_.base.subscribe = &Subscribe;
  table_.base.unsubscribe = &Unsubscribe;
  table_.owner = this;
}

void CancelSource::Cancel() {
  const std::lock_guard lock(mutex_);  // Held over the callbacks: unsubscribe() must wait for one that runs.
  if (cancelled_.exchange(true)) return;
  for (const Waiter& waiter : waiters_) waiter.fn(waiter.arg);
  waiters_.clear();
}

int32_t CancelSource::Cancelled(const kvs_cancel_t* self) noexcept {
  return reinterpret_cast<const Table*>(self)->owner->cancelled() ? 1 : 0;
}

uint64_t CancelSource::Subscribe(const kvs_cancel_t* self, void (*fn)(void*) noexcept, void* arg) noexcept {
  CancelSource* const owner = reinterpret_cast<const Table*>(self)->owner;
  const std::lock_guard lock(owner->mutex_);
  if (owner->cancelled()) {
    fn(arg);
    return 0;
  }
  owner->waiters_.push_back({owner->next_ticket_, fn, arg});
  return owner->next_ticket_++;
}

void CancelSource::Unsubscribe(const kvs_cancel_t* self, uint64_t ticket) noexcept {
  CancelSource* const owner = reinterpret_cast<const Table*>(self)->owner;
  const std::lock_guard lock(owner->mutex_);
  std::erase_if(owner->waiters_, [ticket](const Waiter& w) { return w.ticket == ticket; });
}

namespace internal {

kvs_completion_t Waiter::completion() { return {&Done, this}; }

// Both sides touch the waiter for the last time inside the atomic itself, so it may die right after Wait().
void Waiter::Done(void* ctx, kvs_status_t status) noexcept {
  auto* const waiter = static_cast<Waiter*>(ctx);
  waiter->state_.store(status, std::memory_order_release);
  waiter->state_.notify_one();
}

kvs_status_t Waiter::Wait() {
  state_.wait(KVS_PENDING, std::memory_order_acquire);
  return state_.load(std::memory_order_acquire);
}

}  // namespace internal
}  // namespace kvs::sdk
