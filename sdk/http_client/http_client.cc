// SPDX-License-Identifier: Apache-2.0
#include "kvs/http_client/http_client.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <new>
#include <utility>

#include <curl/curl.h>

namespace kvs::http_client {
namespace {

// Answers that say how long they are get their memory at once; beyond this it grows with what
// really comes.
constexpr uint64_t kReserveMax = uint64_t{256} << 20;

Status InitCurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) return Internal("libcurl cannot be used: ", curl_easy_strerror(code));
  return OkStatus();
}

}  // namespace

std::string_view HttpAnswer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

HttpClient::HttpClient(sdk::Host host, HttpOptions options)
    : host_(host), options_(std::move(options)) {}

HttpClient::~HttpClient() {
  Abort();
  Stop();
}

Status HttpClient::Start() {
  KVS_RETURN_IF_ERROR(InitCurl());
  multi_ = curl_multi_init();
  if (multi_ == nullptr) return ResourceExhausted("no memory for an HTTP client");
  const auto connections = static_cast<long>(options_.max_connections);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
  run_ = [this] { Run(); };
  thread_ = host_.executor().StartThread(options_.thread, &run_);
  if (thread_ == nullptr) return ResourceExhausted("no thread for an HTTP client");
  return OkStatus();
}

void HttpClient::Abort() {
  const MutexLock lock(mutex_);
  aborted_ = true;
  if (multi_ != nullptr) curl_multi_wakeup(multi_);
}

void HttpClient::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    if (multi_ != nullptr) curl_multi_wakeup(multi_);
  }
  if (thread_ != nullptr) host_.executor().JoinThread(std::exchange(thread_, nullptr));
  for (CURL* easy : spare_) curl_easy_cleanup(easy);
  spare_.clear();
  if (multi_ != nullptr) curl_multi_cleanup(std::exchange(multi_, nullptr));
}

bool HttpClient::Submit(Exchange* exchange) {
  const MutexLock lock(mutex_);
  if (aborted_ || multi_ == nullptr) return false;
  submitted_.push_back(exchange);
  curl_multi_wakeup(multi_);
  return true;
}

void HttpClient::NoticeCancel() {
  const MutexLock lock(mutex_);
  cancels_ = true;
  if (multi_ != nullptr) curl_multi_wakeup(multi_);
}

void HttpClient::Run() {
  while (true) {
    std::vector<Exchange*> begun;
    bool cancels, aborted;
    {
      const MutexLock lock(mutex_);
      begun.swap(submitted_);
      cancels = std::exchange(cancels_, false);
      aborted = aborted_;
      if (stopping_ && begun.empty() && active_.empty()) return;
    }
    for (Exchange* exchange : begun) {
      if (const Status status = Begin(exchange); !status.ok()) End(exchange, status);
    }
    if (aborted || cancels) {
      for (Exchange* exchange : std::vector<Exchange*>(active_)) {
        if (exchange->cancelled_) {
          End(exchange, Cancelled("the caller went away"));
        } else if (aborted) {
          End(exchange, Unavailable(options_.peer, " is not called any more"));
        }
      }
    }
    int running = 0;
    curl_multi_perform(multi_, &running);
    Collect();
    curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
  }
}

void HttpClient::Collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Exchange* exchange = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    long code = 0;
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &code);
    exchange->answer.code = static_cast<int>(code);
    End(exchange, EndOf(*exchange, message->data.result));
  }
}

Status HttpClient::Begin(Exchange* x) {
  CURL* easy = nullptr;
  if (spare_.empty()) {
    easy = curl_easy_init();
  } else {
    easy = spare_.back();
    spare_.pop_back();
  }
  if (easy == nullptr) return ResourceExhausted("no memory for an HTTP request");
  x->easy_ = easy;
  active_.push_back(x);
  if (x->cancelled_) return Cancelled("the caller went away");
  const HttpRequest& r = x->request_;
  curl_slist* list = nullptr;
  // Without these curl would add headers that are not signed, or wait for a 100 Continue.
  for (const char* none : {"Expect:", "Accept:", "Content-Type:"})
    list = curl_slist_append(list, none);
  for (const std::string& header : r.headers) list = curl_slist_append(list, header.c_str());
  x->header_list_ = list;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
  curl_easy_setopt(easy, CURLOPT_URL, r.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Exchange::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Exchange::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  if (r.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    if (r.method == "PUT" || r.method == "POST") {
      // Given in one piece, so that curl can send it again on a fresh connection when a kept one
      // turns out to be closed.
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r.body.empty() ? "" : r.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(r.body.size()));
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r.method.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(std::max<int64_t>(options_.stall_timeout_ms / 1000, 1)));
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN,
                   static_cast<long>(std::max<int64_t>(options_.idle_timeout_ms / 1000, 1)));
  if (x->deadline_ns_ != 0) {
    const int64_t left_ms = (x->deadline_ns_ - sdk::MonotonicNs()) / 1'000'000;
    if (left_ms <= 0) return DeadlineExceeded("the deadline of the call has passed");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(left_ms));
  }
  if (options_.insecure_skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  if (!options_.cert_file.empty())
    curl_easy_setopt(easy, CURLOPT_SSLCERT, options_.cert_file.c_str());
  if (!options_.key_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY, options_.key_file.c_str());
  const CURLMcode added = curl_multi_add_handle(multi_, easy);
  return added == CURLM_OK ? OkStatus()
                           : Internal("an HTTP request cannot begin: ", curl_multi_strerror(added));
}

