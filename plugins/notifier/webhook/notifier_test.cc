// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::webhook {
namespace {

class WebhookTest : public ::testing::Test {
 protected:
  WebhookTest() { EXPECT_TRUE(testkit::StartComponent(notifier_).ok()); }
  ~WebhookTest() override { EXPECT_TRUE(testkit::StopComponent(notifier_).ok()); }
  std::string Url(const std::string& rest = "") const {
    return "\"url\": \"http://" + stub_.address() + "/hook" + rest + "\"";
  }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&notifier_)); }

  testkit::HttpStub stub_{
      [](const testkit::HttpStub::Request&) { return testkit::HttpStub::Answer{}; }};
  testkit::TestHost host_;
  Webhook notifier_{host_.host(), Config()};
};

TEST_F(WebhookTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(WebhookTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice("{" + Url() + "}");
  notice.route_labels = {{"team", "db"}};
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  const auto request = stub_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/hook");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(
      request.body,
      R"({"receiver":"r\\.x","status":"firing","alerts":[{"status":"firing","labels":{)"
      R"("alertname":"Down","instance":"a\u003cb\u003e\u0026c","job":"node","severity":"page"},)"
      R"("annotations":{"summary":"s \"q\" ü"},"startsAt":"2026-01-02T03:04:05.678Z",)"
      R"("endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://g/?a=b\u0026c=d",)"
      R"("fingerprint":"956fbf9253780420"}],"notification_reason":"first notification",)"
      R"("groupLabels":{"alertname":"Down"},"commonLabels":{"alertname":"Down",)"
      R"("instance":"a\u003cb\u003e\u0026c","job":"node","severity":"page"},)"
      R"("commonAnnotations":{"summary":"s \"q\" ü"},"routeLabels":{"team":"db"},)"
      R"("externalURL":"http://am.example/x",)"
      R"("version":"4","groupKey":"{}:{alertname=\"Down\"}","truncatedAlerts":0})"
      "\n");
}

TEST_F(WebhookTest, LeavesOutAlertsPastTheMost) {
  testkit::Notice notice("{" + Url() + ", \"max_alerts\": 1}");
  notice.alerts.push_back(notice.alerts[0]);
  notice.alerts[1].labels[1].second = "second";
  ASSERT_TRUE(notice.Send(ref()).ok());
  const std::string body = stub_.requests().at(0).body;
  EXPECT_NE(body.find("\"truncatedAlerts\":1"), std::string::npos) << body;
  EXPECT_EQ(body.find("second"), std::string::npos) << body;
}

TEST_F(WebhookTest, TheUrlIsATemplate) {
  testkit::Notice notice("{" + Url("/{{ .CommonLabels.job }}/{{ routeLabels `team` }}") + "}");
  notice.route_labels = {{"team", "db"}};
  ASSERT_TRUE(notice.Send(ref()).ok());
  EXPECT_EQ(stub_.requests().at(0).target, "/hook/node/db");
}

TEST_F(WebhookTest, APayloadOfOnesOwn) {
  testkit::Notice notice("{" + Url() +
                         R"(, "payload": {"n": "{{ len .Alerts }}", "text": "{{ .Status }}!",)"
                         R"( "alerts": "{{ .Alerts | toJson }}", "list": [1, "x", true]}})");
  ASSERT_TRUE(notice.Send(ref()).ok());
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"({"alerts":[{"annotations":{"summary":"s \"q\" ü"},"endsAt":"0001-01-01T00:00:00Z",)"
      R"("fingerprint":"956fbf9253780420","generatorURL":"http://g/?a=b\u0026c=d","labels":{)"
      R"("alertname":"Down","instance":"a\u003cb\u003e\u0026c","job":"node","severity":"page"},)"
      R"("startsAt":"2026-01-02T03:04:05.678Z","status":"firing"}],"list":[1,"x",true],)"
      R"("n":1,"text":"firing!"})"
      "\n");
}

TEST_F(WebhookTest, WithoutAUrlNobodyIsTold) {
  const Status status = testkit::Notice(R"({"url": "{{ .CommonLabels.none }}"})").Send(ref());
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "webhook URL is empty after templating");
}

}  // namespace
}  // namespace kvs::notifier::webhook
