// SPDX-License-Identifier: Apache-2.0
#include "fetch.h"

#include <memory>

#include <curl/curl.h>

namespace kvs::auth::jwt {
namespace {

constexpr size_t kMaxDocumentBytes = 1 << 20;

size_t Append(char* data, size_t one, size_t n, void* self) noexcept {
  auto& out = *static_cast<std::string*>(self);
  if (out.size() + one * n > kMaxDocumentBytes) return 0;
  out.append(data, one * n);
  return one * n;
}

}  // namespace

Status CheckUrl(const std::string& url) {
  if (url.starts_with("https://")) return OkStatus();
  for (const char* local : {"http://127.0.0.1:", "http://localhost:", "http://[::1]:"}) {
    if (url.starts_with(local)) return OkStatus();
  }
  return InvalidArgument("\"", url,
                         "\" is no https:// address, which fetching keys takes; or set keys_file");
}

StatusOr<std::string> Fetch(const std::string& url, const std::string& ca_file,
                            int64_t timeout_ms) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) return ResourceExhausted("no memory for a request");
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  if (!ca_file.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca_file.c_str());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return Unavailable("fetching ", url, ": ", curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return Unavailable("fetching ", url, ": status ", status);
  return body;
}

}  // namespace kvs::auth::jwt
