// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/port/http_routes.h"

#include <memory>
#include <utility>

namespace kvs::sdk {
namespace {

// Keeps what a kvs_http_reply_t points at.
struct KeptReply {
  HttpReply reply;
  std::vector<kvs_pair_t> headers;
  kvs_bytes_t segment{};
  std::unique_ptr<HttpBody> body;
};

}  // namespace

void Send(HttpReply reply, kvs_http_reply_t& out) { Send(std::move(reply), nullptr, out); }

void Send(HttpReply reply, std::unique_ptr<HttpBody> body, kvs_http_reply_t& out) {
  auto kept = std::make_unique<KeptReply>();
  kept->reply = std::move(reply);
  for (const auto& [name, value] : kept->reply.headers) kept->headers.push_back({Str(name), Str(value)});
  kept->segment = Bytes(std::string_view(kept->reply.body));
  out.status = kept->reply.status;
  out.headers = kept->headers.data();
  out.n_headers = kept->headers.size();
  out.segments = &kept->segment;
  out.n_segments = 1;
  if (body != nullptr) {
    out.next = &Thunk<&HttpBody::Next>::Entry;
    out.next_self = body.get();
    kept->body = std::move(body);
  }
  HandOut(out, std::move(kept));
}

const HttpRoutes::Table* HttpRoutes::table() {
  static constexpr Table kTable = {
      sizeof(Table), 0,
      [](void* self, const char* component, const kvs_http_route_t* route, kvs_error_t* error) noexcept -> kvs_status_t {
        return Guard(error, [&] { return Outcome(static_cast<HttpRoutes*>(self)->Add(component, *route)); });
      },
      [](void* self, const char* component) noexcept { static_cast<HttpRoutes*>(self)->RemoveAll(component); }};
  return &kTable;
}

Status RoutesRef::Add(const char* component, std::string_view methods, std::string_view pattern, HttpHandler* handler,
                      const RouteOptions& options) const {
  auto route = Record<kvs_http_route_t>();
  route.flags = options.flags;
  route.methods = Str(methods);
  route.pattern = Str(pattern);
  route.name = Str(options.name);
  route.max_body_bytes = options.max_body_bytes;
  route.max_decoded_bytes = options.max_decoded_bytes;
  route.handler_self = handler;
  route.handle = &Thunk<&HttpHandler::Handle>::Entry;
  auto error = Record<kvs_error_t>();
  return Import(table()->add(self(), component, &route, &error), &error);
}

std::string_view HeaderOf(const kvs_http_request_t& request, std::string_view name) {
  for (uint32_t i = 0; i < request.n_headers; ++i) {
    if (View(request.headers[i].name) == name) return View(request.headers[i].value);
  }
  return {};
}

}  // namespace kvs::sdk
