// SPDX-License-Identifier: Apache-2.0
// HttpClient: requests on connections that are kept, by libcurl's multi interface on one thread of
// its own. A request is an Exchange that a coroutine awaits; it goes on on that thread, and must
// leave it for what takes long.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"

using CURL = void;
using CURLM = void;

namespace kvs::http_client {

struct HttpOptions {
  int64_t connect_timeout_ms = 10'000;  ///< the TLS handshake included
  int64_t stall_timeout_ms = 120'000;   ///< no byte in either direction for so long
  int64_t idle_timeout_ms = 60'000;     ///< of kept connections
  int64_t max_connections = 64;         ///< requests beyond it wait
  bool insecure_skip_verify = false;
  std::string ca_file, cert_file, key_file;
  std::string peer = "the server";                       ///< what messages call the other side
  std::string ca_setting = "tls.ca_file";                ///< what messages say names the authorities
  std::string cert_setting = "tls.cert_file or tls.key_file";  ///< and one's own certificate
  std::string thread = "http-client";                    ///< name of the thread
};

/// The reason of an error before which no byte of the request left.
inline constexpr const char* kNotSent = "not-sent";

struct HttpRequest {
  std::string method;                ///< "GET"
  std::string url;                   ///< escaped; sent as it is
  std::vector<std::string> headers;  ///< "name: value"
  std::string_view body;             ///< borrowed until the exchange ends
  uint64_t answer_bytes_max = 0;     ///< a longer one is an error
};

struct HttpAnswer {
  int code = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  std::string_view header(const std::string& name) const;
};

class HttpClient {
 public:
  HttpClient(sdk::Host host, HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Status Start();
  /// Ends what is under way, and what is begun from now on, with UNAVAILABLE. [any]
  void Abort();
  /// After Abort(), when no exchange is left. Joins the thread. [main or worker]
  void Stop();

  /// One request, awaited once in the frame it lives in. OK: `answer` is complete, with whatever
  /// code. Unavailable with the reason kNotSent: no connection came about, so nobody has seen the
  /// request.
  class Exchange {
   public:
    Exchange(HttpClient& client, const sdk::Call& call, HttpRequest request);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting);
    Status await_resume();
    HttpAnswer answer;

   private:
    friend class HttpClient;
    static size_t OnHeader(char* data, size_t one, size_t n, void* self) noexcept;
    static size_t OnBody(char* data, size_t one, size_t n, void* self) noexcept;
    HttpClient& client_;
    const HttpRequest request_;
    const int64_t deadline_ns_;
    const kvs_cancel_t* const cancel_;
    uint64_t ticket_ = 0;
    std::atomic<bool> cancelled_{false};
    std::coroutine_handle<> waiting_;
    CURL* easy_ = nullptr;
    void* header_list_ = nullptr;
    Status refused_;  // Why a callback stopped the transfer.
    Status end_;
  };

 private:
  void Run();
  /// False when the client has been aborted.
  bool Submit(Exchange* exchange);
  void NoticeCancel();
  Status Begin(Exchange* exchange);
  void End(Exchange* exchange, Status end);
  Status EndOf(const Exchange& exchange, int curl_code) const;
  void Collect();

  const sdk::Host host_;
  const HttpOptions options_;
  std::function<void()> run_;
  kvs_thread_t* thread_ = nullptr;
  CURLM* multi_ = nullptr;
  // Of the thread alone.
  std::vector<CURL*> spare_;
  std::vector<Exchange*> active_;

  Mutex mutex_;
  std::vector<Exchange*> submitted_ KVS_GUARDED_BY(mutex_);
  bool aborted_ KVS_GUARDED_BY(mutex_) = false;
  bool stopping_ KVS_GUARDED_BY(mutex_) = false;
  bool cancels_ KVS_GUARDED_BY(mutex_) = false;
};

}  // namespace kvs::http_client
