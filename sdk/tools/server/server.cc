// SPDX-License-Identifier: Apache-2.0
#include "kvs/tools/server.h"

#include <cstdlib>
#include <utility>

#include <curl/curl.h>

#include "kvs/base/str_cat.h"

namespace kvs::tools {
namespace {

size_t Collect(char* data, size_t one, size_t n, void* to) {
  static_cast<std::string*>(to)->append(data, one * n);
  return one * n;
}

std::string Environment(const char* name, const char* otherwise = "") {
  for (const char* prefix : {"KVASIR_", "MIMIR_"}) {
    if (const char* const value = std::getenv(StrCat(prefix, name).c_str()); value != nullptr)
      return value;
  }
  return otherwise;
}

std::string FirstOf(std::string option, const char* variable, const char* otherwise = "") {
  return option.empty() ? Environment(variable, otherwise) : std::move(option);
}

}  // namespace

ServerOptions ServerFrom(std::string address, std::string tenant, std::string user) {
  ServerOptions out;
  out.address = FirstOf(std::move(address), "ADDRESS", "http://127.0.0.1:9009");
  while (out.address.ends_with('/')) out.address.pop_back();
  out.tenant = FirstOf(std::move(tenant), "TENANT_ID");
  out.key = Environment("API_KEY");
  out.user = FirstOf(std::move(user), "API_USER");
  if (out.user.empty() && !out.key.empty()) out.user = out.tenant;
  out.auth_token = Environment("AUTH_TOKEN");
  out.SetTls(Environment("TLS_CA_PATH"), Environment("TLS_CERT_PATH"), Environment("TLS_KEY_PATH"));
  return out;
}

void ServerOptions::SetTls(std::string ca_path, std::string cert_path, std::string key_path) {
  if (!ca_path.empty()) tls_ca_path = std::move(ca_path);
  if (!cert_path.empty()) tls_cert_path = std::move(cert_path);
  if (!key_path.empty()) tls_key_path = std::move(key_path);
}

std::string Server::Answer::Text() const {
  return StrCat("HTTP ", code, ": ", body.substr(0, body.find('\n')));
}

StatusOr<Server::Answer> Server::Ask(const char* method, const std::string& path,
                                     const std::string& body, const std::string& accept) const {
  CURL* const easy = curl_easy_init();
  if (easy == nullptr) return ResourceExhausted("libcurl has no memory");
  const std::string url = StrCat(options_.address, path);
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/yaml");
  if (!accept.empty()) headers = curl_slist_append(headers, StrCat("Accept: ", accept).c_str());
  for (const std::string& header : options_.extra_headers)
    headers = curl_slist_append(headers, header.c_str());
  if (!options_.tenant.empty())
    headers = curl_slist_append(headers, StrCat("X-Scope-OrgID: ", options_.tenant).c_str());
  if (!options_.auth_token.empty())
    headers =
        curl_slist_append(headers, StrCat("Authorization: Bearer ", options_.auth_token).c_str());
  Answer answer;
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Collect);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
  for (const auto& [option, path] : {std::pair(CURLOPT_CAINFO, &options_.tls_ca_path),
                                     std::pair(CURLOPT_SSLCERT, &options_.tls_cert_path),
                                     std::pair(CURLOPT_SSLKEY, &options_.tls_key_path)}) {
    if (!path->empty()) curl_easy_setopt(easy, option, path->c_str());
  }
  if (!options_.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, options_.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, options_.key.c_str());
  }
  if (!body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  const CURLcode code = curl_easy_perform(easy);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.code);
  curl_slist_free_all(headers);
  curl_easy_cleanup(easy);
  if (code != CURLE_OK)
    return Unavailable(url, ": ", reason[0] != '\0' ? reason : curl_easy_strerror(code));
  return answer;
}

}  // namespace kvs::tools
