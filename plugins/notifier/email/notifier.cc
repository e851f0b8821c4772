// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <unistd.h>

#include <ctime>
#include <map>
#include <random>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/sigv4/digests.h"

#include "addresses.h"
#include "mime.h"

namespace kvs::notifier::email {
namespace {

std::string RandomHex() {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  std::string bytes;
  for (int i = 0; i < 2; ++i) {
    const uint64_t word = random();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  return sigv4::Hex(bytes);
}

std::string HostName() {
  char name[256] = "";
  return gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name
                                                                     : "localhost.localdomain";
}

std::string Format(int64_t unix_ms, const char* format) {
  const auto seconds = static_cast<time_t>(unix_ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char out[64];
  return std::string(out, strftime(out, sizeof(out), format, &parts));
}

void AppendPart(std::string& out, const std::string& boundary, std::string_view type,
                std::string_view body) {
  StrAppend(out, "--", boundary,
            "\r\nContent-Transfer-Encoding: quoted-printable\r\n"
            "Content-Type: ",
            type, "; charset=UTF-8\r\n\r\n", QuotedPrintable(body), "\r\n");
}

}  // namespace

Status Email::CheckSettings(const notify::Settings& settings,
                            const notify::Secrets& secrets) const {
  for (const auto& [name, text] : settings.TextMap("headers")) {
    if (!IsHeaderName(name)) return InvalidArgument("headers: a name that is none");
  }
  KVS_RETURN_IF_ERROR(CheckSecrets(settings, secrets, {"auth_password", "auth_secret"}));
  return CheckSecrets(settings.Table("tls_config"), secrets, {"ca", "cert", "key"});
}

StatusOr<http_client::MailRequest> Email::Envelope(notify::Delivery& d) const {
  const notify::Settings& s = d.settings;
  const auto text = [&](const char* name) { return d.rendering.Text(s.Text(name)); };
  http_client::MailRequest mail;
  const std::string host = s.Text("smarthost");
  const bool tls_first = s.Flag("force_implicit_tls", host.ends_with(":465"));
  mail.url =
      StrCat(tls_first ? "smtps://" : "smtp://", host, "/", sigv4::UriEncode(s.Text("hello")));
  mail.require_tls = s.Flag("require_tls", true);
  mail.username = s.Text("auth_username");
  if (!mail.username.empty()) {
    // A secret is for CRAM-MD5 alone, a password for all that send it.
    KVS_ASSIGN_OR_RETURN(const std::string secret, d.Secret("auth_secret"));
    KVS_ASSIGN_OR_RETURN(const std::string password, d.Secret("auth_password"));
    mail.password = secret.empty() ? password : secret;
    mail.login_options = secret.empty() ? "AUTH=PLAIN;AUTH=LOGIN" : "AUTH=CRAM-MD5";
    mail.identity = s.Text("auth_identity");
  }
  const std::string from = text("from"), to = text("to");
  KVS_RETURN_IF_ERROR(d.rendering.status());
  const StatusOr<std::vector<std::string>> senders = ParseAddresses(from);
  if (!senders.ok()) return Annotate(senders.status(), "parse 'from' addresses");
  if (senders->size() != 1)
    return InvalidArgument("must be exactly one 'from' address (got: ", senders->size(), ")");
  const StatusOr<std::vector<std::string>> receivers = ParseAddresses(to);
  if (!receivers.ok()) return Annotate(receivers.status(), "parse 'to' addresses");
  mail.from = senders->front();
  mail.to = *receivers;
  return mail;
}

StatusOr<std::string> Email::Message(notify::Delivery& d) const {
  const notify::Settings& s = d.settings;
  const int64_t now_ms = host().clock().NowMs();
  std::map<std::string, std::string> headers{
      {"Subject", "{{ template \"email.default.subject\" . }}"},
      {"To", s.Text("to")},
      {"From", s.Text("from")}};
  for (const auto& [name, value] : s.TextMap("headers")) headers[name] = value;
  std::string out;
  for (const auto& [name, value] : headers)
    StrAppend(out, name, ": ", EncodeHeader(d.rendering.Text(value)), "\r\n");
  if (headers.find("Message-Id") == headers.end())
    StrAppend(out, "Message-Id: <", now_ms, ".", RandomHex(), "@", HostName(), ">\r\n");
  if (const notify::Settings threading = s.Table("threading"); threading.Flag("enabled")) {
    // No mail has this id: readers put those that refer to it under one roof.
    const std::string day =
        threading.Text("thread_by_date") == "none" ? "" : Format(now_ms, "%Y-%m-%d");
    const std::string root =
        StrCat("<alert-", d.group.KeyHash().substr(0, 16), "-", day, "@alertmanager>");
    StrAppend(out, "References: ", root, "\r\nIn-Reply-To: ", root, "\r\n");
  }
  const std::string boundary = RandomHex();
  StrAppend(out, "Date: ", Format(now_ms, "%a, %d %b %Y %H:%M:%S +0000"),
            "\r\nContent-Type: multipart/alternative; boundary=", boundary,
            "\r\nMIME-Version: 1.0\r\n\r\n");
  // The one that is preferred comes last: RFC 2046, 5.1.4.
  if (s.Has("text")) AppendPart(out, boundary, "text/plain", d.rendering.Text(s.Text("text")));
  if (s.Has("html")) AppendPart(out, boundary, "text/html", d.rendering.Html(s.Text("html")));
  StrAppend(out, "--", boundary, "--\r\n");
  KVS_RETURN_IF_ERROR(d.rendering.status());
  return out;
}

sdk::Co<Status> Email::Deliver(notify::Delivery& d) {
  StatusOr<http_client::MailRequest> mail = Envelope(d);
  if (!mail.ok()) co_return mail.status();
  const StatusOr<std::string> message = Message(d);
  if (!message.ok()) co_return message.status();
  const StatusOr<http_client::PeerOptions> peer = d.Peer(d.settings.Table("tls_config"));
  if (!peer.ok()) co_return peer.status();
  mail->message = *message;
  mail->peer = &*peer;
  http_client::MailExchange exchange(client(), d.call, *std::move(mail));
  const Status sent = co_await exchange;
  co_return sent;
}

}  // namespace kvs::notifier::email
