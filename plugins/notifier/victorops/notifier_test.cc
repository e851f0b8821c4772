// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::victorops {
namespace {

class VictoropsTest : public ::testing::Test {
 protected:
  VictoropsTest() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~VictoropsTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Victorops> notifier_;
};

TEST_F(VictoropsTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(VictoropsTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"api_url": ")x" + Url() +
      R"x(/vo/", "api_key": "k", "routing_key": "rk", "message_type": "CRITICAL", "state_message": "{{ template \"victorops.default.state_message\" . }}", "entity_display_name": "{{ template \"victorops.default.entity_display_name\" . }}", "monitoring_tool": "{{ template \"victorops.default.monitoring_tool\" . }}", "custom_fields": {"x": "{{ .Status }}"}})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"entity_display_name":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","entity_id":"af94c9e8f6a3043625e36c6f472fe6be85ac23a9117184ee4cb7b4ad7401a47e","message_type":"CRITICAL","monitoring_tool":"Alertmanager","state_message":"s \"q\" ü\nAlerts Firing:\nLabels:\n - alertname = Down\n - instance = a\u003cb\u003e\u0026c\n - job = node\n - severity = page\nAnnotations:\n - summary = s \"q\" ü\nSource: http://g/?a=b\u0026c=d\n\n","x":"firing"})x"
      "\n");
  EXPECT_EQ(stub_.requests().at(0).target, "/vo/k/rk");
}

TEST_F(VictoropsTest, AResolvedOneRecovers) {
  testkit::Notice notice(R"x({"api_url": ")x" + Url() +
                         R"x(/", "api_key": "k", "routing_key": "rk", "message_type": "INFO"})x");
  notice.Resolved();
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_NE(stub_.requests().at(0).body.find(R"("message_type":"RECOVERY")"), std::string::npos);
}

}  // namespace
}  // namespace kvs::notifier::victorops
