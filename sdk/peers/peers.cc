// SPDX-License-Identifier: Apache-2.0
#include "kvs/peers/peers.h"

#include <algorithm>
#include <utility>

#include "kvs/base/countdown.h"
#include "kvs/base/str_cat.h"
#include "kvs/sdk/task.h"

namespace kvs::peers {
namespace {

using http_client::HttpAnswer;
using http_client::HttpClient;

// A state of rules of a large tenant has some megabytes.
constexpr uint64_t kAnswerBytesMax = uint64_t{256} << 20;

sdk::Task AskOne(HttpClient& client, sdk::Call call, http_client::HttpRequest request,
                 StatusOr<HttpAnswer>* out) {
  HttpClient::Exchange exchange(client, call, std::move(request));
  const Status ended = co_await exchange;
  if (ended.ok()) {
    *out = std::move(exchange.answer);
  } else {
    *out = ended;
  }
  co_return OkStatus();
}

http_client::HttpOptions OptionsOf(const PeersOptions& options) {
  http_client::HttpOptions out;
  out.connect_timeout_ms = std::min<int64_t>(options.timeout_ms, 5'000);
  out.ca_file = options.ca_file;
  out.cert_file = options.cert_file;
  out.key_file = options.key_file;
  out.peer = "a member of the ring";
  out.ca_setting = "peers.ca_file";
  out.cert_setting = "peers.cert_file or peers.key_file";
  out.thread = options.thread;
  return out;
}

}  // namespace

Peers::Peers(sdk::Host host, PeersOptions options)
    : options_(std::move(options)), client_(host, OptionsOf(options_)) {}

Peers::~Peers() = default;

Status Peers::Start() {
  return client_.Start();
}

void Peers::Stop() {
  client_.Abort();
  client_.Stop();
}

std::vector<Peers::Answer> Peers::Ask(const sdk::Call& call,
                                      const std::vector<sharing::Share::Worker>& members,
                                      const Question& question) {
  std::vector<Answer> out;
  std::vector<std::string> addresses;
  for (const sharing::Share::Worker& member : members) {
    if (member.is_self) continue;
    out.emplace_back().id = member.id;
    addresses.emplace_back(member.address);
  }
  if (out.empty()) return out;
  sdk::OwnedCall own(call, call.tenant());
  own.WithTimeoutMs(options_.timeout_ms);
  Countdown countdown(out.size());
  const kvs_completion_t counts{
      [](void* self, kvs_status_t) noexcept { static_cast<Countdown*>(self)->Count(); },
      &countdown};
  for (size_t i = 0; i < out.size(); ++i) {
    http_client::HttpRequest request;
    request.method = question.method;
    request.url =
        StrCat(options_.ca_file.empty() ? "http://" : "https://", addresses[i], question.path);
    if (!call.tenant().empty()) request.headers = {StrCat("X-Scope-OrgID: ", call.tenant())};
    if (!question.body.empty())
      request.headers.push_back(StrCat("Content-Type: ", question.content_type));
    if (!options_.bearer_token.empty())
      request.headers.push_back(StrCat("Authorization: Bearer ", options_.bearer_token));
    request.body = question.body;
    request.answer_bytes_max = kAnswerBytesMax;
    sdk::Completer completer(&counts, nullptr);
    const sdk::Outcome begun =
        sdk::Run(completer, AskOne(client_, own.call(), std::move(request), &out[i].reply));
    if (!begun.is_raw()) countdown.Count();  // It ended at once.
  }
  countdown.Wait();
  return out;
}

}  // namespace kvs::peers
