// SPDX-License-Identifier: Apache-2.0
// WatchOnce: waits at one server for the next changes of a range.
#pragma once

#include <coroutine>
#include <memory>
#include <string>
#include <vector>

#include "cluster.h"

namespace kvs::kv::etcd {

/// Awaited once. Each is a watcher of its own, which begins at the revision that the caller has
/// seen: so nothing has to be remembered here, a server that answers later or another one continues
/// where the last left off, and a history that is compacted meanwhile is told as OUT_OF_RANGE.
class WatchOnce final
    : public ::grpc::ClientBidiReactor<etcdserverpb::WatchRequest, etcdserverpb::WatchResponse> {
 public:
  /// `call` outlives it.
  WatchOnce(Server& server, const sdk::Call& call, const std::string* token, std::string key,
            std::string range_end, uint64_t after);

  /// After OK: the changes, oldest first, of one or more revisions, each of which is complete. None
  /// at the deadline of the call.
  std::vector<etcdserverpb::Event> events;
  /// The server does not answer, or our token was refused.
  bool another_may_answer = false, token_is_refused = false;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiting);
  Status await_resume() { return std::move(status_); }

 private:
  void OnReadDone(bool ok) override;
  void OnDone(const ::grpc::Status& status) override;
  /// Ends the stream; the call ends in OnDone().
  void End(Status status);

  Server& server_;
  const sdk::Call call_;
  const uint64_t after_;
  Attempt attempt_;
  etcdserverpb::WatchRequest request_;
  etcdserverpb::WatchResponse response_;
  bool created_ = false;  // The server has answered.
  bool ended_ = false;
  Status status_;
  std::coroutine_handle<> waiting_;
};

}  // namespace kvs::kv::etcd
