// SPDX-License-Identifier: Apache-2.0
#include "cluster.h"

#include <chrono>
#include <climits>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/grpc_tls/tls.h"

namespace kvs::kv::etcd {
namespace {

// A connection that hangs, because a machine is gone, is noticed after so long, also by a watch
// that only waits.
constexpr int kKeepaliveMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 5'000;

}  // namespace

Cluster::Cluster(const Config& config, const sdk::Host& host)
    : config_(config), timer_(host.timer()), metrics_(host, "etcd") {
  ::grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(INT_MAX);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  if (!config.tls_server_name.empty()) arguments.SetSslTargetNameOverride(config.tls_server_name);
  const auto credentials = grpc_tls::ClientCredentials(config.tls());
  for (const std::string& endpoint : config.endpoints) {
    Server server;
    server.address = AddressOf(endpoint);
    const auto channel = ::grpc::CreateCustomChannel(server.address, credentials, arguments);
    server.kv = etcdserverpb::KV::NewStub(channel);
    server.lease = etcdserverpb::Lease::NewStub(channel);
    server.watch = etcdserverpb::Watch::NewStub(channel);
    server.auth = etcdserverpb::Auth::NewStub(channel);
    servers_.push_back(std::move(server));
  }
}

void Cluster::PassOver(size_t i) {
  // Of many calls that fail with one server, one moves on.
  current_.compare_exchange_strong(i, (i + 1) % servers_.size());
}

std::shared_ptr<const std::string> Cluster::token() const {
  const MutexLock lock(mutex_);
  return token_;
}

void Cluster::SetToken(std::string token) {
  const MutexLock lock(mutex_);
  token_ = std::make_shared<const std::string>(std::move(token));
}

void Cluster::DropToken(const std::shared_ptr<const std::string>& token) {
  const MutexLock lock(mutex_);
  if (token_ == token) token_ = nullptr;
}

Attempt::Attempt(const sdk::Call& call, int64_t timeout_ms, const std::string* token)
    : cancel_(call.raw()->cancel) {
  if (token != nullptr) context_.AddMetadata("token", *token);
  int64_t left_ms = timeout_ms > 0 ? timeout_ms : INT64_MAX;
  if (call.deadline_ns() != 0)
    left_ms = std::min(left_ms, (call.deadline_ns() - sdk::MonotonicNs()) / 1'000'000);
  if (left_ms != INT64_MAX)
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(left_ms));
  if (cancel_ != nullptr) {
    ticket_ = cancel_->subscribe(
        cancel_,
        [](void* self) noexcept { static_cast<::grpc::ClientContext*>(self)->TryCancel(); },
        &context_);
  }
}

void Attempt::Unsubscribe() {
  if (cancel_ != nullptr) cancel_->unsubscribe(cancel_, ticket_);
  cancel_ = nullptr;
}

Status FromGrpc(const std::string& address, const ::grpc::Status& status) {
  if (status.ok()) return OkStatus();
  const auto code = static_cast<StatusCode>(status.error_code());
  return Status(code, StrCat("etcd at ", address, ": ", status.error_message()))
      .Retryable(code == StatusCode::kUnavailable);
}

bool IsDeadline(const ::grpc::Status& status) {
  return status.error_code() == ::grpc::StatusCode::DEADLINE_EXCEEDED ||
         (status.error_code() == ::grpc::StatusCode::UNKNOWN &&
          status.error_message() == "context deadline exceeded");
}

bool AnotherMayAnswer(const ::grpc::Status& status) {
  // All that etcd says about leaders that are lost or change has this code, too.
  return status.error_code() == ::grpc::StatusCode::UNAVAILABLE || IsDeadline(status);
}

bool TokenIsRefused(const ::grpc::Status& status) {
  // With authentication enabled and no token the code is another one.
  return status.error_code() == ::grpc::StatusCode::UNAUTHENTICATED ||
         (status.error_code() == ::grpc::StatusCode::INVALID_ARGUMENT &&
          status.error_message().find("user name is empty") != std::string::npos);
}

}  // namespace kvs::kv::etcd
