// SPDX-License-Identifier: Apache-2.0
#include "kvs/http_client/http_client.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <new>
#include <utility>

#include <curl/curl.h>
#include <sys/socket.h>

namespace kvs::http_client {
namespace {

// Answers that say how long they are get their memory at once; beyond this it grows with what
// really comes.
constexpr uint64_t kReserveMax = uint64_t{256} << 20;
// libcurl's own timers tell it to look sooner.
constexpr int kPollMs = 1000, kIdlePollMs = 60'000;

struct TlsVersion {
  std::string_view name;
  long low, high;
};
constexpr TlsVersion kTlsVersions[] = {
    {"TLS10", CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_0},
    {"TLS11", CURL_SSLVERSION_TLSv1_1, CURL_SSLVERSION_MAX_TLSv1_1},
    {"TLS12", CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_2},
    {"TLS13", CURL_SSLVERSION_TLSv1_3, CURL_SSLVERSION_MAX_TLSv1_3},
};

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

bool HttpAnswer::AddHeaderLine(std::string_view line) noexcept {
  try {
    if (line.starts_with("HTTP/")) headers.clear();  // Of an interim answer.
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
      value.remove_prefix(1);
    while (!value.empty() &&
           std::string_view(" \t\r\n").find(value.back()) != std::string_view::npos)
      value.remove_suffix(1);
    headers[std::move(name)] = std::string(value);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
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

bool HttpClient::Submit(Transfer* transfer) {
  const MutexLock lock(mutex_);
  if (aborted_ || multi_ == nullptr) return false;
  submitted_.push_back(transfer);
  curl_multi_wakeup(multi_);
  return true;
}

void HttpClient::NoticeCancel() {
  const MutexLock lock(mutex_);
  cancels_ = true;
  if (multi_ != nullptr) curl_multi_wakeup(multi_);
}

void HttpClient::Unpause(Transfer* transfer) {
  const MutexLock lock(mutex_);
  unpaused_.push_back(transfer);
  if (multi_ != nullptr) curl_multi_wakeup(multi_);
}

void HttpClient::Run() {
  while (true) {
    std::vector<Transfer*> begun;
    std::vector<const Transfer*> unpaused;
    bool cancels, aborted, stopping;
    {
      const MutexLock lock(mutex_);
      begun.swap(submitted_);
      unpaused.swap(unpaused_);
      cancels = std::exchange(cancels_, false);
      aborted = aborted_;
      stopping = stopping_;
      if (stopping && begun.empty() && active_.empty()) return;
    }
    for (Transfer* transfer : begun) {
      if (const Status status = Begin(transfer); !status.ok()) End(transfer, status);
    }
    if (aborted || cancels) {
      for (Transfer* transfer : std::vector<Transfer*>(active_)) {
        if (transfer->cancelled_) {
          End(transfer, Cancelled("the caller went away"));
        } else if (aborted) {
          End(transfer, Unavailable(options_.peer, " is not called any more"));
        }
      }
    }
    for (const Transfer* transfer : unpaused) {
      // It may have ended, and its memory may be another's by now: then that one is not paused.
      const auto found = std::find(active_.begin(), active_.end(), transfer);
      if (found != active_.end()) curl_easy_pause((*found)->easy_, CURLPAUSE_CONT);
    }
    int running = 0;
    curl_multi_perform(multi_, &running);
    Collect();
    // Nobody wakes it again for what it has just brought to its end.
    if (stopping && active_.empty()) continue;
    // Whoever has something to say wakes it.
    curl_multi_poll(multi_, nullptr, 0, active_.empty() ? kIdlePollMs : kPollMs, nullptr);
  }
}

void HttpClient::Collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    long code = 0;
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &code);
    transfer->code_ = static_cast<int>(code);
    End(transfer, transfer->EndOf(message->data.result));
  }
}

Status HttpClient::Begin(Transfer* x) {
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
  curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
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
  if (x->peer_ != nullptr) KVS_RETURN_IF_ERROR(x->PreparePeer(easy));
  KVS_RETURN_IF_ERROR(x->Prepare(easy));
  const CURLMcode added = curl_multi_add_handle(multi_, easy);
  return added == CURLM_OK ? OkStatus()
                           : Internal("an HTTP request cannot begin: ", curl_multi_strerror(added));
}

void HttpClient::End(Transfer* x, Status end) {
  if (x->easy_ != nullptr) {
    curl_multi_remove_handle(multi_, x->easy_);
    curl_easy_reset(x->easy_);  // The connection stays with the multi handle.
    spare_.push_back(std::exchange(x->easy_, nullptr));
    std::erase(active_, x);
  }
  for (void** list : {&x->list_, &x->proxy_list_})
    curl_slist_free_all(static_cast<curl_slist*>(std::exchange(*list, nullptr)));
  x->Ended(std::move(end));
}

Status HttpClient::EndOf(const Transfer& x, int curl_code) const {
  if (!x.refused_.ok()) return x.refused_;
  const auto code = static_cast<CURLcode>(curl_code);
  if (code == CURLE_OK) return OkStatus();
  if (!x.blocked_.ok()) return x.blocked_;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      if (x.deadline_ns_ != 0 && sdk::MonotonicNs() + 1'000'000 >= x.deadline_ns_)
        return DeadlineExceeded("the deadline of the call has passed");
      return Unavailable(options_.peer, " did not answer in time").Retryable();
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return FailedPrecondition("the certificate of ", options_.peer, " is not trusted (",
                                curl_easy_strerror(code), "); ", options_.ca_setting,
                                " names the authorities that are");
    case CURLE_SSL_CERTPROBLEM:
      return FailedPrecondition(options_.cert_setting,
                                " cannot be used: ", curl_easy_strerror(code));
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return InvalidArgument("the endpoint is no address: ", curl_easy_strerror(code));
    case CURLE_OUT_OF_MEMORY:
      return ResourceExhausted("no memory for an answer of ", options_.peer);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Unavailable(options_.peer, " cannot be reached: ", curl_easy_strerror(code))
          .WithReason(kNotSent)
          .Retryable();
    default:
      return Unavailable(options_.peer, " cannot be reached: ", curl_easy_strerror(code))
          .Retryable();
  }
}

