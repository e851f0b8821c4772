// SPDX-License-Identifier: Apache-2.0
// How a call ended, in a reply and back.
#pragma once

#include "kvs/base/status.h"
#include "remote.pb.h"

namespace kvs::remote::grpc {

/// Metadata that carries the tenant.
inline constexpr char kTenantKey[] = "x-scope-orgid";
/// Metadata that carries what binds the caller: sdk::EncodeMatchers(). It only ever narrows, so it is believed.
inline constexpr char kLabelsKey[] = "x-kvasir-labels";
/// Metadata that carries the trace: sdk::TraceparentOf().
inline constexpr char kTraceKey[] = "traceparent";
inline constexpr char kAuthorizationKey[] = "authorization";
/// The code of the reply that ends a selection.
inline constexpr int32_t kEndOfStream = -2;
/// The code of the reply to a write by keys of which nothing was written: the output lists series whose labels are not
/// known (EncodeMissing()).
inline constexpr int32_t kLabelsNeeded = -3;

inline void SetStatus(const Status& status, v1::Reply* reply) {
  reply->set_code(static_cast<int32_t>(status.code()));
  if (status.ok()) return;
  reply->set_message(status.message());
  reply->set_reason(status.reason());
  reply->set_retry_after_ms(status.retry_after_ms());
  reply->set_error_flags((status.retryable() ? 1u : 0u) | (status.partial() ? 2u : 0u));
}

inline Status StatusOf(const v1::Reply& reply) {
  if (reply.code() == 0) return OkStatus();
  Status status = Status(static_cast<StatusCode>(reply.code()), reply.message()).WithReason(reply.reason());
  if (reply.retry_after_ms() > 0) status = std::move(status).WithRetryAfterMs(reply.retry_after_ms());
  return std::move(status).Retryable((reply.error_flags() & 1u) != 0).Partial((reply.error_flags() & 2u) != 0);
}

}  // namespace kvs::remote::grpc
