// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::slack {
namespace {

class SlackTest : public ::testing::Test {
 protected:
  SlackTest() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~SlackTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{.body = "ok"};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Slack> notifier_;
};

TEST_F(SlackTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(SlackTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"api_url": ")x" + Url() +
      R"x(/slack", "channel": "#c", "username": "{{ template \"slack.default.username\" . }}", "color": "{{ template \"slack.default.color\" . }}", "title": "{{ template \"slack.default.title\" . }}", "title_link": "{{ template \"slack.default.titlelink\" . }}", "fallback": "{{ template \"slack.default.fallback\" . }}", "short_fields": true, "fields": [{"title": "a", "value": "b {{ .Status }}"}, {"title": "c", "short": false}], "actions": [{"type": "button", "text": "t", "url": "http://x", "confirm": {"text": "sure"}}]})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"channel":"#c","username":"Alertmanager","attachments":[{"title":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","title_link":"http://am.example/x/#/alerts?receiver=r%5C.x","text":"","fallback":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page) | http://am.example/x/#/alerts?receiver=r%5C.x","callback_id":"","fields":[{"title":"a","value":"b firing","short":true},{"title":"c","short":false}],"actions":[{"type":"button","text":"t","url":"http://x","confirm":{"text":"sure"}}],"footer":"","color":"danger","mrkdwn_in":["fallback","pretext","text"]}]})x"
      "\n");
}

TEST_F(SlackTest, SaysNoWithA200) {
  testkit::Notice notice(R"({"api_url": ")" + Url() + R"(", "update_message": true})");
  answer_ = {.body = "invalid_payload"};
  EXPECT_EQ(notice.Send(ref()).message(), "received an error response from Slack: invalid_payload");
  answer_ = {.headers = {{"Content-Type", "application/json"}},
             .body = R"({"ok":false,"error":"no_channel"})"};
  EXPECT_EQ(notice.Send(ref()).message(), "error response from Slack: no_channel");
  answer_ = {.headers = {{"Content-Type", "application/json"}},
             .body = R"({"ok":true,"ts":"1.2","channel":"C1"})"};
  ASSERT_TRUE(notice.Send(ref()).ok());
  EXPECT_EQ(notice.memory, (testkit::Notice::Pairs{{"threadTs", "1.2"}, {"channelId", "C1"}}));
}

}  // namespace
}  // namespace kvs::notifier::slack
