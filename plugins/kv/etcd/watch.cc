// SPDX-License-Identifier: Apache-2.0
#include "watch.h"

#include <utility>

namespace kvs::kv::etcd {

WatchOnce::WatchOnce(Server& server, const sdk::Call& call, const std::string* token,
                     std::string key, std::string range_end, uint64_t after)
    : server_(server), call_(call), after_(after), attempt_(call, 0, token) {
  // A server that is cut off from the others ends the stream, instead of being silent for ever.
  attempt_.context()->AddMetadata("hasleader", "true");
  auto& create = *request_.mutable_create_request();
  create.set_key(std::move(key));
  create.set_range_end(std::move(range_end));
  create.set_start_revision(static_cast<int64_t>(after) + 1);
}

void WatchOnce::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  server_.watch->async()->Watch(attempt_.context(), this);
  StartWrite(&request_);
  StartRead(&response_);
  StartCall();  // From here on this may be gone.
}

void WatchOnce::End(Status status) {
  ended_ = true;
  status_ = std::move(status);
  attempt_.context()->TryCancel();
}

void WatchOnce::OnReadDone(bool ok) {
  if (!ok || ended_) return;
  if (response_.canceled()) {
    if (response_.compact_revision() > 0)
      return End(OutOfRange("changes after revision ", after_,
                            " are no longer known, only those after ",
                            response_.compact_revision()));
    return End(FailedPrecondition("etcd at ", server_.address,
                                  " ended the watch: ", response_.cancel_reason()));
  }
  created_ = created_ || response_.created();
  // Else it would wait for this revision to come: of a cluster that was restored from an older
  // backup, for hours.
  if (response_.created() && static_cast<uint64_t>(response_.header().revision()) < after_)
    return End(OutOfRange("revision ", after_, " has never been: the store is at ",
                          response_.header().revision()));
  if (response_.events_size() > 0) {
    for (auto& event : *response_.mutable_events()) events.push_back(std::move(event));
    return End(OkStatus());
  }
  StartRead(&response_);
}

void WatchOnce::OnDone(const ::grpc::Status& status) {
  attempt_.Unsubscribe();
  if (!ended_) {
    // A deadline at which no server had answered is no proof that nothing has changed.
    const bool at_deadline = created_ && IsDeadline(status);
    if (call_.cancelled()) {
      status_ = Cancelled("the caller went away");
    } else if (!at_deadline) {
      token_is_refused = TokenIsRefused(status);
      // Also a stream that ended well has not answered.
      another_may_answer = status.ok() || AnotherMayAnswer(status) ||
                           status.error_code() == ::grpc::StatusCode::CANCELLED;
      status_ = status.ok()
                    ? Unavailable("etcd at ", server_.address, " ended the watch").Retryable()
                    : FromGrpc(server_.address, status);
    }
  }
  const std::coroutine_handle<> waiting = waiting_;
  waiting.resume();  // This is gone.
}

}  // namespace kvs::kv::etcd
