// SPDX-License-Identifier: Apache-2.0
// Configuration files: what is filled in, and what is refused with which words and at which line.
#include "kvs/alerting/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::alerting {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A file with one receiver, whose way of reaching somebody is `integration`.
std::string With(std::string_view integration, std::string_view global = "{}") {
  return StrCat("global: ", global, "\nroute: {receiver: r}\nreceivers:\n- name: r\n  ",
                integration, "\n");
}

std::string ErrorOf(std::string_view yaml) {
  const StatusOr<Config> config = ParseConfig(yaml);
  return config.ok() ? "none" : config.status().message();
}

std::string SettingsOf(std::string_view yaml) {
  const StatusOr<Config> config = ParseConfig(yaml);
  if (!config.ok()) return "error: " + config.status().message();
  return config->receivers.at(0).integrations.at(0).settings;
}

TEST(ConfigTest, ReadsAWholeFile) {
  const StatusOr<Config> config = ParseConfig(R"(
global:
  resolve_timeout: 10m
  slack_api_url: https://hooks.example/x
route:
  receiver: slack
  group_by: [alertname, cluster]
  group_wait: 30s
  repeat_interval: 12h
  routes:
    - match: {severity: critical}
      receiver: pager
      mute_time_intervals: [nights]
receivers:
  - name: slack
    slack_configs: [{channel: '#alerts', send_resolved: true}]
  - name: pager
    pagerduty_configs: [{routing_key_file: /etc/key}]
    webhook_configs: [{url: 'http://a/'}, {url: 'http://b/'}]
inhibit_rules:
  - source_match: {severity: critical}
    target_matchers: [severity="warning"]
    equal: [alertname]
templates: [a.tmpl]
mute_time_intervals:
  - name: nights
    time_intervals: [{times: [{start_time: '22:00', end_time: '24:00'}], location: Europe/Paris}]
)");

  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->resolve_timeout_ms, 600'000);
  EXPECT_EQ(config->route.routes.at(0).receiver, "pager");
  const Receiver& pager = *config->FindReceiver("pager");
  ASSERT_EQ(pager.integrations.size(), 3u);
  EXPECT_EQ(pager.integrations[2].type, "webhook");
  EXPECT_EQ(pager.integrations[2].index, 1u);
  EXPECT_TRUE(config->FindReceiver("slack")->integrations[0].send_resolved);
  EXPECT_EQ(Format(config->inhibit_rules.at(0).source), R"({severity="critical"})");
  EXPECT_EQ(config->time_intervals.at(0).intervals.at(0).location->name(), "Europe/Paris");
  EXPECT_THAT(config->file_settings,
              ElementsAre("receivers.pager.pagerduty_configs.routing_key_file"));
}

