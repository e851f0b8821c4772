// SPDX-License-Identifier: Apache-2.0
// Chats: Slack, Discord, Microsoft Teams, Telegram, Webex, WeChat.
#include <algorithm>
#include <array>
#include <string>

#include "kvs/base/quote.h"

#include "http_fields.h"
#include "integration_parts.h"

namespace kvs::alerting {
namespace {

constexpr Field kSlackConfirm[] = {
    {"text", Kind::kText},
    {"title", Kind::kText},
    {"ok_text", Kind::kText},
    {"dismiss_text", Kind::kText},
};
constexpr Field kSlackAction[] = {
    {"type", Kind::kText},
    {"text", Kind::kText},
    {"url", Kind::kText},
    {"style", Kind::kText},
    {"name", Kind::kText},
    {"value", Kind::kText},
    {"confirm", Kind::kTable, nullptr, kSlackConfirm},
};
constexpr Field kSlackField[] = {
    {"title", Kind::kText},
    {"value", Kind::kText},
    {"short", Kind::kBool},
};
constexpr Field kSlack[] = {
    {"send_resolved", Kind::kBool, "false"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"api_url", Kind::kSecretUrl},
    {"api_url_file", Kind::kFile},
    {"app_token", Kind::kSecret},
    {"app_token_file", Kind::kFile},
    {"app_url", Kind::kUrl},
    {"channel", Kind::kText},
    {"username", Kind::kText, "{{ template \"slack.default.username\" . }}"},
    {"color", Kind::kText, "{{ template \"slack.default.color\" . }}"},
    {"title", Kind::kText, "{{ template \"slack.default.title\" . }}"},
    {"title_link", Kind::kText, "{{ template \"slack.default.titlelink\" . }}"},
    {"pretext", Kind::kText, "{{ template \"slack.default.pretext\" . }}"},
    {"text", Kind::kText, "{{ template \"slack.default.text\" . }}"},
    {"message_text", Kind::kText},
    {"fields", Kind::kTableList, nullptr, kSlackField},
    {"short_fields", Kind::kBool, "false"},
    {"footer", Kind::kText, "{{ template \"slack.default.footer\" . }}"},
    {"fallback", Kind::kText, "{{ template \"slack.default.fallback\" . }}"},
    {"callback_id", Kind::kText, "{{ template \"slack.default.callbackid\" . }}"},
    {"icon_emoji", Kind::kText, "{{ template \"slack.default.iconemoji\" . }}"},
    {"icon_url", Kind::kText, "{{ template \"slack.default.iconurl\" . }}"},
    {"image_url", Kind::kText},
    {"thumb_url", Kind::kText},
    {"link_names", Kind::kBool, "false"},
    {"mrkdwn_in", Kind::kTextList},
    {"actions", Kind::kTableList, nullptr, kSlackAction},
    {"update_message", Kind::kBool, "false"},
    {"timeout", Kind::kGoDuration, "0s"},
};

Status CheckSlackParts(YAML::Node settings) {
  for (YAML::Node field : settings["fields"]) {
    for (const char* name : {"title", "value"}) {
      if (!IsSet(field, name))
        return InvalidArgument("missing ", name, " in Slack field configuration");
    }
  }
  for (YAML::Node action : settings["actions"]) {
    for (const char* name : {"type", "text"}) {
      if (!IsSet(action, name))
        return InvalidArgument("missing ", name, " in Slack action configuration");
    }
    if (!IsSet(action, "url") && !IsSet(action, "name"))
      return InvalidArgument("missing name or url in Slack action configuration");
    if (const YAML::Node confirm = action["confirm"];
        confirm && confirm.IsMap() && !IsSet(confirm, "text"))
      return InvalidArgument("missing text in Slack confirmation configuration");
    if (IsSet(action, "url")) {
      // It is a link, and then no message action.
      for (const char* name : {"name", "value", "confirm"}) action.remove(name);
    }
  }
  return OkStatus();
}

Status CompleteSlack(YAML::Node settings, const YAML::Node& global) {
  KVS_RETURN_IF_ERROR(AtMostOne(settings, "api_url", "api_url_file"));
  KVS_RETURN_IF_ERROR(AtMostOne(settings, "app_token", "app_token_file"));
  const bool has_url = IsSet(settings, "api_url") || IsSet(settings, "api_url_file");
  const bool has_token = IsSet(settings, "app_token") || IsSet(settings, "app_token_file");
  if (has_url && has_token)
    return InvalidArgument(
        "at most one of api_url/api_url_file & app_token/app_token_file must be configured");
  if (IsSet(settings, "update_message") && *ParseBool(settings["update_message"]) &&
      TextOf(settings, "api_url") != kSlackAppUrl)
    return InvalidArgument(
        "update_message can only be used with bot tokens. api_url must be set to ", kSlackAppUrl);
  KVS_RETURN_IF_ERROR(CheckSlackParts(settings));
  Inherit(settings, "app_url", global, "slack_app_url", kSlackAppUrl);
  const YAML::Node own_http = settings["http_config"];
  const bool has_authorization = own_http && own_http.IsMap() && own_http["authorization"];
  if (!has_token && !has_authorization && !IsSet(settings, "api_url"))
    InheritSecret(settings, "app_token", "app_token_file", global, "slack_app_token",
                  "slack_app_token_file");
  InheritSecret(settings, "api_url", "api_url_file", global, "slack_api_url", "slack_api_url_file");
  const bool uses_token = IsSet(settings, "app_token") || IsSet(settings, "app_token_file");
  if (!IsSet(settings, "api_url") && !IsSet(settings, "api_url_file") && !uses_token)
    return InvalidArgument("no Slack API URL nor App token set either inline or in a file");
  KVS_RETURN_IF_ERROR(InheritHttp(settings, global));
  if (!uses_token) return OkStatus();
  YAML::Node http = settings["http_config"] ? YAML::Clone(settings["http_config"])
                                            : YAML::Node(YAML::NodeType::Map);
  if (http["authorization"])
    return InvalidArgument("http authorization can't be set when using Slack App tokens");
  http["authorization"]["type"] = "Bearer";
  if (IsSet(settings, "app_token")) http["authorization"]["credentials"] = settings["app_token"];
  if (IsSet(settings, "app_token_file"))
    http["authorization"]["credentials_file"] = settings["app_token_file"];
  settings["http_config"] = http;
  settings["api_url"] = settings["app_url"];
  return OkStatus();
}

constexpr Field kTelegram[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"api_url", Kind::kUrl},
    {"bot_token", Kind::kSecret},
    {"bot_token_file", Kind::kFile},
    {"chat_id", Kind::kInt},
    {"chat_id_file", Kind::kFile},
    {"message_thread_id", Kind::kInt},
    {"message", Kind::kText, "{{ template \"telegram.default.message\" . }}"},
    {"disable_notifications", Kind::kBool, "false"},
    {"parse_mode", Kind::kText, "HTML"},
};

Status CompleteTelegram(YAML::Node settings, const YAML::Node& global) {
  KVS_RETURN_IF_ERROR(AtMostOne(settings, "bot_token", "bot_token_file"));
  const std::string chat = TextOf(settings, "chat_id");
  const bool has_chat = !chat.empty() && chat != "0";
  if (!has_chat && !IsSet(settings, "chat_id_file"))
    return InvalidArgument("missing chat_id or chat_id_file on telegram_config");
  if (has_chat && IsSet(settings, "chat_id_file"))
    return InvalidArgument("at most one of chat_id & chat_id_file must be configured");
  constexpr std::array<std::string_view, 4> kModes = {"", "Markdown", "MarkdownV2", "HTML"};
  const YAML::Node mode = settings["parse_mode"];
  if (mode && mode.IsScalar() &&
      std::find(kModes.begin(), kModes.end(), mode.Scalar()) == kModes.end())
    return InvalidArgument(
        "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty "
        "string");
  Inherit(settings, "api_url", global, "telegram_api_url", "https://api.telegram.org");
  InheritSecret(settings, "bot_token", "bot_token_file", global, "telegram_bot_token",
                "telegram_bot_token_file");
  if (!IsSet(settings, "bot_token") && !IsSet(settings, "bot_token_file"))
    return InvalidArgument("missing bot_token or bot_token_file on telegram_config");
  return InheritHttp(settings, global);
}

Status CompleteWebhookUrl(YAML::Node settings, const YAML::Node& global) {
  KVS_RETURN_IF_ERROR(OneOf(settings, "webhook_url", "webhook_url_file"));
  return InheritHttp(settings, global);
}

constexpr Field kDiscord[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"webhook_url", Kind::kSecretUrl},
    {"webhook_url_file", Kind::kFile},
    {"content", Kind::kText},
    {"title", Kind::kText, "{{ template \"discord.default.title\" . }}"},
    {"message", Kind::kText, "{{ template \"discord.default.message\" . }}"},
    {"username", Kind::kText},
    {"avatar_url", Kind::kText},
};
constexpr Field kMsteams[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"webhook_url", Kind::kSecretUrl},
    {"webhook_url_file", Kind::kFile},
    {"title", Kind::kText, "{{ template \"msteams.default.title\" . }}"},
    {"summary", Kind::kText, "{{ template \"msteams.default.summary\" . }}"},
    {"text", Kind::kText, "{{ template \"msteams.default.text\" . }}"},
};
constexpr Field kMsteamsV2[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"webhook_url", Kind::kSecretUrl},
    {"webhook_url_file", Kind::kFile},
    {"title", Kind::kText, "{{ template \"msteamsv2.default.title\" . }}"},
    {"text", Kind::kText, "{{ template \"msteamsv2.default.text\" . }}"},
};

