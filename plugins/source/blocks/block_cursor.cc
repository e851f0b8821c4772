// SPDX-License-Identifier: Apache-2.0
#include "block_cursor.h"

namespace kvs::source::blocks {

BlockCursor::~BlockCursor() {
  if (first_ != nullptr) first_->release(first_);
}

// A null pointer at the end.
StatusOr<kvs_series_batch_t*> BlockCursor::Read(const sdk::Call& call) {
  if (cursor_ == nullptr) return static_cast<kvs_series_batch_t*>(nullptr);
  kvs_series_batch_t* batch = nullptr;
  auto error = sdk::Record<kvs_error_t>();
  const kvs_completion_t nobody{};  // A block's cursor waits itself and is never pending.
  sdk::Completer completer(&nobody, &error);
  const sdk::Outcome outcome = cursor_->Next(call, batch, completer);
  const Status status = outcome.status();
  if (!status.ok()) return status;
  return outcome.raw() == KVS_END ? nullptr : batch;
}

Status BlockCursor::ReadFirst(const sdk::Call& call) {
  KVS_ASSIGN_OR_RETURN(first_, Read(call));
  if (first_ == nullptr) cursor_.reset();
  return OkStatus();
}

sdk::Outcome BlockCursor::Next(const sdk::Call& call, kvs_series_batch_t*& out, sdk::Completer&) {
  if (first_ != nullptr) {
    out = std::exchange(first_, nullptr);
    return OkStatus();
  }
  StatusOr<kvs_series_batch_t*> batch = Read(call);
  if (!batch.ok()) {
    KVS_RETURN_IF_ERROR(leave_out_(batch.status(), &late_));
    cursor_.reset();
    return sdk::End();
  }
  out = *batch;
  if (out == nullptr) return sdk::End();
  return OkStatus();
}

}  // namespace kvs::source::blocks
