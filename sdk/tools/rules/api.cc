// SPDX-License-Identifier: Apache-2.0
#include "api.h"

#include <curl/curl.h>
#include <yaml-cpp/yaml.h>

#include "kvs/http/url.h"

namespace kvs::tools {
namespace {

size_t Collect(char* data, size_t one, size_t n, void* to) {
  static_cast<std::string*>(to)->append(data, one * n);
  return one * n;
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

StatusOr<RulesApi::Answer> RulesApi::Ask(const char* method, const std::string& path,
                                         const std::string& body) const {
  CURL* const easy = curl_easy_init();
  if (easy == nullptr) return ResourceExhausted("libcurl has no memory");
  const std::string url = StrCat(options_.address, options_.prefix, "/config/v1/rules", path);
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/yaml");
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

StatusOr<Namespaces> RulesApi::List() const {
  KVS_ASSIGN_OR_RETURN(const Answer answer, Ask("GET", "", ""));
  Namespaces out;
  if (answer.code == 404 && answer.body.find("no rule groups found") != std::string::npos)
    return out;
  if (answer.code != 200)
    return FailedPrecondition(options_.address, ": HTTP ", answer.code, ": ",
                              FirstLine(answer.body));
  try {
    for (const auto& entry : YAML::Load(answer.body)) {
      YAML::Node file;
      file["groups"] = entry.second;
      rules::ParseOptions options;
      options.ignore_unknown_fields = true;
      options.syntax = promql::ParserOptions::AllFeatures();
      rules::ParsedRules parsed = rules::ParseRuleFile(YAML::Dump(file), options);
      if (!parsed.errors.empty())
        return FailedPrecondition("the server's rules cannot be read: ", parsed.errors[0]);
      out[entry.first.Scalar()] = std::move(parsed.groups);
    }
  } catch (const YAML::Exception& e) {
    return FailedPrecondition("the server's answer is no YAML: ", e.what());
  }
  return out;
}

Status RulesApi::Set(const std::string& namespace_name, const rules::Group& group) const {
  KVS_ASSIGN_OR_RETURN(const Answer answer, Ask("POST", StrCat("/", http::Escape(namespace_name)),
                                                rules::GroupToYaml(group)));
  if (answer.code / 100 == 2) return OkStatus();
  return FailedPrecondition("namespace ", namespace_name, ", group ", group.name, ": HTTP ",
                            answer.code, ": ", FirstLine(answer.body));
}

Status RulesApi::Delete(const std::string& namespace_name, const std::string& group) const {
  KVS_ASSIGN_OR_RETURN(
      const Answer answer,
      Ask("DELETE", StrCat("/", http::Escape(namespace_name), "/", http::Escape(group)), ""));
  if (answer.code / 100 == 2 || answer.code == 404) return OkStatus();
  return FailedPrecondition("namespace ", namespace_name, ", group ", group, ": HTTP ", answer.code,
                            ": ", FirstLine(answer.body));
}

}  // namespace kvs::tools
