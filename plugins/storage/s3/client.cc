// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include <algorithm>

#include "errors.h"
#include "signing.h"

namespace kvs::storage::s3 {
namespace {

// Bodies beyond it are hashed on a worker, not on the thread that all requests share.
constexpr size_t kHashHereMax = 64 << 10;

int64_t LeftMs(const sdk::Host& host, const sdk::Call& call) {
  if (call.deadline_ns() == 0) return -1;
  return std::max<int64_t>((call.deadline_ns() - host.clock().MonotonicNs()) / 1'000'000, 0);
}

}  // namespace

sdk::Co<std::string> Client::PayloadHash(std::string_view body) {
  // TLS protects the body as well as a digest would, for nothing.
  if (!body.empty() && p_.endpoint.encrypted()) co_return std::string("UNSIGNED-PAYLOAD");
  if (body.size() > kHashHereMax) {
    sdk::OnWorker to_worker(p_.host.executor());
    co_await to_worker;
  }
  co_return Hex(Sha256(body));
}

HttpRequest Client::Sign(const Operation& op, const std::string& payload_hash,
                         const Credentials& who) {
  const std::string date = AmzDate(p_.host.clock().NowMs());
  SignedParts parts;
  parts.method = op.method;
  parts.path = p_.endpoint.PathOf(op.key);
  parts.query = op.query;
  parts.headers = op.headers;
  parts.headers["x-amz-content-sha256"] = payload_hash;
  parts.headers["x-amz-date"] = date;
  if (!who.session_token.empty()) parts.headers["x-amz-security-token"] = who.session_token;
  parts.payload_hash = payload_hash;
  HttpRequest request;
  for (const auto& [name, value] : parts.headers)
    request.headers.push_back(StrCat(name, ": ", value));
  parts.headers["host"] = p_.endpoint.host;  // Signed; libcurl sends it by itself.
  request.headers.push_back(
      StrCat("authorization: ", Authorization(who, p_.endpoint.region, "s3", date, parts)));
  request.method = op.method;
  request.url = p_.endpoint.UrlOf(op.key);
  if (!op.query.empty()) StrAppend(request.url, "?", CanonicalQuery(op.query));
  request.body = op.body;
  request.answer_bytes_max = op.answer_bytes_max;
  return request;
}

sdk::Co<Reply> Client::Send(const sdk::Call& call, Operation op) {
  sdk::Co<std::string> hashing = PayloadHash(op.body);
  const std::string payload_hash = co_await hashing;
  objstore::Backoff backoff(p_.backoff, static_cast<uint64_t>(sdk::MonotonicNs()));
  bool renewed = false;
  Reply reply;
  while (true) {
    sdk::Co<StatusOr<Credentials>> getting = p_.credentials.Get(call);
    const StatusOr<Credentials> who = co_await getting;
    if (!who.ok()) {
      reply.status = who.status();
    } else {
      const int64_t begin_ns = sdk::MonotonicNs();
      HttpClient::Exchange exchange(p_.http, call, Sign(op, payload_hash, *who));
      const Status sent = co_await exchange;
      reply.answer = std::move(exchange.answer);
      reply.error = {};
      const int code = sent.ok() ? reply.answer.code : 0;
      p_.metrics.seconds.With({op.name}).Observe(
          static_cast<double>(sdk::MonotonicNs() - begin_ns) * 1e-9);
      p_.metrics.requests.With({op.name, StrCat(code)}).Add();
      p_.metrics.sent_bytes.Add(static_cast<double>(op.body.size()));
      p_.metrics.received_bytes.Add(static_cast<double>(reply.answer.body.size()));
      if (code >= 200 && code < 300) {
        reply.status = OkStatus();
        co_return reply;
      }
      if (sent.ok()) {
        reply.error = ParseError(reply.answer.body);
        reply.status = StatusOf(reply.answer, reply.error);
      } else {
        reply.status = sent;
      }
      if (CredentialsExpired(reply.error)) {
        if (!p_.credentials.renewable()) {
          reply.status = std::move(reply.status).Retryable(false);
        } else if (!renewed) {
          p_.credentials.Expired(*who);
          renewed = true;
          continue;
        }
      }
    }
    const std::optional<int64_t> wait_ms = backoff.Next(reply.status, LeftMs(p_.host, call));
    if (!wait_ms.has_value() || p_.gate.closed()) co_return reply;
    p_.metrics.retries.With({op.name}).Add();
    sdk::Pause pause(p_.host, call, *wait_ms);
    const Status waited = co_await pause;
    if (!waited.ok()) {
      reply.status = waited;
      co_return reply;
    }
  }
}

}  // namespace kvs::storage::s3