constexpr Field kWebex[] = {
    {"send_resolved", Kind::kBool, "true"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"api_url", Kind::kUrl},
    {"message", Kind::kText, "{{ template \"webex.default.message\" . }}"},
    {"room_id", Kind::kText},
};

Status CompleteWebex(YAML::Node settings, const YAML::Node& global) {
  if (!IsSet(settings, "room_id")) return InvalidArgument("missing room_id on webex_config");
  const YAML::Node http = settings["http_config"];
  if (!http || !http.IsMap() || !http["authorization"])
    return InvalidArgument("missing webex_configs.http_config.authorization");
  Inherit(settings, "api_url", global, "webex_api_url", "https://webexapis.com/v1/messages");
  return InheritHttp(settings, global);
}

constexpr Field kWechat[] = {
    {"send_resolved", Kind::kBool, "false"},
    {"http_config", Kind::kTable, nullptr, kHttpFields},
    {"api_secret", Kind::kSecret},
    {"api_secret_file", Kind::kFile},
    {"corp_id", Kind::kText},
    {"message", Kind::kText, "{{ template \"wechat.default.message\" . }}"},
    {"api_url", Kind::kUrl},
    {"to_user", Kind::kText, "{{ template \"wechat.default.to_user\" . }}"},
    {"to_party", Kind::kText, "{{ template \"wechat.default.to_party\" . }}"},
    {"to_tag", Kind::kText, "{{ template \"wechat.default.to_tag\" . }}"},
    {"agent_id", Kind::kText, "{{ template \"wechat.default.agent_id\" . }}"},
    {"message_type", Kind::kText, "text"},
};