HttpClient::Transfer::Transfer(HttpClient& client, const sdk::Call& call, const PeerOptions* peer)
    : client_(client), peer_(peer), deadline_ns_(call.deadline_ns()), cancel_(call.raw()->cancel) {}

void HttpClient::Transfer::Subscribe() {
  if (cancel_ == nullptr) return;
  ticket_ = cancel_->subscribe(
      cancel_, [](void* self) noexcept { static_cast<Transfer*>(self)->CancelNow(); }, this);
}

void HttpClient::Transfer::Unsubscribe() {
  if (cancel_ != nullptr) cancel_->unsubscribe(cancel_, ticket_);
}

void HttpClient::Transfer::CancelNow() {
  cancelled_ = true;
  client_.NoticeCancel();
}

Status HttpClient::Transfer::Refused() const {
  return Unavailable(client_.options_.peer, " is not called any more");
}

void HttpClient::Transfer::Ended(Status end) {
  end_ = std::move(end);
  waiting_.resume();
}

bool HttpClient::Transfer::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  Subscribe();
  if (Submit()) return true;  // It may have ended already: nothing of this may be touched.
  end_ = Refused();
  return false;
}

Status HttpClient::Transfer::await_resume() {
  Unsubscribe();
  return std::move(end_);
}

int HttpClient::Transfer::OpenSocket(void* self, int /*purpose*/, void* address) noexcept {
  auto* const x = static_cast<Transfer*>(self);
  const auto& to = *static_cast<curl_sockaddr*>(address);
  try {
    if (Status may = x->peer_->may_connect(to.addr); !may.ok()) {
      x->blocked_ = std::move(may);
      return CURL_SOCKET_BAD;  // It goes on with the next address of the name.
    }
  } catch (const std::bad_alloc&) {
    return CURL_SOCKET_BAD;
  }
  return socket(to.family, to.socktype | SOCK_CLOEXEC, to.protocol);
}

