// SPDX-License-Identifier: Apache-2.0
#include "exchange.h"

#include <algorithm>

namespace kvs::kv::etcd {
namespace {

// Between rounds over all servers: an election takes about a second.
constexpr int64_t kPauseMs = 100;

int64_t DeadlineOf(const sdk::Call& call, int64_t timeout_ms) {
  const int64_t own = sdk::MonotonicNs() + timeout_ms * 1'000'000;
  return call.deadline_ns() == 0 ? own : call.deadline_ns();
}

}  // namespace

ExchangeBase::ExchangeBase(Cluster* cluster, const sdk::Call& call, const char* operation)
    : cluster_(cluster),
      call_(call),
      deadline_ns_(DeadlineOf(call, cluster_->config().timeout.ms)),
      operation_(operation) {}

void ExchangeBase::Begin(std::function<void(const Status&)> done) {
  done_ = std::move(done);
  began_ns_ = sdk::MonotonicNs();
  Try();
}

void ExchangeBase::Try() {
  server_ = cluster_->current();
  token_ = cluster_->token();
  const int64_t left_ms = std::max<int64_t>(1, (deadline_ns_ - sdk::MonotonicNs()) / 1'000'000);
  attempt_.emplace(call_, std::min(left_ms, cluster_->config().server_timeout.ms), token_.get());
  if (cluster_->has_user() && token_ == nullptr) return Authenticate();
  Send(cluster_->server(server_), attempt_->context(),
       [this](const ::grpc::Status& status) { Tried(status); });
}

void ExchangeBase::Authenticate() {
  auth_request_.set_name(cluster_->config().username);
  auth_request_.set_password(cluster_->config().password.value);
  cluster_->server(server_).auth->async()->Authenticate(
      attempt_->context(), &auth_request_, &auth_response_, [this](const ::grpc::Status& status) {
        attempt_->Unsubscribe();
        if (!status.ok()) {
          if (AnotherMayAnswer(status)) return Again(status);
          return End(Annotate(FromGrpc(cluster_->server(server_).address, status),
                              "authenticating as ", cluster_->config().username));
        }
        cluster_->SetToken(std::move(*auth_response_.mutable_token()));
        Try();
      });
}

void ExchangeBase::Tried(const ::grpc::Status& status) {
  attempt_->Unsubscribe();
  if (status.ok()) return End(OkStatus());
  if (cluster_->has_user() && TokenIsRefused(status) && !authenticated_) {
    authenticated_ = true;
    cluster_->DropToken(token_);
    return Try();
  }
  if (AnotherMayAnswer(status)) return Again(status);
  End(FromGrpc(cluster_->server(server_).address, status));
}

void ExchangeBase::Again(const ::grpc::Status& status) {
  cluster_->PassOver(server_);
  const Status last = FromGrpc(cluster_->server(server_).address, status);
  if (call_.cancelled()) return End(Cancelled("the caller went away"));
  const bool pause = ++failed_ % cluster_->size() == 0;
  if (sdk::MonotonicNs() + (pause ? kPauseMs * 1'000'000 : 0) >= deadline_ns_) {
    // That no server answered in time is what the caller can do something about.
    return End(Status(StatusCode::kUnavailable, last.message()).Retryable());
  }
  if (!pause) return Try();
  on_time_ = [this] { Try(); };
  if (cluster_->timer().After(kPauseMs, 0, &on_time_) == 0) End(last);
}

void ExchangeBase::End(const Status& status) {
  if (operation_ != nullptr) {
    cluster_->metrics().Requested(operation_, status,
                                  static_cast<double>(sdk::MonotonicNs() - began_ns_) / 1e9);
  }
  // Ending may free this.
  const std::function<void(const Status&)> done = std::move(done_);
  done(status);
}

}  // namespace kvs::kv::etcd
