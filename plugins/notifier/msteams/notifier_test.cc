// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::msteams {
namespace {

class MsteamsTest : public ::testing::Test {
 protected:
  MsteamsTest() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~MsteamsTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Msteams> notifier_;
};

TEST_F(MsteamsTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(MsteamsTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"webhook_url": ")x" + Url() +
      R"x(/hook", "title": "{{ template \"msteams.default.title\" . }}", "summary": "{{ template \"msteams.default.summary\" . }}", "text": "{{ template \"msteams.default.text\" . }}"})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"@context":"http://schema.org/extensions","type":"MessageCard","title":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","summary":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","text":"\n\n# Alerts Firing:\n\nLabels:\n  - alertname = Down\n  - instance = a\u003cb\u003e\u0026c\n  - job = node\n  - severity = page\n\nAnnotations:\n  - summary = s \"q\" ü\n\nSource: http://g/?a=b\u0026c=d\n\n\n\n\n","themeColor":"8C1A1A"})x"
      "\n");
}

TEST_F(MsteamsTest, ResolvedIsGreen) {
  testkit::Notice notice(R"x({"webhook_url": ")x" + Url() + R"x(/hook"})x");
  notice.Resolved();
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"@context":"http://schema.org/extensions","type":"MessageCard","title":"","summary":"","text":"","themeColor":"2DC72D"})x"
      "\n");
}

}  // namespace
}  // namespace kvs::notifier::msteams
