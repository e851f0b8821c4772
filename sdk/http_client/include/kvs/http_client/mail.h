// SPDX-License-Identifier: Apache-2.0
// MailExchange: hands one mail to an SMTP server, on the thread of an HttpClient.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/http_client/http_client.h"

namespace kvs::http_client {

struct MailRequest {
  std::string url;  ///< "smtp://mail.example.org:587/HELLO", smtps for TLS from the first byte
  bool require_tls = true;         ///< with smtp: no STARTTLS, no mail
  std::string username, password;  ///< empty: nobody logs in
  std::string login_options;       ///< "AUTH=PLAIN"; empty: what the server offers
  std::string identity;            ///< whom to act for; empty: oneself
  std::string from;                ///< of the envelope: an address
  std::vector<std::string> to;     ///< of the envelope: addresses
  std::string_view message;  ///< headers and body, with CRLF; borrowed until the exchange ends
  const PeerOptions* peer = nullptr;  ///< borrowed until the exchange ends
};

/// OK: the server took the mail for all addressees. InvalidArgument, not to be repeated: it refused
/// for good (a 5xx); Unavailable, to be repeated: for now.
class MailExchange final : public HttpClient::Transfer {
 public:
  MailExchange(HttpClient& client, const sdk::Call& call, MailRequest request);

 private:
  Status Prepare(CURL* easy) override;
  Status EndOf(int code) override;
  static size_t OnRead(char* to, size_t one, size_t n, void* self) noexcept;
  static size_t OnAnswer(char* data, size_t one, size_t n, void* self) noexcept;

  const MailRequest request_;
  std::string_view left_;  // Of the message.
  std::string refusal_;    // The server's last 4xx or 5xx.
};

}  // namespace kvs::http_client
