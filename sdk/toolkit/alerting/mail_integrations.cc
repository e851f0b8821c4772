// SPDX-License-Identifier: Apache-2.0
// Webhooks and e-mail.
#include <set>
#include <string>

#include "kvs/base/quote.h"

#include "http_fields.h"
#include "integration_parts.h"

namespace kvs::alerting {
namespace {

constexpr Field kWebhook[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"url", Kind::kSecret},  // May be a template.
    {"url_file", Kind::kFile},
    {"max_alerts", Kind::kInt, "0"},
    {"timeout", Kind::kGoDuration, "0s"},
    {"payload", Kind::kAny},
};

Status CompleteWebhook(YAML::Node settings, const YAML::Node& global) {
  KVS_RETURN_IF_ERROR(OneOf(settings, "url", "url_file"));
  return InheritHttp(settings, global);
}

constexpr Field kThreading[] = {
    {"enabled", Kind::kBool, "false"},
    {"thread_by_date", Kind::kText},
};
constexpr Field kEmail[] = {
    {"send_resolved", Kind::kBool, "false"},
    {"to", Kind::kText},
    {"from", Kind::kText},
    {"hello", Kind::kText},
    {"smarthost", Kind::kHostPort},
    {"auth_username", Kind::kText},
    {"auth_password", Kind::kSecret},
    {"auth_password_file", Kind::kFile},
    {"auth_secret", Kind::kSecret},
    {"auth_secret_file", Kind::kFile},
    {"auth_identity", Kind::kText},
    {"headers", Kind::kTextMap},
    {"html", Kind::kText, "{{ template \"email.default.html\" . }}"},
    {"text", Kind::kText, ""},
    {"require_tls", Kind::kBool},
    {"tls_config", Kind::kTable, nullptr, kTlsFields},
    {"force_implicit_tls", Kind::kBool},
    {"threading", Kind::kTable, nullptr, kThreading},
};

// Go's textproto: words between hyphens begin with a capital.
std::string CanonicalHeader(std::string name) {
  bool upper = true;
  for (char& c : name) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    upper = c == '-';
  }
  return name;
}

Status CompleteEmail(YAML::Node settings, const YAML::Node& global) {
  if (!IsSet(settings, "to")) return InvalidArgument("missing to address in email config");
  YAML::Node headers(YAML::NodeType::Map);
  std::set<std::string> names;
  for (const auto& entry : settings["headers"]) {
    const std::string name = CanonicalHeader(entry.first.Scalar());
    if (!names.insert(name).second)
      return InvalidArgument("duplicate header ", Quote(name), " in email config");
    headers[name] = entry.second;
  }
  if (!names.empty()) settings["headers"] = headers;
  const YAML::Node threading = settings["threading"];
  if (IsSet(threading, "enabled") && *ParseBool(threading["enabled"])) {
    for (const char* taken : {"References", "In-Reply-To"}) {
      if (names.count(taken) > 0)
        return InvalidArgument(
            "conflicting configuration: threading.enabled conflicts with custom ", taken,
            " header");
    }
    const std::string by = TextOf(threading, "thread_by_date");
    if (by != "none" && by != "daily")
      return InvalidArgument("threading.thread_by_date must be either 'none' or 'daily'");
  }
  Inherit(settings, "tls_config", global, "smtp_tls_config");
  Inherit(settings, "smarthost", global, "smtp_smarthost");
  if (!IsSet(settings, "smarthost")) return InvalidArgument("no global SMTP smarthost set");
  Inherit(settings, "from", global, "smtp_from");
  if (!IsSet(settings, "from")) return InvalidArgument("no global SMTP from set");
  Inherit(settings, "hello", global, "smtp_hello", "localhost");
  Inherit(settings, "auth_username", global, "smtp_auth_username");
  InheritSecret(settings, "auth_password", "auth_password_file", global, "smtp_auth_password",
                "smtp_auth_password_file");
  InheritSecret(settings, "auth_secret", "auth_secret_file", global, "smtp_auth_secret",
                "smtp_auth_secret_file");
  Inherit(settings, "auth_identity", global, "smtp_auth_identity");
  Inherit(settings, "require_tls", global, "smtp_require_tls", "true");
  Inherit(settings, "force_implicit_tls", global, "smtp_force_implicit_tls");
  return OkStatus();
}

constexpr IntegrationKind kMailKinds[] = {
    {"email_configs", "email", kEmail, &CompleteEmail},
    {"webhook_configs", "webhook", kWebhook, &CompleteWebhook},
};

}  // namespace

std::span<const IntegrationKind> MailKinds() {
  return kMailKinds;
}

}  // namespace kvs::alerting
