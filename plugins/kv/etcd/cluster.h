// SPDX-License-Identifier: Apache-2.0
// The servers of one etcd cluster: a channel to each, whom to ask next, and the token of our user.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/kv_metrics.h"
#include "kvs/sdk/users.h"

#include "config.h"
#include "etcd.grpc.pb.h"

namespace kvs::kv::etcd {

/// One member. Its channel connects when it is first needed, and again when it was lost.
struct Server {
  std::string address;
  std::unique_ptr<etcdserverpb::KV::Stub> kv;
  std::unique_ptr<etcdserverpb::Lease::Stub> lease;
  std::unique_ptr<etcdserverpb::Watch::Stub> watch;
  std::unique_ptr<etcdserverpb::Auth::Stub> auth;
};

/// [any]
class Cluster {
 public:
  Cluster(const Config& config, const sdk::Host& host);

  const Config& config() const { return config_; }
  const sdk::Timer& timer() const { return timer_; }
  const sdk::KvMetrics& metrics() const { return metrics_; }

  size_t size() const { return servers_.size(); }
  Server& server(size_t i) { return servers_[i]; }
  /// Whom to ask: everybody stays with one server for as long as it answers.
  size_t current() const { return current_.load(std::memory_order_relaxed); }
  /// This one does not answer, or knows no leader: the next call goes to the one after it.
  void PassOver(size_t i);

  bool has_user() const { return !config_.username.empty(); }
  /// Null until there is one.
  std::shared_ptr<const std::string> token() const;
  void SetToken(std::string token);
  /// It is not valid any more.
  void DropToken(const std::shared_ptr<const std::string>& token);

 private:
  const Config config_;
  const sdk::Timer timer_;
  const sdk::KvMetrics metrics_;
  std::vector<Server> servers_;
  std::atomic<size_t> current_{0};
  mutable Mutex mutex_;
  std::shared_ptr<const std::string> token_ KVS_GUARDED_BY(mutex_);
};

/// One try: a client context that ends with our call, and shows the token.
class Attempt {
 public:
  /// `timeout_ms`: no later than that; 0: only with the call.
  Attempt(const sdk::Call& call, int64_t timeout_ms, const std::string* token);
  ~Attempt() { Unsubscribe(); }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  /// The call has ended: its cancel switch may be gone after this.
  void Unsubscribe();
  ::grpc::ClientContext* context() { return &context_; }

 private:
  ::grpc::ClientContext context_;
  const kvs_cancel_t* cancel_;
  uint64_t ticket_ = 0;
};

/// What a server said, in our words. Unavailable is retryable.
Status FromGrpc(const std::string& address, const ::grpc::Status& status);
/// The call's time is over. The server is told when that is, and may be the first to see it: then
/// it answers with what Go calls such an error, which has no code of gRPC.
bool IsDeadline(const ::grpc::Status& status);
/// Another server may know better: this one cannot be reached, is cut off, or is choosing a leader.
bool AnotherMayAnswer(const ::grpc::Status& status);
/// Our token is missing or has ended.
bool TokenIsRefused(const ::grpc::Status& status);

}  // namespace kvs::kv::etcd
