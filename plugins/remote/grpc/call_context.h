// SPDX-License-Identifier: Apache-2.0
// What every call to a peer has: a context with the deadline, the tenant, the trace and the
// cancellation of our call, and gRPC's status in our words.
#pragma once

#include <chrono>
#include <string>

#include <grpcpp/grpcpp.h>

#include "kvs/base/status.h"
#include "kvs/base/str_cat.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/identity.h"
#include "kvs/sdk/traceparent.h"

#include "reply.h"

namespace kvs::remote::grpc {

inline Status FromGrpc(const std::string& address, const ::grpc::Status& status) {
  if (status.ok()) return OkStatus();
  const auto code = static_cast<StatusCode>(status.error_code());
  return Status(code, StrCat(address, ": ", status.error_message()))
      .Retryable(code == StatusCode::kUnavailable);
}

// A client context whose deadline, tenant, trace and cancellation are those of our call.
class CallContext {
 public:
  CallContext(const sdk::Call& call, int64_t timeout_ms, const std::string* token)
      : cancel_(call.raw()->cancel) {
    context_.AddMetadata(kTenantKey, std::string(call.tenant()));
    if (const kvs_matchers_t bound = sdk::BindingMatchers(call); bound.n > 0)
      context_.AddMetadata(kLabelsKey, sdk::EncodeMatchers(bound));
    if (std::string trace = sdk::TraceparentOf(*call.raw()); !trace.empty())
      context_.AddMetadata(kTraceKey, trace);
    if (token != nullptr) context_.AddMetadata(kAuthorizationKey, StrCat("Bearer ", *token));
    const int64_t left_ms = call.deadline_ns() == 0
                                ? timeout_ms
                                : (call.deadline_ns() - sdk::MonotonicNs()) / 1'000'000;
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(left_ms));
    if (cancel_ != nullptr) {
      ticket_ = cancel_->subscribe(
          cancel_,
          [](void* self) noexcept { static_cast<::grpc::ClientContext*>(self)->TryCancel(); },
          &context_);
    }
  }
  ~CallContext() { Unsubscribe(); }
  /// The call has ended: its cancel switch may be gone after this.
  void Unsubscribe() {
    if (cancel_ != nullptr) cancel_->unsubscribe(cancel_, ticket_);
    cancel_ = nullptr;
  }
  ::grpc::ClientContext* get() { return &context_; }
  /// How the call ended, in words for its caller. A peer that stops ends what it serves with CANCELLED: to a
  /// caller who still waits that is UNAVAILABLE, another may be asked. Before Unsubscribe().
  Status EndOf(const std::string& address, Status status) const {
    const bool by_us = cancel_ != nullptr && cancel_->cancelled(cancel_) != 0;
    if (status.code() != StatusCode::kCancelled || by_us) return status;
    return Status(StatusCode::kUnavailable,
                  StrCat(address, " ended the call: ", status.message()))
        .Retryable();
  }

 private:
  ::grpc::ClientContext context_;
  const kvs_cancel_t* cancel_;
  uint64_t ticket_ = 0;
};

}  // namespace kvs::remote::grpc