TEST(ConfigTest, DefaultsAndGlobalSettingsAreFilledIn) {
  const std::string slack =
      SettingsOf(With("slack_configs: [{channel: x}]", "{slack_api_url: 'https://h/x'}"));
  EXPECT_THAT(slack, HasSubstr(R"("api_url":"https://h/x")"));
  EXPECT_THAT(slack, HasSubstr(R"("title":"{{ template \"slack.default.title\" . }}")"));

  const std::string email = SettingsOf(With("email_configs: [{to: a@b}]",
                                            "{smtp_smarthost: 'mail:25', smtp_from: k@b, "
                                            "smtp_auth_password: p, smtp_require_tls: false}"));
  EXPECT_THAT(email, HasSubstr(R"("smarthost":"mail:25")"));
  EXPECT_THAT(email, HasSubstr(R"("require_tls":false)"));
  EXPECT_THAT(email, HasSubstr(R"("hello":"localhost")"));

  const std::string pagerduty =
      SettingsOf(With("pagerduty_configs: [{routing_key: k, details: {firing: x, n: 1}}]"));
  EXPECT_THAT(pagerduty, HasSubstr(R"("firing":"x")"));
  EXPECT_THAT(pagerduty, HasSubstr(R"("n":1)"));
  EXPECT_THAT(pagerduty, HasSubstr(R"("num_firing":"{{ .Alerts.Firing | len }}")"));
  EXPECT_THAT(pagerduty, HasSubstr(R"("url":"https://events.pagerduty.com/v2/enqueue")"));
}

TEST(ConfigTest, ASecretUrlMayBeAVariable) {
  for (const auto& [url, taken] :
       {std::pair{"${SLACK_WEBHOOK_URL}", true}, {"${A}x", false}, {"x${A}", false}}) {
    const std::string file = StrCat(
        "route: {receiver: r}\nreceivers: [{name: r, slack_configs: [{channel: x, api_url: '", url,
        "'}]}]");
    EXPECT_EQ(ParseConfig(file).ok(), taken) << url;
  }
}

TEST(ConfigTest, ASlackAppTokenBecomesAnAuthorization) {
  const std::string slack =
      SettingsOf(With("slack_configs: [{channel: x}]", "{slack_app_token: t}"));
  EXPECT_THAT(slack, HasSubstr(R"("authorization":{"type":"Bearer","credentials":"t"})"));
  EXPECT_THAT(slack, HasSubstr(R"("api_url":"https://slack.com/api/chat.postMessage")"));
}

TEST(ConfigTest, WhatOneReceiverIsGivenDoesNotReachTheOtherThroughAnAlias) {
  const StatusOr<Config> config = ParseConfig(R"(
route: {receiver: a}
receivers:
- {name: a, pagerduty_configs: [&p {routing_key: k}]}
- {name: b, pagerduty_configs: [*p]}
)");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->receivers[0].integrations[0].settings,
            config->receivers[1].integrations[0].settings);
}

TEST(ConfigTest, EveryIntegrationIsKnown) {
  const char* const good[] = {
      "discord_configs: [{webhook_url: 'https://d/x'}]",
      "msteams_configs: [{webhook_url: 'https://m/x'}]",
      "msteamsv2_configs: [{webhook_url_file: /x}]",
      "opsgenie_configs: [{api_key: k, responders: [{name: n, type: Team}]}]",
      "pushover_configs: [{user_key: u, token: t, retry: 1m30s}]",
      "sns_configs: [{topic_arn: a, sigv4: {region: r}}]",
      "telegram_configs: [{bot_token: t, chat_id: -100}]",
      "victorops_configs: [{api_key: k, routing_key: r}]",
      "webex_configs: [{room_id: r, http_config: {authorization: {credentials: c}}}]",
      "wechat_configs: [{api_secret: s, corp_id: c}]",
      "webhook_configs: [{url: '{{ .ExternalURL }}', max_alerts: 3, timeout: 1.5s, payload: {a: "
      "[1, x]}}]",
  };
  for (const char* integration : good) EXPECT_EQ(ErrorOf(With(integration)), "none") << integration;
}

TEST(ConfigTest, RefusesWhatDoesNotGoTogether) {
  const struct {
    std::string yaml;
    const char* error;
  } cases[] = {
      {"", "no routes provided"},
      {"receivers: []", "no routes provided"},
      {"route: {}", "line 1: root route must specify a default receiver"},
      {"route: {receiver: x}", "undefined receiver \"x\" used in route"},
      {"route: {receiver: r, match: {a: b}}\nreceivers: [{name: r}]",
       "line 1: root route must not have any matchers"},
      {"route: {receiver: r, routes: [{receiver: s}]}\nreceivers: [{name: r}]",
       "undefined receiver \"s\" used in route"},
      {"route: {receiver: r}\nreceivers: [{name: r}, {name: r}]",
       "line 2: notification config name \"r\" is not unique"},
      {"route: {receiver: r}\nreceivers: [{}]", "line 2: missing name in receiver"},
      {"route: {receiver: r, group_by: [a, a]}\nreceivers: [{name: r}]",
       "line 1: duplicated label \"a\" in group_by"},
      {"route: {receiver: r, group_by: [a, '...']}\nreceivers: [{name: r}]",
       "line 1: cannot have wildcard group_by (`...`) and other labels at the same time"},
      {"route: {receiver: r, group_interval: 0s}\nreceivers: [{name: r}]",
       "line 1: group_interval cannot be zero"},
      {"route: {receiver: r, routes: [{mute_time_intervals: [n]}]}\nreceivers: [{name: r}]",
       "undefined time interval \"n\" used in route"},
      {"route: {receiver: r, spin: 1}\nreceivers: [{name: r}]",
       "line 1: field spin not found in route"},
      {With("webhook_configs: [{}]"), "line 5: one of url or url_file must be configured"},
      {With("webhook_configs: [null]"), "line 5: missing webhook config"},
      {With("webhook_configs: [{url: a, send_resolved: maybe}]"),
       "line 5: field send_resolved: \"maybe\" is neither true nor false"},
      {With("slack_configs: [{}]"),
       "line 5: no Slack API URL nor App token set either inline or in a file"},
      {With("slack_configs: [{api_url: 'ftp://x'}]"),
       "line 5: field api_url: unsupported scheme \"ftp\" for URL"},
      {With("email_configs: [{to: a}]"), "line 5: no global SMTP smarthost set"},
      {With("email_configs: [{to: a, smarthost: mail}]"),
       "line 5: field smarthost: address mail: missing port in address"},
      {With("email_configs: [{to: a, headers: {subject: x, Subject: y}}]"),
       "line 5: duplicate header \"Subject\" in email config"},
      {With("pagerduty_configs: [{}]"),
       "line 5: missing service or routing key in PagerDuty config"},
      {With("opsgenie_configs: [{api_key: k, responders: [{type: team}]}]"),
       "line 5: opsGenieConfig responder has to have at least one of id, username or name "
       "specified"},
      {With("victorops_configs: [{api_key: k}]"),
       "line 5: missing Routing key in VictorOps config"},
      {With("sns_configs: [{topic_arn: a, phone_number: b}]"),
       "line 5: must provide either a Target ARN, Topic ARN, or Phone Number for SNS config"},
      {With("telegram_configs: [{bot_token: t}]"),
       "line 5: missing chat_id or chat_id_file on telegram_config"},
      {With("webhook_configs: [{url: a, http_config: {basic_auth: {}, bearer_token: t}}]"),
       "line 5: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be "
       "configured"},
      {With("carrier_pigeon_configs: []"),
       "line 5: field carrier_pigeon_configs not found in receiver \"r\""},
      {With("webhook_configs: []", "{smtp_auth_password: a, smtp_auth_password_file: b}"),
       "line 1: at most one of smtp_auth_password & smtp_auth_password_file must be configured"},
      {"route: {receiver: r}\nreceivers: [{name: r}]\ninhibit_rules: [{source_matchers: ['a']}]",
       "line 3: bad matcher format: a"},
      {"route: {receiver: r}\nreceivers: [{name: r}]\ntime_intervals: [{name: n, time_intervals: "
       "[{weekdays: [someday]}]}]",
       "line 3: someday is not a valid weekday"},
      {"route: [", "line 1: end of sequence flow not found"},
  };
  for (const auto& c : cases) EXPECT_THAT(ErrorOf(c.yaml), HasSubstr(c.error)) << c.yaml;
}

TEST(ConfigTest, DeepNestingIsRefusedNotWalked) {
  std::string yaml = "receivers: [{name: r}]\nroute: {receiver: r";
  for (int i = 0; i < 150; ++i) yaml += ", routes: [{receiver: r";
  for (int i = 0; i < 150; ++i) yaml += "}]";
  EXPECT_THAT(ErrorOf(yaml + "}"), HasSubstr("nested deeper than 100 levels"));
}

TEST(ConfigTest, ClassicNamesAloneInTheClassicSyntax) {
  const std::string yaml = "route: {receiver: r, group_by: ['with space']}\nreceivers: [{name: r}]";
  EXPECT_TRUE(ParseConfig(yaml).ok());
  EXPECT_FALSE(ParseConfig(yaml, Syntax::kClassic).ok());
}

TEST(WithoutSecrets, HidesWhatIsSecretAndNothingElse) {
  const auto shown = WithoutSecrets(R"(
global: {slack_api_url: 'https://hooks.example/T/secret1', resolve_timeout: 6m}
route: {receiver: r}
receivers:
- name: r
  slack_configs: [{channel: '#a', api_url: 'https://hooks.example/secret2'}]
  webhook_configs:
  - url: 'http://a/secret3'
    http_config:
      basic_auth: {username: u, password: secret4}
      http_headers: {A: {values: [open], secrets: [secret5]}}
)");
  ASSERT_TRUE(shown.ok()) << shown.status().message();
  EXPECT_EQ(shown->find("secret1"), std::string::npos) << *shown;
  EXPECT_EQ(shown->find("secret2"), std::string::npos) << *shown;
  EXPECT_EQ(shown->find("secret4"), std::string::npos) << *shown;
  EXPECT_EQ(shown->find("secret5"), std::string::npos) << *shown;
  EXPECT_NE(shown->find("username: u"), std::string::npos) << *shown;
  EXPECT_NE(shown->find("[open]"), std::string::npos) << *shown;
  // What is shown can be read again.
  EXPECT_TRUE(ParseConfig(*shown).ok()) << *shown;
}

}  // namespace
}  // namespace kvs::alerting