void HttpClient::End(Exchange* x, Status end) {
  x->end_ = std::move(end);
  if (x->easy_ != nullptr) {
    curl_multi_remove_handle(multi_, x->easy_);
    curl_easy_reset(x->easy_);  // The connection stays with the multi handle.
    spare_.push_back(std::exchange(x->easy_, nullptr));
    std::erase(active_, x);
  }
  curl_slist_free_all(static_cast<curl_slist*>(std::exchange(x->header_list_, nullptr)));
  x->waiting_.resume();
}

Status HttpClient::EndOf(const Exchange& x, int curl_code) const {
  if (!x.refused_.ok()) return x.refused_;
  const auto code = static_cast<CURLcode>(curl_code);
  switch (code) {
    case CURLE_OK:
      return OkStatus();
    case CURLE_OPERATION_TIMEDOUT:
      if (x.deadline_ns_ != 0 && sdk::MonotonicNs() + 1'000'000 >= x.deadline_ns_)
        return DeadlineExceeded("the deadline of the call has passed");
      return Unavailable(options_.peer, " did not answer in time").Retryable();
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return FailedPrecondition("the certificate of ", options_.peer, " is not trusted (", curl_easy_strerror(code), "); ",
                                options_.ca_setting, " names the authorities that are");
    case CURLE_SSL_CERTPROBLEM:
      return FailedPrecondition(options_.cert_setting, " cannot be used: ",
                                curl_easy_strerror(code));
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return InvalidArgument("the endpoint is no address: ", curl_easy_strerror(code));
    case CURLE_OUT_OF_MEMORY:
      return ResourceExhausted("no memory for an answer of ", options_.peer);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Unavailable(options_.peer, " cannot be reached: ", curl_easy_strerror(code)).WithReason(kNotSent).Retryable();
    default:
      return Unavailable(options_.peer, " cannot be reached: ", curl_easy_strerror(code)).Retryable();
  }
}

HttpClient::Exchange::Exchange(HttpClient& client, const sdk::Call& call, HttpRequest request)
    : client_(client),
      request_(std::move(request)),
      deadline_ns_(call.deadline_ns()),
      cancel_(call.raw()->cancel) {}

bool HttpClient::Exchange::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  if (cancel_ != nullptr) {
    ticket_ = cancel_->subscribe(
        cancel_,
        [](void* self) noexcept {
          auto* const x = static_cast<Exchange*>(self);
          x->cancelled_ = true;
          x->client_.NoticeCancel();
        },
        this);
  }
  if (client_.Submit(this))
    return true;  // It may have ended already: nothing of this may be touched.
  end_ = Unavailable(client_.options_.peer, " is not called any more");
  return false;
}

Status HttpClient::Exchange::await_resume() {
  if (cancel_ != nullptr) cancel_->unsubscribe(cancel_, ticket_);
  return std::move(end_);
}

size_t HttpClient::Exchange::OnHeader(char* data, size_t one, size_t n, void* self) noexcept {
  auto* const x = static_cast<Exchange*>(self);
  const std::string_view line(data, one * n);
  try {
    if (line.starts_with("HTTP/")) x->answer.headers.clear();  // Of an interim answer.
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return one * n;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
      value.remove_prefix(1);
    while (!value.empty() &&
           std::string_view(" \t\r\n").find(value.back()) != std::string_view::npos)
      value.remove_suffix(1);
    x->answer.headers[std::move(name)] = std::string(value);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return one * n;
}

size_t HttpClient::Exchange::OnBody(char* data, size_t one, size_t n, void* self) noexcept {
  auto* const x = static_cast<Exchange*>(self);
  const size_t size = one * n;
  try {
    std::string& body = x->answer.body;
    if (body.size() + size > x->request_.answer_bytes_max) {
      x->refused_ = DataLoss(x->client_.options_.peer, " answered with more than the ", x->request_.answer_bytes_max,
                             " bytes that were asked for");
      return 0;
    }
    if (body.empty()) {
      curl_off_t length = 0;
      curl_easy_getinfo(x->easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
      if (length > 0)
        body.reserve(
            std::min({static_cast<uint64_t>(length), kReserveMax, x->request_.answer_bytes_max}));
    }
    body.append(data, size);
  } catch (const std::bad_alloc&) {
    x->refused_ = ResourceExhausted("no memory for an answer of ", x->client_.options_.peer);
    return 0;
  }
  return size;
}

}  // namespace kvs::http_client
