// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::telegram {
namespace {

class TelegramTest : public ::testing::Test {
 protected:
  TelegramTest() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~TelegramTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{.body = R"({"ok":true,"result":{}})"};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Telegram> notifier_;
};

TEST_F(TelegramTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(TelegramTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"api_url": ")x" + Url() +
      R"x(/tg", "bot_token": "t:k", "chat_id": -12, "parse_mode": "HTML", "message": "{{ template \"telegram.default.message\" . }}"})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"chat_id":"-12","disable_web_page_preview":"true","parse_mode":"HTML","text":"\n\nAlerts Firing:\nLabels:\n - alertname = Down\n - instance = a\u0026lt;b\u0026gt;\u0026amp;c\n - job = node\n - severity = page\nAnnotations:\n - summary = s \u0026#34;q\u0026#34; ü\nSource: http://g/?a=b\u0026amp;c=d\n\n\n\n"})x"
      "\n");
  EXPECT_EQ(stub_.requests().at(0).target, "/tg/bott:k/sendMessage");
}

TEST_F(TelegramTest, OptionsAndPlainText) {
  testkit::Notice notice(
      R"x({"api_url": ")x" + Url() +
      R"x(", "bot_token": "t", "chat_id": 7, "parse_mode": "", "message": "<{{ .Status }}>", "disable_notifications": true, "message_thread_id": 3})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"chat_id":"7","disable_notification":"true","disable_web_page_preview":"true","message_thread_id":"3","text":"\u003cfiring\u003e"})x"
      "\n");
}

TEST_F(TelegramTest, WhatIsTriedAgain) {
  testkit::Notice notice(R"({"api_url": ")" + Url() +
                         R"(", "bot_token": "hunter2", "chat_id": 7})");
  answer_ = {
      .code = 429,
      .body =
          R"({"ok":false,"error_code":429,"description":"slow","parameters":{"retry_after":5}})"};
  const Status limited = notice.Send(ref());
  EXPECT_TRUE(limited.retryable());
  EXPECT_EQ(limited.retry_after_ms(), 5000u);
  answer_ = {.code = 400, .body = R"({"ok":false,"description":"chat not found"})"};
  const Status refused = notice.Send(ref());
  EXPECT_FALSE(refused.retryable());
  EXPECT_EQ(refused.message(), "unexpected status code 400: chat not found");
}

}  // namespace
}  // namespace kvs::notifier::telegram
