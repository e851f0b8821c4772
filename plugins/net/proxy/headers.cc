// SPDX-License-Identifier: Apache-2.0
#include "headers.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "kvs/sdk/identity.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/str.h"

namespace kvs::net::proxy {
namespace {

// Of one connection, or written anew by whoever sends the message on.
constexpr std::string_view kOfConnection[] = {"connection",
                                              "keep-alive",
                                              "proxy-authenticate",
                                              "proxy-authorization",
                                              "proxy-connection",
                                              "te",
                                              "trailer",
                                              "transfer-encoding",
                                              "upgrade",
                                              "host",
                                              "content-length",
                                              "expect"};
// Written by this proxy.
constexpr std::string_view kOwn[] = {"x-scope-orgid", "x-kvasir-labels", "x-forwarded-for",
                                     "x-forwarded-host"};

template <size_t n>
bool IsOneOf(std::string_view name, const std::string_view (&list)[n]) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

// Further headers of the connection, which the header "connection" names.
std::set<std::string> NamedBy(std::string_view connection) {
  std::set<std::string> out;
  while (!connection.empty()) {
    std::string_view one = connection.substr(0, connection.find(','));
    connection.remove_prefix(std::min(one.size() + 1, connection.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    std::string name(one);
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (!name.empty()) out.insert(std::move(name));
  }
  return out;
}

std::string_view WithoutPort(std::string_view address) {
  return address.substr(0, address.rfind(':'));
}

}  // namespace

std::vector<std::string> HeadersForUpstream(const sdk::Call& call, const kvs_http_request_t& in,
                                            bool forward_authorization) {
  std::vector<std::string> out;
  const std::set<std::string> named = NamedBy(sdk::HeaderOf(in, "connection"));
  for (uint64_t i = 0; i < in.n_headers; ++i) {
    const std::string_view name = sdk::View(in.headers[i].name);
    if (IsOneOf(name, kOfConnection) || IsOneOf(name, kOwn) || named.contains(std::string(name)))
      continue;
    if (name == "authorization" && !forward_authorization) continue;
    const std::string_view value = sdk::View(in.headers[i].value);
    // An empty one is said in another way to libcurl.
    out.push_back(value.empty() ? StrCat(name, ";") : StrCat(name, ": ", value));
  }
  if (!call.tenant().empty()) out.push_back(StrCat("x-scope-orgid: ", call.tenant()));
  if (const kvs_matchers_t bound = sdk::BindingMatchers(call); bound.n > 0)
    out.push_back(StrCat("x-kvasir-labels: ", sdk::EncodeMatchers(bound)));
  const std::string_view before = sdk::HeaderOf(in, "x-forwarded-for");
  out.push_back(StrCat("x-forwarded-for: ", before, before.empty() ? "" : ", ",
                       WithoutPort(sdk::View(in.remote))));
  const std::string_view host = sdk::HeaderOf(in, "host");
  if (!host.empty()) out.push_back(StrCat("x-forwarded-host: ", host));
  return out;
}

std::vector<std::pair<std::string, std::string>> HeadersForClient(
    const std::map<std::string, std::string>& headers) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto connection = headers.find("connection");
  const std::set<std::string> named =
      connection == headers.end() ? std::set<std::string>() : NamedBy(connection->second);
  for (const auto& [name, value] : headers) {
    if (IsOneOf(name, kOfConnection) || name == "date" || named.contains(name)) continue;
    out.emplace_back(name, value);
  }
  return out;
}

}  // namespace kvs::net::proxy
