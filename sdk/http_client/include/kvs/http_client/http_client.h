// SPDX-License-Identifier: Apache-2.0
// HttpClient: requests on connections that are kept, by libcurl's multi interface on one thread of
// its own. A request is an Exchange, a mail a MailExchange (mail.h), which a coroutine awaits; it
// goes on on that thread, and must leave it for what takes long. An HttpStream (stream.h) is a
// request whose answer is taken piece by piece.
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

struct sockaddr;

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
  std::string peer = "the server";         ///< what messages call the other side
  std::string ca_setting = "tls.ca_file";  ///< what messages say names the authorities
  std::string cert_setting = "tls.cert_file or tls.key_file";  ///< and one's own certificate
  std::string thread = "http-client";                          ///< name of the thread
};

/// The reason of an error before which no byte of the request left.
inline constexpr const char* kNotSent = "not-sent";

/// How one request reaches its peer, where the client as a whole does not say it: for peers that
/// somebody else names. Its connection is its own: none that was opened for another is used, and
/// none is kept.
struct PeerOptions {
  bool insecure_skip_verify = false;
  std::string ca_pem, cert_pem,
      key_pem;  ///< contents, not names of files; empty: the system's, none
  std::string tls_min_version, tls_max_version;  ///< "TLS12"; empty: libcurl's
  std::string proxy_url;                         ///< empty: none, whatever the environment says
  std::string no_proxy;                    ///< hosts that are called directly, separated by commas
  std::vector<std::string> proxy_headers;  ///< of a CONNECT: "name: value"
  bool follow_redirects = false;
  bool http2 = false;
  /// OK for an address that may be called, asked after its name has been resolved and before
  /// anything is sent: an address cannot change in between. On the client's thread. Empty: all may.
  std::function<Status(const sockaddr& address)> may_connect;
};

struct HttpRequest {
  std::string method;                 ///< "GET"
  std::string url;                    ///< escaped; sent as it is
  std::vector<std::string> headers;   ///< "name: value"
  std::string_view body;              ///< borrowed until the exchange ends
  uint64_t answer_bytes_max = 0;      ///< a longer one is an error
  const PeerOptions* peer = nullptr;  ///< borrowed until the exchange ends
};

struct HttpAnswer {
  int code = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  std::string_view header(const std::string& name) const;
  /// Takes a line as libcurl gives it: an answer's first one begins anew. False without memory.
  bool AddHeaderLine(std::string_view line) noexcept;
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

  /// What is awaited, once, in the frame it lives in.
  class Transfer {
   public:
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting);
    Status await_resume();

   protected:
    Transfer(HttpClient& client, const sdk::Call& call, const PeerOptions* peer);
    virtual ~Transfer() = default;
    /// Says what is transferred, on the client's thread.
    virtual Status Prepare(CURL* easy) = 0;
    /// Says how libcurl's end of it, `code`, is told; OK for the end it should have.
    virtual Status EndOf(int code) = 0;
    /// It has ended; the last that is called, on the client's thread. Resumes who awaits.
    virtual void Ended(Status end);

    // For those that are not awaited as a whole.
    /// Hears of a cancelled call from now on.
    void Subscribe();
    void Unsubscribe();
    /// False when the client has been aborted; Refused() says so.
    bool Submit() { return client_.Submit(this); }
    Status Refused() const;
    /// Has the client end it. [any]
    void CancelNow();
    /// What any request needs but for who takes the answer.
    void SetRequest(CURL* easy, const HttpRequest& request);

    HttpClient& client_;
    const PeerOptions* const peer_;
    int code_ = 0;          // Of the other side.
    CURL* easy_ = nullptr;  // While it lasts.
    void* list_ = nullptr;  // Freed after it.
    Status refused_;        // Why a callback stopped the transfer.

   private:
    friend class HttpClient;
    static int OpenSocket(void* self, int purpose, void* address) noexcept;
    Status PreparePeer(CURL* easy);

    const int64_t deadline_ns_;
    const kvs_cancel_t* const cancel_;
    uint64_t ticket_ = 0;
    std::atomic<bool> cancelled_{false};
    std::coroutine_handle<> waiting_;
    void* proxy_list_ = nullptr;
    Status blocked_;  // Why an address was not called.
    Status end_;
  };

  /// One request. OK: `answer` is complete, with whatever code. Unavailable with the reason
  /// kNotSent: no connection came about, so nobody has seen the request.
  class Exchange final : public Transfer {
   public:
    Exchange(HttpClient& client, const sdk::Call& call, HttpRequest request);
    HttpAnswer answer;

   private:
    Status Prepare(CURL* easy) override;
    Status EndOf(int code) override;
    static size_t OnHeader(char* data, size_t one, size_t n, void* self) noexcept;
    static size_t OnBody(char* data, size_t one, size_t n, void* self) noexcept;
    const HttpRequest request_;
  };

  const HttpOptions& options() const { return options_; }

 private:
  friend class HttpStream;
  friend class MailExchange;
  void Run();
  /// False when the client has been aborted.
  bool Submit(Transfer* transfer);
  void NoticeCancel();
  /// Goes on with a transfer whose taker had enough for a while, if it still lasts.
  void Unpause(Transfer* transfer);
  Status Begin(Transfer* transfer);
  void End(Transfer* transfer, Status end);
  /// What ends of all kinds have in common.
  Status EndOf(const Transfer& transfer, int curl_code) const;
  void Collect();

  const sdk::Host host_;
  const HttpOptions options_;
  std::function<void()> run_;
  kvs_thread_t* thread_ = nullptr;
  CURLM* multi_ = nullptr;
  // Of the thread alone.
  std::vector<CURL*> spare_;
  std::vector<Transfer*> active_;

  Mutex mutex_;
  std::vector<Transfer*> submitted_ KVS_GUARDED_BY(mutex_);
  std::vector<const Transfer*> unpaused_ KVS_GUARDED_BY(mutex_);
  bool aborted_ KVS_GUARDED_BY(mutex_) = false;
  bool stopping_ KVS_GUARDED_BY(mutex_) = false;
  bool cancels_ KVS_GUARDED_BY(mutex_) = false;
};

}  // namespace kvs::http_client
