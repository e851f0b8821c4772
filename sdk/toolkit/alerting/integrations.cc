// SPDX-License-Identifier: Apache-2.0
#include "integrations.h"

#include <algorithm>
#include <array>
#include <string>

#include "http_fields.h"
#include "integration_parts.h"

namespace kvs::alerting {
namespace {

constexpr Field kGlobal[] = {
    {"resolve_timeout", Kind::kDuration},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"jira_api_url", Kind::kUrl},
    {"smtp_from", Kind::kText},
    {"smtp_hello", Kind::kText},
    {"smtp_smarthost", Kind::kHostPort},
    {"smtp_auth_username", Kind::kText},
    {"smtp_auth_password", Kind::kSecret},
    {"smtp_auth_password_file", Kind::kFile},
    {"smtp_auth_secret", Kind::kSecret},
    {"smtp_auth_secret_file", Kind::kFile},
    {"smtp_auth_identity", Kind::kText},
    {"smtp_require_tls", Kind::kBool},
    {"smtp_tls_config", Kind::kTable, nullptr, kTlsFields},
    {"smtp_force_implicit_tls", Kind::kBool},
    {"slack_api_url", Kind::kSecretUrl},
    {"slack_api_url_file", Kind::kFile},
    {"slack_app_token", Kind::kSecret},
    {"slack_app_token_file", Kind::kFile},
    {"slack_app_url", Kind::kUrl},
    {"pagerduty_url", Kind::kUrl},
    {"opsgenie_api_url", Kind::kUrl},
    {"opsgenie_api_key", Kind::kSecret},
    {"opsgenie_api_key_file", Kind::kFile},
    {"wechat_api_url", Kind::kUrl},
    {"wechat_api_secret", Kind::kSecret},
    {"wechat_api_secret_file", Kind::kFile},
    {"wechat_api_corp_id", Kind::kText},
    {"victorops_api_url", Kind::kUrl},
    {"victorops_api_key", Kind::kSecret},
    {"victorops_api_key_file", Kind::kFile},
    {"telegram_api_url", Kind::kUrl},
    {"telegram_bot_token", Kind::kSecret},
    {"telegram_bot_token_file", Kind::kFile},
    {"webex_api_url", Kind::kUrl},
};

}  // namespace

const IntegrationKind* FindIntegrationKind(std::string_view key) {
  for (const auto kinds : {MailKinds(), ChatKinds(), PagingKinds()}) {
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [key](const IntegrationKind& k) { return key == k.key; });
    if (kind != kinds.end()) return &*kind;
  }
  return nullptr;
}

Fields GlobalFields() {
  return kGlobal;
}

Status CheckGlobal(const YAML::Node& global) {
  constexpr std::array<const char*, 7> kSecrets = {
      "slack_app_token",    "slack_api_url",      "opsgenie_api_key", "victorops_api_key",
      "telegram_bot_token", "smtp_auth_password", "smtp_auth_secret"};
  for (const char* secret : kSecrets)
    KVS_RETURN_IF_ERROR(AtMostOne(global, secret, StrCat(secret, "_file").c_str()));
  const bool has_token = IsSet(global, "slack_app_token") || IsSet(global, "slack_app_token_file");
  const bool has_url = IsSet(global, "slack_api_url") || IsSet(global, "slack_api_url_file");
  // The URL of an app may stand where that of a webhook does: people wrote it there before tokens
  // had a setting.
  const std::string app =
      IsSet(global, "slack_app_url") ? TextOf(global, "slack_app_url") : kSlackAppUrl;
  if (has_token && has_url && TextOf(global, "slack_api_url") != app)
    return InvalidArgument(
        "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file "
        "must be configured");
  KVS_RETURN_IF_ERROR(AtMostOne(global, "wechat_api_secret", "wechat_api_secret_file"));
  return global && global.IsMap() ? CheckHttpConfig(global["http_config"]) : OkStatus();
}

Status CheckHttpConfig(const YAML::Node& config) {
  if (!config || !config.IsMap()) return OkStatus();
  const auto table = [&config](const char* name) { return config[name] && config[name].IsMap(); };
  const bool has_token = IsSet(config, "bearer_token") || IsSet(config, "bearer_token_file");
  const int n_ways = static_cast<int>(table("basic_auth")) + static_cast<int>(table("oauth2")) +
                     static_cast<int>(has_token);
  if (n_ways > 1)
    return InvalidArgument(
        "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
  KVS_RETURN_IF_ERROR(AtMostOne(config, "bearer_token", "bearer_token_file"));
  if (table("authorization")) {
    const YAML::Node authorization = config["authorization"];
    if (has_token)
      return InvalidArgument(
          "authorization is not compatible with bearer_token & bearer_token_file");
    if (TextOf(authorization, "type") == "Basic" || TextOf(authorization, "type") == "basic")
      return InvalidArgument(
          "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
    if (table("basic_auth") || table("oauth2"))
      return InvalidArgument(
          "at most one of basic_auth, oauth2 & authorization must be configured");
    KVS_RETURN_IF_ERROR(AtMostOne(authorization, "credentials", "credentials_file"));
  }
  if (table("basic_auth")) {
    KVS_RETURN_IF_ERROR(AtMostOne(config["basic_auth"], "username", "username_file"));
    KVS_RETURN_IF_ERROR(AtMostOne(config["basic_auth"], "password", "password_file"));
  }
  if (table("oauth2")) {
    for (const char* name : {"client_id", "token_url"}) {
      if (!IsSet(config["oauth2"], name))
        return InvalidArgument("oauth2 ", name, " must be configured");
    }
    KVS_RETURN_IF_ERROR(AtMostOne(config["oauth2"], "client_secret", "client_secret_file"));
  }
  return OkStatus();
}

}  // namespace kvs::alerting
