// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/status.h"

#include "kvs/sdk/str.h"

namespace kvs::sdk {
namespace {

void ReleaseError(kvs_error_t* self) noexcept {
  delete static_cast<Status*>(self->producer);
  self->producer = nullptr;
  self->release = nullptr;
}

}  // namespace

kvs_status_t Export(const Status& status, kvs_error_t* error) noexcept {
  if (status.ok()) return KVS_OK;
  const auto code = static_cast<kvs_status_t>(status.code());
  if (error == nullptr) return code;
  if (error->release != nullptr) error->release(error);
  error->code = code;
  error->flags = 0;
  if (status.retryable()) error->flags |= KVS_ERROR_RETRYABLE;
  if (status.partial()) error->flags |= KVS_ERROR_PARTIAL;
  error->retry_after_ms = status.retry_after_ms();
  auto* kept = new (std::nothrow) Status(status);
  if (kept == nullptr) return code;
  error->message = Str(kept->message());
  error->reason = Str(kept->reason());
  error->producer = kept;
  error->release = &ReleaseError;
  return code;
}

Status Import(kvs_status_t code, kvs_error_t* error) {
  // Whatever the callee returned: what it put into the record is given back.
  struct Releaser {
    ~Releaser() {
      if (error != nullptr && error->release != nullptr) error->release(error);
    }
    kvs_error_t* const error;
  };
  const Releaser releaser{error};
  if (code == KVS_OK) return OkStatus();
  const auto as_code = code < 0 ? StatusCode::kInternal : static_cast<StatusCode>(code);
  if (error == nullptr || error->code != code) return Status(as_code, StatusCodeName(as_code));
  Status status = Status(as_code, Text(error->message)).WithReason(Text(error->reason));
  if (error->retry_after_ms > 0) status = std::move(status).WithRetryAfterMs(error->retry_after_ms);
  status = std::move(status)
               .Retryable((error->flags & KVS_ERROR_RETRYABLE) != 0)
               .Partial((error->flags & KVS_ERROR_PARTIAL) != 0);
  return status;
}

}  // namespace kvs::sdk
