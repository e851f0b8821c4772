// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/http_notifier.h"

#include <algorithm>

#include "kvs/base/str_cat.h"

#include "firewall.h"
#include "oauth2.h"
#include "peer.h"
#include "secrets.h"

namespace kvs::notify {
namespace {

constexpr uint64_t kAnswerBytesMax = 1 << 20;
constexpr size_t kDetailBytesMax = 1024;

}  // namespace

Status Judged(const http_client::HttpAnswer& answer, std::initializer_list<int> again,
              const std::string* details) {
  if (answer.code / 100 == 2) return OkStatus();
  const std::string_view text = details != nullptr
                                    ? std::string_view(*details)
                                    : std::string_view(answer.body).substr(0, kDetailBytesMax);
  std::string message = StrCat("unexpected status code ", answer.code);
  if (!text.empty()) StrAppend(message, ": ", text);
  const bool retry =
      answer.code / 100 == 5 || std::find(again.begin(), again.end(), answer.code) != again.end();
  if (!retry) return FailedPrecondition(message);
  return Unavailable(message).Retryable();
}

Status HttpNotifier::Judge(Delivery& /*delivery*/, const http_client::HttpAnswer& answer) const {
  return Judged(answer);
}

Status HttpNotifier::CheckSettings(const Settings& settings, const Secrets& secrets) const {
  for (const char* name : secret_names_) KVS_RETURN_IF_ERROR(secrets.Check(settings, name));
  return CheckPeer(settings.Table("http_config"), secrets);
}

sdk::Co<Status> HttpNotifier::Deliver(Delivery& delivery) {
  const StatusOr<std::vector<Request>> requests = Compose(delivery);
  if (!requests.ok()) co_return requests.status();
  if (!delivery.rendering.status().ok()) co_return delivery.rendering.status();
  StatusOr<Peer> peer = ReadPeer(delivery.settings.Table("http_config"), delivery.secrets);
  if (!peer.ok()) co_return peer.status();
  if (delivery.firewall.blocks_anything()) {
    peer->options.may_connect = [&delivery](const sockaddr& address) {
      return delivery.firewall.Check(address);
    };
  }
  if (peer->oauth2.Has("token_url")) {
    sdk::Co<StatusOr<std::string>> getting = tokens().Get(delivery.call, *peer, delivery.secrets);
    const StatusOr<std::string> token = co_await getting;
    if (!token.ok()) co_return token.status();
    peer->headers.push_back(StrCat("Authorization: Bearer ", *token));
  }
  for (const Request& request : *requests) {
    http_client::HttpRequest out;
    out.method = request.method;
    out.url = request.url;
    out.headers = peer->headers;
    out.headers.insert(out.headers.end(), request.headers.begin(), request.headers.end());
    out.headers.push_back("User-Agent: Kvasir/" KVS_PLUGIN_VERSION);
    if (!request.content_type.empty())
      out.headers.push_back(StrCat("Content-Type: ", request.content_type));
    out.body = request.body;
    out.answer_bytes_max = kAnswerBytesMax;
    out.peer = &peer->options;
    http_client::HttpClient::Exchange exchange(client(), delivery.call, std::move(out));
    const Status sent = co_await exchange;
    if (!sent.ok()) co_return sent;
    const Status judged = Judge(delivery, exchange.answer);
    if (!judged.ok()) co_return judged;
  }
  co_return OkStatus();
}

}  // namespace kvs::notify
