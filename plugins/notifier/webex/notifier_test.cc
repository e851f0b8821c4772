// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::webex {
namespace {

class WebexTest : public ::testing::Test {
 protected:
  WebexTest() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~WebexTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Webex> notifier_;
};

TEST_F(WebexTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(WebexTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"api_url": ")x" + Url() +
      R"x(/webex", "room_id": "r", "message": "{{ template \"webex.default.message\" . }}", "http_config": {"authorization": {"credentials": "c"}}})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"markdown":"s \"q\" ü\n\nAlerts Firing:\nLabels:\n - alertname = Down\n - instance = a\u003cb\u003e\u0026c\n - job = node\n - severity = page\nAnnotations:\n - summary = s \"q\" ü\nSource: http://g/?a=b\u0026c=d\n\n\n\n","roomId":"r"})x"
      "\n");
  EXPECT_EQ(stub_.requests().at(0).header("authorization"), "Bearer c");
}

}  // namespace
}  // namespace kvs::notifier::webex