Status HttpClient::Transfer::PreparePeer(CURL* easy) {
  const PeerOptions& p = *peer_;
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  if (p.insecure_skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  const auto blob = [easy](CURLoption option, const std::string& pem) {
    curl_blob data{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
    if (!pem.empty()) curl_easy_setopt(easy, option, &data);
  };
  blob(CURLOPT_CAINFO_BLOB, p.ca_pem);
  blob(CURLOPT_SSLCERT_BLOB, p.cert_pem);
  blob(CURLOPT_SSLKEY_BLOB, p.key_pem);
  long versions = 0;
  for (const auto& [name, low, high] : kTlsVersions) {
    if (p.tls_min_version == name) versions |= low;
    if (p.tls_max_version == name) versions |= high;
  }
  if (versions != 0) curl_easy_setopt(easy, CURLOPT_SSLVERSION, versions);
  curl_easy_setopt(easy, CURLOPT_PROXY, p.proxy_url.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, p.no_proxy.c_str());
  if (!p.proxy_headers.empty()) {
    curl_slist* list = nullptr;
    for (const std::string& header : p.proxy_headers)
      list = curl_slist_append(list, header.c_str());
    proxy_list_ = list;
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    curl_easy_setopt(easy, CURLOPT_PROXYHEADER, list);
  }
  if (p.may_connect) {
    using OnOpen = curl_socket_t (*)(void*, curlsocktype, curl_sockaddr*);
    const OnOpen on_open = [](void* self, curlsocktype purpose, curl_sockaddr* address) {
      return static_cast<curl_socket_t>(OpenSocket(self, purpose, address));
    };
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  }
  return OkStatus();
}

void HttpClient::Transfer::SetRequest(CURL* easy, const HttpRequest& r) {
  curl_slist* list = nullptr;
  // Without these curl would add headers that are not signed, or wait for a 100 Continue.
  for (const char* none : {"Expect:", "Accept:", "Content-Type:"})
    list = curl_slist_append(list, none);
  for (const std::string& header : r.headers) list = curl_slist_append(list, header.c_str());
  list_ = list;
  const bool http2 = peer_ != nullptr && peer_->http2;
  curl_easy_setopt(easy, CURLOPT_URL, r.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
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
    // Not for POST: then it would stay POST after a redirect that asks for GET.
    if (r.method != "POST") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r.method.c_str());
  }
  if (peer_ != nullptr && peer_->follow_redirects) {
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  }
}

HttpClient::Exchange::Exchange(HttpClient& client, const sdk::Call& call, HttpRequest request)
    : Transfer(client, call, request.peer), request_(std::move(request)) {}

Status HttpClient::Exchange::Prepare(CURL* easy) {
  SetRequest(easy, request_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Exchange::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Exchange::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  return OkStatus();
}

Status HttpClient::Exchange::EndOf(int code) {
  answer.code = code_;
  return client_.EndOf(*this, code);
}

size_t HttpClient::Exchange::OnHeader(char* data, size_t one, size_t n, void* self) noexcept {
  return static_cast<Exchange*>(self)->answer.AddHeaderLine({data, one * n}) ? one * n : 0;
}

size_t HttpClient::Exchange::OnBody(char* data, size_t one, size_t n, void* self) noexcept {
  auto* const x = static_cast<Exchange*>(self);
  const size_t size = one * n;
  try {
    std::string& body = x->answer.body;
    if (body.size() + size > x->request_.answer_bytes_max) {
      x->refused_ = DataLoss(x->client_.options_.peer, " answered with more than the ",
                             x->request_.answer_bytes_max, " bytes that were asked for");
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
