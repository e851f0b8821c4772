// SPDX-License-Identifier: Apache-2.0
// Services that page people: PagerDuty, Opsgenie, VictorOps, Pushover, SNS.
#include <algorithm>
#include <array>
#include <string>

#include "kvs/base/quote.h"

#include "http_fields.h"
#include "integration_parts.h"

namespace kvs::alerting {
namespace {

constexpr Field kPagerdutyLink[] = {{"href", Kind::kText}, {"text", Kind::kText}};
constexpr Field kPagerdutyImage[] = {
    {"src", Kind::kText}, {"alt", Kind::kText}, {"href", Kind::kText}};
constexpr Field kPagerduty[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"service_key", Kind::kSecret},
    {"service_key_file", Kind::kFile},
    {"routing_key", Kind::kSecret},
    {"routing_key_file", Kind::kFile},
    {"url", Kind::kUrl},
    {"client", Kind::kText, "{{ template \"pagerduty.default.client\" . }}"},
    {"client_url", Kind::kText, "{{ template \"pagerduty.default.clientURL\" . }}"},
    {"description", Kind::kText, "{{ template \"pagerduty.default.description\" .}}"},
    {"details", Kind::kAny},
    {"images", Kind::kTableList, nullptr, kPagerdutyImage},
    {"links", Kind::kTableList, nullptr, kPagerdutyLink},
    {"source", Kind::kText},
    {"severity", Kind::kText},
    {"class", Kind::kText},
    {"component", Kind::kText},
    {"group", Kind::kText},
    {"timeout", Kind::kGoDuration, "0s"},
};

Status CompletePagerduty(YAML::Node settings, const YAML::Node& global) {
  const bool has_key = IsSet(settings, "routing_key") || IsSet(settings, "service_key") ||
                       IsSet(settings, "routing_key_file") || IsSet(settings, "service_key_file");
  if (!has_key) return InvalidArgument("missing service or routing key in PagerDuty config");
  KVS_RETURN_IF_ERROR(AtMostOne(settings, "routing_key", "routing_key_file"));
  KVS_RETURN_IF_ERROR(AtMostOne(settings, "service_key", "service_key_file"));
  if (const YAML::Node details = settings["details"];
      details && !details.IsNull() && !details.IsMap())
    return InvalidArgument("details takes a table");
  if (!IsSet(settings, "source"))
    settings["source"] = IsSet(settings, "client")
                             ? TextOf(settings, "client")
                             : "{{ template \"pagerduty.default.client\" . }}";
  constexpr std::array<std::pair<const char*, const char*>, 4> kDetails = {
      {{"firing", "{{ .Alerts.Firing | toJson }}"},
       {"resolved", "{{ .Alerts.Resolved | toJson }}"},
       {"num_firing", "{{ .Alerts.Firing | len }}"},
       {"num_resolved", "{{ .Alerts.Resolved | len }}"}}};
  for (const auto& [name, text] : kDetails) {
    if (!settings["details"][name]) settings["details"][name] = text;
  }
  Inherit(settings, "url", global, "pagerduty_url", "https://events.pagerduty.com/v2/enqueue");
  return InheritHttp(settings, global);
}

constexpr Field kOpsgenieResponder[] = {
    {"id", Kind::kText}, {"name", Kind::kText}, {"username", Kind::kText}, {"type", Kind::kText}};
constexpr Field kOpsgenie[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"api_key", Kind::kSecret},
    {"api_key_file", Kind::kFile},
    {"api_url", Kind::kUrl},
    {"message", Kind::kText, "{{ template \"opsgenie.default.message\" . }}"},
    {"description", Kind::kText, "{{ template \"opsgenie.default.description\" . }}"},
    {"source", Kind::kText, "{{ template \"opsgenie.default.source\" . }}"},
    {"details", Kind::kTextMap},
    {"entity", Kind::kText},
    {"responders", Kind::kTableList, nullptr, kOpsgenieResponder},
    {"actions", Kind::kText},
    {"tags", Kind::kText},
    {"note", Kind::kText},
    {"priority", Kind::kText},
    {"update_alerts", Kind::kBool, "false"},
};

Status CompleteOpsgenie(YAML::Node settings, const YAML::Node& global) {
  KVS_RETURN_IF_ERROR(AtMostOne(settings, "api_key", "api_key_file"));
  for (YAML::Node responder : settings["responders"]) {
    if (!IsSet(responder, "id") && !IsSet(responder, "username") && !IsSet(responder, "name"))
      return InvalidArgument(
          "opsGenieConfig responder has to have at least one of id, username or name specified");
    std::string type = TextOf(responder, "type");
    if (type.find("{{") != std::string::npos) continue;
    std::transform(type.begin(), type.end(), type.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    constexpr std::array<std::string_view, 5> kTypes = {"team", "teams", "user", "escalation",
                                                        "schedule"};
    if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end())
      return InvalidArgument(
          "opsGenieConfig responder type ", Quote(type),
          " does not match valid options ^(team|teams|user|escalation|schedule)$");
  }
  Inherit(settings, "api_url", global, "opsgenie_api_url", "https://api.opsgenie.com/");
  EndWithSlash(settings, "api_url");
  InheritSecret(settings, "api_key", "api_key_file", global, "opsgenie_api_key",
                "opsgenie_api_key_file");
  if (!IsSet(settings, "api_key") && !IsSet(settings, "api_key_file"))
    return InvalidArgument("no global OpsGenie API Key set either inline or in a file");
  return InheritHttp(settings, global);
}

