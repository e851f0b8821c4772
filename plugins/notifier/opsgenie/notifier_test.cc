// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::opsgenie {
namespace {

class OpsgenieTest : public ::testing::Test {
 protected:
  OpsgenieTest() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~OpsgenieTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Opsgenie> notifier_;
};

TEST_F(OpsgenieTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(OpsgenieTest, CreatesAndUpdates) {
  testkit::Notice notice(
      R"x({"api_url": ")x" + Url() +
      R"x(/og/", "api_key": "k", "message": "{{ template \"opsgenie.default.message\" . }}", "description": "{{ template \"opsgenie.default.description\" . }}", "source": "{{ template \"opsgenie.default.source\" . }}", "tags": "a,b", "responders": [{"name": "n", "type": "team"}, {"name": "x,,y", "type": "teams"}, {"id": "{{ .CommonLabels.none }}"}], "update_alerts": true})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  const auto requests = stub_.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].target, "/og/v2/alerts");
  EXPECT_EQ(requests[0].header("authorization"), "GenieKey k");
  EXPECT_EQ(
      requests[0].body,
      R"x({"alias":"af94c9e8f6a3043625e36c6f472fe6be85ac23a9117184ee4cb7b4ad7401a47e","message":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","description":"s \"q\" ü\nAlerts Firing:\nLabels:\n - alertname = Down\n - instance = a\u003cb\u003e\u0026c\n - job = node\n - severity = page\nAnnotations:\n - summary = s \"q\" ü\nSource: http://g/?a=b\u0026c=d\n\n","details":{"alertname":"Down","instance":"a\u003cb\u003e\u0026c","job":"node","severity":"page"},"source":"http://am.example/x/#/alerts?receiver=r%5C.x","responders":[{"name":"n","type":"team"},{"name":"x","type":"team"},{"name":"y","type":"team"}],"tags":["a","b"]})x"
      "\n");
  EXPECT_EQ(requests[1].method, "PUT");
  EXPECT_EQ(requests[1].target,
            "/og/v2/alerts/af94c9e8f6a3043625e36c6f472fe6be85ac23a9117184ee4cb7b4ad7401a47e/"
            "message?identifierType=alias");
  EXPECT_EQ(requests[1].body, R"x({"message":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)"})x"
                              "\n");
  EXPECT_EQ(requests[2].target,
            "/og/v2/alerts/af94c9e8f6a3043625e36c6f472fe6be85ac23a9117184ee4cb7b4ad7401a47e/"
            "description?identifierType=alias");
  EXPECT_EQ(
      requests[2].body,
      R"x({"description":"s \"q\" ü\nAlerts Firing:\nLabels:\n - alertname = Down\n - instance = a\u003cb\u003e\u0026c\n - job = node\n - severity = page\nAnnotations:\n - summary = s \"q\" ü\nSource: http://g/?a=b\u0026c=d\n\n"})x"
      "\n");
}

TEST_F(OpsgenieTest, Closes) {
  testkit::Notice notice(R"x({"api_url": ")x" + Url() +
                         R"x(/og/", "api_key": "k", "source": "s"})x");
  notice.Resolved();
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(stub_.requests().at(0).body, R"x({"source":"s"})x"
                                         "\n");
  EXPECT_EQ(stub_.requests().at(0).target,
            "/og/v2/alerts/af94c9e8f6a3043625e36c6f472fe6be85ac23a9117184ee4cb7b4ad7401a47e/"
            "close?identifierType=alias");
}

}  // namespace
}  // namespace kvs::notifier::opsgenie
