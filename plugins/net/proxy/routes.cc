// SPDX-License-Identifier: Apache-2.0
#include "routes.h"

#include <algorithm>

#include "kvs/abi/port/http_routes.h"

namespace kvs::net::proxy {
namespace {

std::vector<std::string> Words(std::string_view text, std::string_view separators) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Status CheckAddress(const std::string& address) {
  const size_t scheme = address.find("://");
  const bool known = address.starts_with("http://") || address.starts_with("https://");
  const std::string_view rest =
      known ? std::string_view(address).substr(scheme + 3) : std::string_view();
  if (rest.empty() || rest.find_first_of("/?#@ ") != std::string_view::npos) {
    return InvalidArgument("\"", address, "\" is no address such as http://10.0.0.1:9009");
  }
  return OkStatus();
}

StatusOr<uint32_t> ParseWord(std::string_view word) {
  if (word == "reads") return uint32_t{KVS_HTTP_READS};
  if (word == "federates") return uint32_t{KVS_HTTP_FEDERATION | KVS_HTTP_READS};
  if (word == "labels") return uint32_t{KVS_HTTP_LABELS};
  if (word == "admin") return uint32_t{KVS_HTTP_ADMIN};
  if (word == "public") return uint32_t{0};
  return InvalidArgument("unknown word \"", word,
                         "\" (known: reads, federates, labels, admin, public)");
}

}  // namespace

StatusOr<RouteTable> ParseRoutes(const std::map<std::string, std::string>& upstreams,
                                 const std::map<std::string, std::string>& routes) {
  RouteTable out;
  for (const auto& [name, addresses] : upstreams) {
    std::vector<std::string>& list = out.upstreams[name];
    list = Words(addresses, ", ");
    if (list.empty()) return InvalidArgument("upstreams: ", name, " has no address");
    for (std::string& address : list) {
      while (address.ends_with('/')) address.pop_back();
      if (Status valid = CheckAddress(address); !valid.ok())
        return Annotate(valid, "upstreams: ", name);
    }
  }
  for (const auto& [pattern, text] : routes) {
    const std::vector<std::string> words = Words(text, ", ");
    if (!pattern.starts_with('/'))
      return InvalidArgument("routes: \"", pattern, "\" does not begin with a slash");
    if (words.empty() || !out.upstreams.contains(words[0])) {
      return InvalidArgument("routes: \"", pattern, "\" goes to \"", words.empty() ? "" : words[0],
                             "\", which is none of the upstreams");
    }
    ProxyRoute route{pattern, words[0], KVS_HTTP_RAW_BODY};
    bool tenant = true;
    for (size_t i = 1; i < words.size(); ++i) {
      const auto flags = ParseWord(words[i]);
      if (!flags.ok()) return Annotate(flags.status(), "routes: \"", pattern, "\"");
      route.flags |= *flags;
      tenant = tenant && words[i] != "admin" && words[i] != "public";
    }
    if (tenant) route.flags |= KVS_HTTP_NEEDS_TENANT;
    out.routes.push_back(std::move(route));
  }
  return out;
}

}  // namespace kvs::net::proxy
