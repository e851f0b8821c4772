// SPDX-License-Identifier: Apache-2.0
#include "kvs/http_client/stream.h"

#include <new>
#include <utility>

#include <curl/curl.h>

namespace kvs::http_client {
namespace {

// As much waits for its taker; what libcurl hands over at a time comes on top.
constexpr size_t kWaitingBytes = 256 << 10;
// An answer that says it is no longer is complete before it is told: it costs nobody's memory, and
// goes on with its length.
constexpr curl_off_t kWholeBytes = 64 << 10;

}  // namespace

std::shared_ptr<HttpStream> HttpStream::Make(HttpClient& client, const sdk::Call& call,
                                             HttpRequest request) {
  return std::shared_ptr<HttpStream>(new HttpStream(client, call, std::move(request)));
}

HttpStream::HttpStream(HttpClient& client, const sdk::Call& call, HttpRequest request)
    : Transfer(client, call, request.peer), request_(std::move(request)) {}

HttpStream::~HttpStream() = default;

HttpStream::HeadAwaiter HttpStream::Head() {
  return HeadAwaiter(*this);
}
HttpStream::EndAwaiter HttpStream::Abandon() {
  return EndAwaiter(*this);
}

bool HttpStream::Begin(std::coroutine_handle<> waiting) {
  {
    const MutexLock lock(mutex_);
    head_waiter_ = waiting;
  }
  alive_ = shared_from_this();
  Subscribe();
  if (Submit()) return true;  // The head may be there already: nothing of this may be touched.
  Unsubscribe();
  const MutexLock lock(mutex_);
  ended_ = true;
  end_status_ = Refused();
  head_waiter_ = nullptr;
  alive_.reset();
  return false;
}

Status HttpStream::HeadAwaiter::await_resume() {
  const MutexLock lock(stream_.mutex_);
  // One that breaks off behind its head is told by Next().
  if (stream_.head_told_) return OkStatus();
  if (stream_.end_status_.ok()) stream_.answer.body = std::exchange(stream_.ready_, {});
  return stream_.end_status_;
}

bool HttpStream::complete() {
  const MutexLock lock(mutex_);
  return ended_ && end_status_.ok() && ready_.empty();
}

bool HttpStream::EndAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  {
    const MutexLock lock(stream_.mutex_);
    if (stream_.ended_) return false;
    stream_.end_waiter_ = waiting;
  }
  stream_.Stop();
  return true;
}

Status HttpStream::Prepare(CURL* easy) {
  SetRequest(easy, request_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpStream::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpStream::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  return OkStatus();
}

Status HttpStream::EndOf(int code) {
  answer.code = code_;
  return client_.EndOf(*this, code);
}

size_t HttpStream::OnHeader(char* data, size_t one, size_t n, void* self) noexcept {
  return static_cast<HttpStream*>(self)->answer.AddHeaderLine({data, one * n}) ? one * n : 0;
}

size_t HttpStream::OnBody(char* data, size_t one, size_t n, void* self) noexcept {
  auto* const x = static_cast<HttpStream*>(self);
  try {
    return x->Take(data, one * n);
  } catch (const std::bad_alloc&) {
    x->refused_ = ResourceExhausted("no memory for an answer of ", x->client_.options().peer);
    return 0;
  }
}

size_t HttpStream::Take(const char* data, size_t size) {
  const uint64_t most = request_.answer_bytes_max;
  if (most != 0 && taken_bytes_ + size > most) {
    refused_ = DataLoss(client_.options().peer, " answered with more than the ", most,
                        " bytes that were asked for");
    return 0;
  }
  std::coroutine_handle<> head;
  sdk::Completion taker;
  {
    const MutexLock lock(mutex_);
    if (dropped_) return 0;
    if (ready_.size() >= kWaitingBytes) {
      paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    ready_.append(data, size);
    taken_bytes_ += size;
    if (head_waiter_) {
      curl_off_t length = 0;
      curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
      if (length > 0 && length <= kWholeBytes) return size;
      long code = 0;
      curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &code);
      answer.code = static_cast<int>(code);
      head = std::exchange(head_waiter_, nullptr);
      head_told_ = true;
    } else if (taker_) {
      given_.swap(ready_);
      ready_.clear();
      *taker_out_ = sdk::Bytes(std::string_view(given_));
      taker = std::move(taker_);
    }
    curl_off_t sent = 0;
    curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
    sent_ = static_cast<uint64_t>(sent) >= request_.body.size();
  }
  if (head) head.resume();
  if (taker) taker(OkStatus());
  return size;
}

// On the client's thread, last.
void HttpStream::Ended(Status told) {
  const std::shared_ptr<HttpStream> alive = std::exchange(alive_, nullptr);
  std::coroutine_handle<> head, waiter;
  sdk::Completion taker;
  {
    const MutexLock lock(mutex_);
    ended_ = true;
    end_status_ = told;
    head = std::exchange(head_waiter_, nullptr);
    waiter = std::exchange(end_waiter_, nullptr);
    taker = std::move(taker_);
    ended_changed_.notify_all();
  }
  if (head) head.resume();
  if (waiter) waiter.resume();
  if (!taker) return;
  if (told.ok()) {
    taker.Raw(KVS_END);
  } else {
    taker(told);
  }
}

sdk::Outcome HttpStream::Next(kvs_bytes_t* out, sdk::Completer& completer) {
  bool resume = false;
  {
    const MutexLock lock(mutex_);
    if (ready_.empty()) {
      if (!ended_) {
        taker_out_ = out;
        taker_ = completer.Defer();
        return sdk::Pending();
      }
      if (!end_status_.ok()) return Status(end_status_);
      return sdk::End();
    }
    given_.swap(ready_);
    ready_.clear();
    *out = sdk::Bytes(std::string_view(given_));
    resume = std::exchange(paused_, false);
  }
  if (resume) client_.Unpause(this);
  return OkStatus();
}

// Asks the client's thread to end it.
void HttpStream::Stop() {
  {
    const MutexLock lock(mutex_);
    dropped_ = true;
  }
  CancelNow();
}

void HttpStream::Drop() {
  Unsubscribe();
  {
    const MutexLock lock(mutex_);
    if (ended_) return;
  }
  Stop();
  mutex_.Lock();
  // The memory of what is being sent belongs to who drops it.
  while (!ended_ && !sent_) ended_changed_.wait(mutex_);
  mutex_.Unlock();
}

}  // namespace kvs::http_client
