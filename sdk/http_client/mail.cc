// SPDX-License-Identifier: Apache-2.0
#include "kvs/http_client/mail.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <curl/curl.h>

namespace kvs::http_client {
namespace {

constexpr size_t kAnswerBytesMax = 512;  // Longer than a line of SMTP.

}  // namespace

MailExchange::MailExchange(HttpClient& client, const sdk::Call& call, MailRequest request)
    : Transfer(client, call, request.peer), request_(std::move(request)), left_(request_.message) {}

Status MailExchange::Prepare(CURL* easy) {
  const MailRequest& r = request_;
  curl_slist* list = nullptr;
  for (const std::string& address : r.to) list = curl_slist_append(list, address.c_str());
  list_ = list;
  curl_easy_setopt(easy, CURLOPT_URL, r.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_USE_SSL,
                   static_cast<long>(r.require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!r.username.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, r.username.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, r.password.c_str());
  }
  if (!r.identity.empty()) curl_easy_setopt(easy, CURLOPT_SASL_AUTHZID, r.identity.c_str());
  if (!r.login_options.empty())
    curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, r.login_options.c_str());
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, r.from.c_str());
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, list);
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &MailExchange::OnRead);
  curl_easy_setopt(easy, CURLOPT_READDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &MailExchange::OnAnswer);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  return OkStatus();
}

size_t MailExchange::OnRead(char* to, size_t one, size_t n, void* self) noexcept {
  std::string_view& left = static_cast<MailExchange*>(self)->left_;
  const size_t size = std::min(one * n, left.size());
  std::memcpy(to, left.data(), size);
  left.remove_prefix(size);
  return size;
}

size_t MailExchange::OnAnswer(char* data, size_t one, size_t n, void* self) noexcept {
  try {
    std::string_view line(data, std::min(one * n, kAnswerBytesMax));
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    // What follows a refusal is a farewell.
    if (!line.empty() && (line.front() == '4' || line.front() == '5'))
      static_cast<MailExchange*>(self)->refusal_ = line;
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return one * n;
}

Status MailExchange::EndOf(int curl_code) {
  switch (curl_code) {
    case CURLE_OK:
      return OkStatus();
    case CURLE_USE_SSL_FAILED:
      return Unavailable("'require_tls' is true (default) but ", client_.options().peer,
                         " does not advertise the STARTTLS extension, or it failed")
          .Retryable();
    case CURLE_LOGIN_DENIED:
      return Unavailable(client_.options().peer, " does not let us log in: ", refusal_)
          .Retryable();
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
      break;  // What the server said last tells more.
    default:
      return client_.EndOf(*this, curl_code);
  }
  if (!refusal_.empty() && refusal_.front() == '5')
    return InvalidArgument(client_.options().peer, " refused the mail: ", refusal_);
  return Unavailable(client_.options().peer, " did not take the mail: ",
                     refusal_.empty() ? curl_easy_strerror(static_cast<CURLcode>(curl_code))
                                          : refusal_.c_str())
      .Retryable();
}

}  // namespace kvs::http_client
