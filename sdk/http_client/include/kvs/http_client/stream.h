// SPDX-License-Identifier: Apache-2.0
// A request whose answer is taken piece by piece: what nobody has taken yet is bounded, and then
// the connection waits, so a slow taker slows down the other side.
//
//   const auto stream = HttpStream::Make(client, call, {.method = "GET", .url = url});
//   const Status status = co_await stream->Head();
//   ... stream->answer, then stream->Next() until its end, or Drop().
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>

#include "kvs/base/mutex.h"
#include "kvs/http_client/http_client.h"
#include "kvs/sdk/call.h"

namespace kvs::http_client {

class HttpStream final : public HttpClient::Transfer,
                         public std::enable_shared_from_this<HttpStream> {
 public:
  /// `request.answer_bytes_max` 0: any number. Call, body and peer are borrowed until Drop() has
  /// returned.
  static std::shared_ptr<HttpStream> Make(HttpClient& client, const sdk::Call& call,
                                          HttpRequest request);
  ~HttpStream() override;

  /// Awaited once. OK: `answer` says the code and the headers, and its body is empty unless the
  /// answer was short and is complete. It goes on on the client's thread.
  class HeadAwaiter;
  HeadAwaiter Head();
  HttpAnswer answer;
  /// Whether that is all of it.
  bool complete();

  /// Gives what has come since, or End(). One at a time. The bytes stay until the next call. [any]
  sdk::Outcome Next(kvs_bytes_t* out, sdk::Completer& completer);

  /// Nobody wants the rest; required, even at the end. Waits where the request is still being sent,
  /// which an upstream that answers before it has read it brings about; not on the client's thread.
  void Drop();
  /// The same, awaited: for another attempt.
  class EndAwaiter;
  EndAwaiter Abandon();

 private:
  HttpStream(HttpClient& client, const sdk::Call& call, HttpRequest request);
  bool Begin(std::coroutine_handle<> waiting);
  Status Prepare(CURL* easy) override;
  Status EndOf(int code) override;
  void Ended(Status told) override;
  static size_t OnHeader(char* data, size_t one, size_t n, void* self) noexcept;
  static size_t OnBody(char* data, size_t one, size_t n, void* self) noexcept;
  size_t Take(const char* data, size_t size);
  void Stop();

  const HttpRequest request_;
  uint64_t taken_bytes_ = 0;           // Of the client's thread.
  std::shared_ptr<HttpStream> alive_;  // While the client has it.

  Mutex mutex_;
  CondVar ended_changed_;
  std::string ready_ KVS_GUARDED_BY(mutex_);
  std::string given_;  // Of who takes.
  std::coroutine_handle<> head_waiter_ KVS_GUARDED_BY(mutex_);
  std::coroutine_handle<> end_waiter_ KVS_GUARDED_BY(mutex_);
  sdk::Completion taker_ KVS_GUARDED_BY(mutex_);
  kvs_bytes_t* taker_out_ KVS_GUARDED_BY(mutex_) = nullptr;
  bool head_told_ KVS_GUARDED_BY(mutex_) = false;
  bool sent_ KVS_GUARDED_BY(mutex_) = false;  // All of the request.
  bool paused_ KVS_GUARDED_BY(mutex_) = false;
  bool dropped_ KVS_GUARDED_BY(mutex_) = false;
  bool ended_ KVS_GUARDED_BY(mutex_) = false;
  Status end_status_ KVS_GUARDED_BY(mutex_);
};

class HttpStream::HeadAwaiter {
 public:
  explicit HeadAwaiter(HttpStream& stream) : stream_(stream) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) { return stream_.Begin(waiting); }
  Status await_resume();

 private:
  HttpStream& stream_;
};

class HttpStream::EndAwaiter {
 public:
  explicit EndAwaiter(HttpStream& stream) : stream_(stream) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting);
  void await_resume() const noexcept {}

 private:
  HttpStream& stream_;
};

}  // namespace kvs::http_client
