// SPDX-License-Identifier: Apache-2.0
#include "select_stream.h"

#include <utility>

#include "kvs/abi/port/series_source.h"

namespace kvs::remote::grpc {

std::shared_ptr<SelectStream> SelectStream::Open(v1::Port::Stub* stub, std::string address,
                                                 const sdk::Call& call, int64_t timeout_ms,
                                                 const std::string* token, std::string select,
                                                 sdk::Users::Use use) {
  const std::shared_ptr<SelectStream> stream(
      new SelectStream(std::move(address), call, timeout_ms, token, std::move(use)));
  stream->self_ = stream;
  stream->request_.set_interface(KVS_SERIES_SOURCE_V1);
  stream->request_.set_method("select");
  stream->request_.set_input(std::move(select));
  stub->async()->Select(stream->context_.get(), &stream->request_, stream.get());
  stream->AddHold();  // Reads are started from outside, too.
  stream->StartRead(&stream->reply_);
  stream->StartCall();
  return stream;
}

bool SelectStream::Wait(std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  if (ready_ || ended_) return true;
  then_ = std::move(then);
  return false;
}

StatusOr<v1::Reply> SelectStream::Take() {
  v1::Reply reply;
  {
    const std::lock_guard lock(mutex_);
    if (!ready_)
      return status_.ok() ? Unavailable(address_, ": the selection broke off").Retryable()
                          : status_;
    ready_ = false;
    reply = std::move(reply_);
    reply_.Clear();
  }
  StartRead(&reply_);
  if (reply.code() != 0 && reply.code() != kEndOfStream) return StatusOf(reply);
  return reply;
}

void SelectStream::Abandon() {
  context_.get()->TryCancel();
  const std::lock_guard lock(mutex_);
  context_.Unsubscribe();  // The call that opened the selection may end now.
  if (std::exchange(held_, false)) RemoveHold();
}

void SelectStream::Wake(std::unique_lock<std::mutex> lock) {
  const std::function<void()> then = std::exchange(then_, nullptr);
  lock.unlock();
  if (then) then();
}

void SelectStream::OnReadDone(bool ok) {
  std::unique_lock lock(mutex_);
  if (!ok) {  // OnDone() follows, and says why.
    if (std::exchange(held_, false)) RemoveHold();
    return;
  }
  ready_ = true;
  Wake(std::move(lock));
}

void SelectStream::OnDone(const ::grpc::Status& status) {
  const std::shared_ptr<SelectStream> self = std::move(self_);
  std::unique_lock lock(mutex_);
  status_ = context_.EndOf(address_, FromGrpc(address_, status));
  context_.Unsubscribe();
  ended_ = true;
  Wake(std::move(lock));
}

}  // namespace kvs::remote::grpc
