// SPDX-License-Identifier: Apache-2.0
// SelectStream: the replies of a selection, one after the other, without a thread that waits for
// them. The next one is read while the last one is looked at.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "kvs/sdk/users.h"

#include "call_context.h"
#include "remote.grpc.pb.h"

namespace kvs::remote::grpc {

/// Lives until gRPC is done with it, whoever else still holds it.
class SelectStream final : public ::grpc::ClientReadReactor<v1::Reply> {
 public:
  /// `call` outlives the stream, as it outlives the cursor.
  static std::shared_ptr<SelectStream> Open(v1::Port::Stub* stub, std::string address,
                                            const sdk::Call& call, int64_t timeout_ms,
                                            const std::string* token, std::string select,
                                            sdk::Users::Use use);

  /// True when Take() has something. Otherwise `then` is called once, as soon as it has, on a
  /// thread of gRPC. One at a time.
  bool Wait(std::function<void()> then);
  /// The next reply; KVS_END's place takes a reply with the code kEndOfStream. What the other side
  /// or the network says otherwise is an error, and stays it.
  StatusOr<v1::Reply> Take();
  /// Nobody takes any more.
  void Abandon();

 private:
  SelectStream(std::string address, const sdk::Call& call, int64_t timeout_ms,
               const std::string* token, sdk::Users::Use use)
      : use_(std::move(use)), address_(std::move(address)), context_(call, timeout_ms, token) {}
  void OnReadDone(bool ok) override;
  void OnDone(const ::grpc::Status& status) override;
  void Wake(std::unique_lock<std::mutex> lock);

  const sdk::Users::Use use_;  // First, so that it goes last.
  const std::string address_;
  CallContext context_;
  v1::Request request_;
  std::shared_ptr<SelectStream> self_;  // Until OnDone().
  std::mutex mutex_;
  v1::Reply reply_;  // Guarded by mutex_ but while it is read into, as all below.
  bool ready_ = false, held_ = true, ended_ = false;
  Status status_;
  std::function<void()> then_;
};

}  // namespace kvs::remote::grpc
