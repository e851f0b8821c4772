// SPDX-License-Identifier: Apache-2.0
// Exchange: one request and its answer, from whichever server of the cluster gives one.
//
//   Exchange<RangeRequest, RangeResponse> range(cluster, call, &SendRange);
//   range.request.set_key("k");
//   const Status status = co_await range;
//
// What fails because a server is gone, cut off, or has no leader is sent to the next one, round
// after round until the call's deadline. So a request may arrive twice, and a comparison may fail
// because its own first arrival has won: who swaps reads again after ABORTED anyway.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "cluster.h"

namespace kvs::kv::etcd {

using Answered = std::function<void(::grpc::Status)>;

class ExchangeBase {
 public:
  ExchangeBase(const ExchangeBase&) = delete;
  ExchangeBase& operator=(const ExchangeBase&) = delete;
  virtual ~ExchangeBase() = default;

  /// Calls `done` once, on a thread of gRPC or of the host; this lives until then.
  void Begin(std::function<void(const Status&)> done);

 protected:
  ExchangeBase(Cluster* cluster, const sdk::Call& call, const char* operation);
  virtual void Send(Server& server, ::grpc::ClientContext* context, Answered done) = 0;

 private:
  void Try();
  void Authenticate();
  void Tried(const ::grpc::Status& status);
  void Again(const ::grpc::Status& status);
  void End(const Status& status);

  Cluster* const cluster_;
  const sdk::Call call_;
  const int64_t deadline_ns_;
  const char* const operation_;
  int64_t began_ns_ = 0;
  std::function<void(const Status&)> done_;
  std::optional<Attempt> attempt_;
  std::shared_ptr<const std::string> token_;
  etcdserverpb::AuthenticateRequest auth_request_;
  etcdserverpb::AuthenticateResponse auth_response_;
  std::function<void()> on_time_;
  size_t server_ = 0;
  size_t failed_ = 0;           // Servers since the last pause.
  bool authenticated_ = false;  // A token was refused once already.
};

template <typename Request, typename Response>
class Exchange final : public ExchangeBase {
 public:
  using Sender = void (*)(Server&, ::grpc::ClientContext*, const Request*, Response*, Answered);

  /// `call` outlives it. `operation` is what metrics call it; null: it is part of another one.
  Exchange(Cluster* cluster, const sdk::Call& call, Sender sender, const char* operation = nullptr)
      : ExchangeBase(cluster, call, operation), sender_(sender) {}

  Request request;
  Response response;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    Begin([this, waiting](const Status& status) {
      status_ = status;
      waiting.resume();
    });
  }
  Status await_resume() { return std::move(status_); }

 private:
  void Send(Server& server, ::grpc::ClientContext* context, Answered done) override {
    response.Clear();
    sender_(server, context, &request, &response, std::move(done));
  }

  const Sender sender_;
  Status status_;
};

inline void SendRange(Server& server, ::grpc::ClientContext* context,
                      const etcdserverpb::RangeRequest* request,
                      etcdserverpb::RangeResponse* response, Answered done) {
  server.kv->async()->Range(context, request, response, std::move(done));
}
inline void SendTxn(Server& server, ::grpc::ClientContext* context,
                    const etcdserverpb::TxnRequest* request, etcdserverpb::TxnResponse* response,
                    Answered done) {
  server.kv->async()->Txn(context, request, response, std::move(done));
}
inline void SendLeaseGrant(Server& server, ::grpc::ClientContext* context,
                           const etcdserverpb::LeaseGrantRequest* request,
                           etcdserverpb::LeaseGrantResponse* response, Answered done) {
  server.lease->async()->LeaseGrant(context, request, response, std::move(done));
}
inline void SendLeaseRevoke(Server& server, ::grpc::ClientContext* context,
                            const etcdserverpb::LeaseRevokeRequest* request,
                            etcdserverpb::LeaseRevokeResponse* response, Answered done) {
  server.lease->async()->LeaseRevoke(context, request, response, std::move(done));
}

}  // namespace kvs::kv::etcd
