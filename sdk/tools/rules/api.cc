// SPDX-License-Identifier: Apache-2.0
#include "api.h"

#include <yaml-cpp/yaml.h>

#include "kvs/http/url.h"

namespace kvs::tools {
namespace {

constexpr const char* kPath = "/config/v1/rules";

}  // namespace

StatusOr<Server::Answer> RulesApi::Ask(const char* method, const std::string& path,
                                       const std::string& body) const {
  return server_.Ask(method, StrCat(prefix_, kPath, path), body);
}

StatusOr<Namespaces> RulesApi::List() const {
  KVS_ASSIGN_OR_RETURN(const Server::Answer answer, Ask("GET", "", ""));
  Namespaces out;
  if (answer.code == 404 && answer.body.find("no rule groups found") != std::string::npos)
    return out;
  if (answer.code != 200) return FailedPrecondition(server_.address(), ": ", answer.Text());
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
  KVS_ASSIGN_OR_RETURN(
      const Server::Answer answer,
      Ask("POST", StrCat("/", http::Escape(namespace_name)), rules::GroupToYaml(group)));
  if (answer.code / 100 == 2) return OkStatus();
  return FailedPrecondition("namespace ", namespace_name, ", group ", group.name, ": ",
                            answer.Text());
}

StatusOr<std::string> RulesApi::Get(const std::string& namespace_name,
                                    const std::string& group) const {
  KVS_ASSIGN_OR_RETURN(
      Server::Answer answer,
      Ask("GET", StrCat("/", http::Escape(namespace_name), "/", http::Escape(group)), ""));
  if (answer.code == 404) return NotFound("this rule group does not currently exist");
  if (answer.code != 200) return FailedPrecondition(server_.address(), ": ", answer.Text());
  return std::move(answer.body);
}

Status RulesApi::DeleteNamespace(const std::string& namespace_name) const {
  KVS_ASSIGN_OR_RETURN(const Server::Answer answer,
                       Ask("DELETE", StrCat("/", http::Escape(namespace_name)), ""));
  if (answer.code / 100 == 2 || answer.code == 404) return OkStatus();
  return FailedPrecondition("namespace ", namespace_name, ": ", answer.Text());
}

Status RulesApi::Delete(const std::string& namespace_name, const std::string& group) const {
  KVS_ASSIGN_OR_RETURN(
      const Server::Answer answer,
      Ask("DELETE", StrCat("/", http::Escape(namespace_name), "/", http::Escape(group)), ""));
  if (answer.code / 100 == 2 || answer.code == 404) return OkStatus();
  return FailedPrecondition("namespace ", namespace_name, ", group ", group, ": ", answer.Text());
}

}  // namespace kvs::tools
