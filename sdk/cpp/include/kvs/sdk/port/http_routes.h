// SPDX-License-Identifier: Apache-2.0
// kvs.http_routes/1 from C++: derive from HttpRoutes to listen, hold a RoutesRef and derive handlers from HttpHandler to
// answer. The contract of each function stands in kvs/abi/port/http_routes.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/abi/port/http_routes.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// Answers the requests of a route.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// [reactor]: must not block; long work is deferred to a worker.
  virtual Outcome Handle(const Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out, Completer& completer) = 0;
};

/// A reply that owns its text; Send() hands it out.
struct HttpReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  static HttpReply PlainText(int status, std::string body) {
    return {status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(body)};
  }
  static HttpReply Json(int status, std::string body) { return {status, {{"content-type", "application/json"}}, std::move(body)}; }
};
void Send(HttpReply reply, kvs_http_reply_t& out);

/// What comes behind the text of a reply, made while it is sent. Destroyed when the server needs no more of it, and then no
/// Next() is under way.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  /// Gives the next piece, whose bytes stay until the next call, or returns End(). An error cuts the connection. [reactor]:
  /// must not block.
  virtual Outcome Next(const Call& call, kvs_http_piece_t& out, Completer& completer) = 0;
};
/// Whether the server that handed this out asks for bodies piece by piece. One that does not must be given a whole one.
inline bool CanStream(const kvs_http_reply_t& out) { return KVS_HAS(&out, kvs_http_reply_t, next_self); }
/// Only where CanStream().
void Send(HttpReply reply, std::unique_ptr<HttpBody> body, kvs_http_reply_t& out);

/// Where routes are hung up.
class HttpRoutes {
 public:
  using Table = kvs_http_routes_table_t;
  static constexpr const char* kId = KVS_HTTP_ROUTES_V1;
  virtual ~HttpRoutes() = default;
  virtual Status Add(std::string_view component, const kvs_http_route_t& route) = 0;
  virtual void RemoveAll(std::string_view component) = 0;
  static const Table* table();
};

/// What a route is, beside its handler.
struct RouteOptions {
  uint32_t flags = 0;            ///< KVS_HTTP_NEEDS_TENANT and so on
  std::string_view name;         ///< the label `route` of request metrics; empty: made from the pattern
  uint64_t max_body_bytes = 0;   ///< 0: the server's default
  uint64_t max_decoded_bytes = 0;
};

class RoutesRef : public RefBase<HttpRoutes> {
 public:
  using RefBase::RefBase;
  /// Adds a route. The handler outlives RemoveAll(). [main]
  Status Add(const char* component, std::string_view methods, std::string_view pattern, HttpHandler* handler,
             const RouteOptions& options = {}) const;
  void RemoveAll(const char* component) const { table()->remove_all(self(), component); }
};

/// The value of a header (lower-case name); empty when there is none.
std::string_view HeaderOf(const kvs_http_request_t& request, std::string_view name);

}  // namespace kvs::sdk