Status CompleteWechat(YAML::Node settings, const YAML::Node& global) {
  KVS_RETURN_IF_ERROR(AtMostOne(settings, "api_secret", "api_secret_file"));
  const std::string type = TextOf(settings, "message_type");
  if (!type.empty() && type != "text" && type != "markdown")
    return InvalidArgument("weChat message type ", Quote(type),
                           " does not match valid options ^(text|markdown)$");
  Inherit(settings, "api_url", global, "wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/");
  EndWithSlash(settings, "api_url");
  InheritSecret(settings, "api_secret", "api_secret_file", global, "wechat_api_secret",
                "wechat_api_secret_file");
  if (!IsSet(settings, "api_secret") && !IsSet(settings, "api_secret_file"))
    return InvalidArgument("no global Wechat Api Secret set either inline or in a file");
  Inherit(settings, "corp_id", global, "wechat_api_corp_id");
  if (!IsSet(settings, "corp_id")) return InvalidArgument("no global Wechat CorpID set");
  return InheritHttp(settings, global);
}

constexpr IntegrationKind kChatKinds[] = {
    {"discord_configs", "discord", kDiscord, &CompleteWebhookUrl},
    {"slack_configs", "slack", kSlack, &CompleteSlack},
    {"wechat_configs", "wechat", kWechat, &CompleteWechat},
    {"telegram_configs", "telegram", kTelegram, &CompleteTelegram},
    {"webex_configs", "webex", kWebex, &CompleteWebex},
    {"msteams_configs", "msteams", kMsteams, &CompleteWebhookUrl},
    {"msteamsv2_configs", "msteamsv2", kMsteamsV2, &CompleteWebhookUrl},
};

}  // namespace

std::span<const IntegrationKind> ChatKinds() {
  return kChatKinds;
}

}  // namespace kvs::alerting
