// SPDX-License-Identifier: Apache-2.0
#include "kvs/sigv4/sigv4.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "kvs/base/str_cat.h"
#include "kvs/sigv4/digests.h"

namespace kvs::sigv4 {
namespace {

// Blanks around a value do not count, and runs of them count as one.
std::string Squeezed(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c != ' ' && c != '\t') {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

std::string AmzDate(int64_t unix_ms) {
  const auto seconds = static_cast<time_t>(unix_ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char out[32];
  strftime(out, sizeof(out), "%Y%m%dT%H%M%SZ", &parts);
  return out;
}

std::string CanonicalQuery(const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::pair<std::string, std::string>> escaped;
  escaped.reserve(query.size());
  for (const auto& [name, value] : query) escaped.emplace_back(UriEncode(name), UriEncode(value));
  std::sort(escaped.begin(), escaped.end());
  std::string out;
  for (const auto& [name, value] : escaped)
    StrAppend(out, out.empty() ? "" : "&", name, "=", value);
  return out;
}

std::string Authorization(const Credentials& credentials, std::string_view region,
                          std::string_view service, std::string_view amz_date,
                          const SignedParts& parts) {
  std::string headers, names;
  for (const auto& [name, value] : parts.headers) {
    StrAppend(headers, name, ":", Squeezed(value), "\n");
    StrAppend(names, names.empty() ? "" : ";", name);
  }
  const std::string request =
      StrCat(parts.method, "\n", UriEncode(parts.path, true), "\n", CanonicalQuery(parts.query),
             "\n", headers, "\n", names, "\n", parts.payload_hash);
  const std::string_view day = amz_date.substr(0, 8);
  const std::string scope = StrCat(day, "/", region, "/", service, "/aws4_request");
  const std::string to_sign =
      StrCat("AWS4-HMAC-SHA256\n", amz_date, "\n", scope, "\n", Hex(Sha256(request)));
  std::string key = HmacSha256(StrCat("AWS4", credentials.secret_access_key), day);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")})
    key = HmacSha256(key, part);
  return StrCat("AWS4-HMAC-SHA256 Credential=", credentials.access_key_id, "/", scope,
                ", SignedHeaders=", names, ", Signature=", Hex(HmacSha256(key, to_sign)));
}

}  // namespace kvs::sigv4
