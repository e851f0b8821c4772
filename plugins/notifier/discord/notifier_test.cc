// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::discord {
namespace {

class DiscordTest : public ::testing::Test {
 protected:
  DiscordTest() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~DiscordTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Discord> notifier_;
};

TEST_F(DiscordTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(DiscordTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"webhook_url": ")x" + Url() +
      R"x(/hook", "title": "{{ template \"discord.default.title\" . }}", "message": "{{ template \"discord.default.message\" . }}"})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"content":"","embeds":[{"title":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","description":"\n\nAlerts Firing:\nLabels:\n - alertname = Down\n - instance = a\u003cb\u003e\u0026c\n - job = node\n - severity = page\nAnnotations:\n - summary = s \"q\" ü\nSource: http://g/?a=b\u0026c=d\n\n\n\n","color":10038562}]})x"
      "\n");
}

TEST_F(DiscordTest, ResolvedIsGreen) {
  testkit::Notice notice(R"x({"webhook_url": ")x" + Url() +
                         R"x(/hook", "username": "me", "avatar_url": "http://a"})x");
  notice.Resolved();
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"content":"","embeds":[{"title":"","description":"","color":3066993}],"username":"me","avatar_url":"http://a"})x"
      "\n");
}

}  // namespace
}  // namespace kvs::notifier::discord