constexpr Field kVictorops[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"api_key", Kind::kSecret},
    {"api_key_file", Kind::kFile},
    {"api_url", Kind::kUrl},
    {"routing_key", Kind::kText},
    {"message_type", Kind::kText, "CRITICAL"},
    {"state_message", Kind::kText, "{{ template \"victorops.default.state_message\" . }}"},
    {"entity_display_name", Kind::kText,
     "{{ template \"victorops.default.entity_display_name\" . }}"},
    {"monitoring_tool", Kind::kText, "{{ template \"victorops.default.monitoring_tool\" . }}"},
    {"custom_fields", Kind::kTextMap},
};

Status CompleteVictorops(YAML::Node settings, const YAML::Node& global) {
  if (!IsSet(settings, "routing_key"))
    return InvalidArgument("missing Routing key in VictorOps config");
  KVS_RETURN_IF_ERROR(AtMostOne(settings, "api_key", "api_key_file"));
  for (const char* reserved :
       {"routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool",
        "entity_id", "entity_state"}) {
    if (const YAML::Node custom = settings["custom_fields"];
        custom && custom.IsMap() && custom[reserved])
      return InvalidArgument("victorOps config contains custom field ", reserved,
                             " which cannot be used as it conflicts with the fixed/static fields");
  }
  Inherit(settings, "api_url", global, "victorops_api_url",
          "https://alert.victorops.com/integrations/generic/20131114/alert/");
  EndWithSlash(settings, "api_url");
  InheritSecret(settings, "api_key", "api_key_file", global, "victorops_api_key",
                "victorops_api_key_file");
  if (!IsSet(settings, "api_key") && !IsSet(settings, "api_key_file"))
    return InvalidArgument("no global VictorOps API Key set");
  return InheritHttp(settings, global);
}

constexpr Field kPushover[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"user_key", Kind::kSecret},
    {"user_key_file", Kind::kFile},
    {"token", Kind::kSecret},
    {"token_file", Kind::kFile},
    {"title", Kind::kText, "{{ template \"pushover.default.title\" . }}"},
    {"message", Kind::kText, "{{ template \"pushover.default.message\" . }}"},
    {"url", Kind::kText, "{{ template \"pushover.default.url\" . }}"},
    {"url_title", Kind::kText},
    {"device", Kind::kText},
    {"sound", Kind::kText},
    {"priority", Kind::kText, "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}"},
    {"retry", Kind::kGoDuration, "1m"},
    {"expire", Kind::kGoDuration, "1h"},
    {"ttl", Kind::kGoDuration},
    {"html", Kind::kBool, "false"},
    {"monospace", Kind::kBool, "false"},
};

Status CompletePushover(YAML::Node settings, const YAML::Node& global) {
  KVS_RETURN_IF_ERROR(OneOf(settings, "user_key", "user_key_file"));
  KVS_RETURN_IF_ERROR(OneOf(settings, "token", "token_file"));
  if (IsSet(settings, "html") && *ParseBool(settings["html"]) && IsSet(settings, "monospace") &&
      *ParseBool(settings["monospace"]))
    return InvalidArgument("at most one of monospace & html must be configured");
  return InheritHttp(settings, global);
}

constexpr Field kSigv4[] = {
    {"region", Kind::kText},
    {"access_key", Kind::kText},
    {"secret_key", Kind::kSecret},
    {"profile", Kind::kText},
    {"role_arn", Kind::kText},
    {"external_id", Kind::kText},
    {"use_fips_sts_endpoint", Kind::kBool},
};
constexpr Field kSns[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"api_url", Kind::kText},
    {"sigv4", Kind::kTable, nullptr, kSigv4},
    {"topic_arn", Kind::kText},
    {"phone_number", Kind::kText},
    {"target_arn", Kind::kText},
    {"subject", Kind::kText, "{{ template \"sns.default.subject\" . }}"},
    {"message", Kind::kText, "{{ template \"sns.default.message\" . }}"},
    {"attributes", Kind::kTextMap},
    {"use_aws_http_client", Kind::kBool},
};

Status CompleteSns(YAML::Node settings, const YAML::Node& global) {
  const bool target = IsSet(settings, "target_arn"), topic = IsSet(settings, "topic_arn"),
             phone = IsSet(settings, "phone_number");
  if (static_cast<int>(target) + static_cast<int>(topic) + static_cast<int>(phone) != 1)
    return InvalidArgument(
        "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config");
  if (IsSet(settings["sigv4"], "access_key") != IsSet(settings["sigv4"], "secret_key"))
    return InvalidArgument(
        "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the "
        "SigV4 config");
  return InheritHttp(settings, global);
}

constexpr IntegrationKind kPagingKinds[] = {
    {"pagerduty_configs", "pagerduty", kPagerduty, &CompletePagerduty},
    {"opsgenie_configs", "opsgenie", kOpsgenie, &CompleteOpsgenie},
    {"pushover_configs", "pushover", kPushover, &CompletePushover},
    {"victorops_configs", "victorops", kVictorops, &CompleteVictorops},
    {"sns_configs", "sns", kSns, &CompleteSns},
};

}  // namespace

std::span<const IntegrationKind> PagingKinds() {
  return kPagingKinds;
}

}  // namespace kvs::alerting
