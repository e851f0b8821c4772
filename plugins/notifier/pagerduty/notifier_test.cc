// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::pagerduty {
namespace {

class PagerdutyTest : public ::testing::Test {
 protected:
  PagerdutyTest() {
    config_.api_v1_url = Url() + "/v1";
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~PagerdutyTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Pagerduty> notifier_;
};

TEST_F(PagerdutyTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(PagerdutyTest, EventsOfVersion2) {
  testkit::Notice notice(
      R"x({"url": ")x" + Url() +
      R"x(/pd", "routing_key": "k", "source": "{{ template \"pagerduty.default.client\" . }}", "client": "{{ template \"pagerduty.default.client\" . }}", "client_url": "{{ template \"pagerduty.default.clientURL\" . }}", "description": "{{ template \"pagerduty.default.description\" .}}", "details": {"firing": "{{ .Alerts.Firing | toJson }}", "resolved": "{{ .Alerts.Resolved | toJson }}", "num_firing": "{{ .Alerts.Firing | len }}", "num_resolved": "{{ .Alerts.Resolved | len }}"}, "images": [{"src": "s", "alt": "a", "href": "h"}, {"alt": "none"}], "links": [{"href": "h", "text": "t"}]})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"routing_key":"k","dedup_key":"af94c9e8f6a3043625e36c6f472fe6be85ac23a9117184ee4cb7b4ad7401a47e","event_action":"trigger","payload":{"summary":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","source":"Alertmanager","severity":"error","custom_details":{"firing":[{"annotations":{"summary":"s \"q\" ü"},"endsAt":"0001-01-01T00:00:00Z","fingerprint":"956fbf9253780420","generatorURL":"http://g/?a=b\u0026c=d","labels":{"alertname":"Down","instance":"a\u003cb\u003e\u0026c","job":"node","severity":"page"},"startsAt":"2026-01-02T03:04:05.678Z","status":"firing"}],"num_firing":1,"num_resolved":0,"resolved":[]}},"client":"Alertmanager","client_url":"http://am.example/x/#/alerts?receiver=r%5C.x","images":[{"src":"s","alt":"a","href":"h"}],"links":[{"href":"h","text":"t"}]})x"
      "\n");
}

TEST_F(PagerdutyTest, EventsOfVersion1) {
  testkit::Notice notice(
      R"x({"service_key": "k", "client": "{{ template \"pagerduty.default.client\" . }}", "client_url": "{{ template \"pagerduty.default.clientURL\" . }}", "description": "{{ template \"pagerduty.default.description\" .}}", "details": {"firing": "{{ .Alerts.Firing | toJson }}", "resolved": "{{ .Alerts.Resolved | toJson }}", "num_firing": "{{ .Alerts.Firing | len }}", "num_resolved": "{{ .Alerts.Resolved | len }}"}})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(stub_.requests().at(0).target, "/v1");
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"service_key":"k","incident_key":"af94c9e8f6a3043625e36c6f472fe6be85ac23a9117184ee4cb7b4ad7401a47e","event_type":"trigger","description":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","event_action":"","payload":null,"client":"Alertmanager","client_url":"http://am.example/x/#/alerts?receiver=r%5C.x","details":{"firing":[{"annotations":{"summary":"s \"q\" ü"},"endsAt":"0001-01-01T00:00:00Z","fingerprint":"956fbf9253780420","generatorURL":"http://g/?a=b\u0026c=d","labels":{"alertname":"Down","instance":"a\u003cb\u003e\u0026c","job":"node","severity":"page"},"startsAt":"2026-01-02T03:04:05.678Z","status":"firing"}],"num_firing":1,"num_resolved":0,"resolved":[]}})x"
      "\n");
}

TEST_F(PagerdutyTest, AnEventThatIsTooLongLosesItsDetails) {
  testkit::Notice notice(
      R"x({"url": ")x" + Url() +
      R"x(", "routing_key": "k", "details": {"x": "{{ range 600 }}{{ printf \"%01000d\" 1 }}{{ end }}"}})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_NE(stub_.requests().at(0).body.find(
                R"("custom_details":{"error":"Custom details have been removed)"),
            std::string::npos);
}

TEST_F(PagerdutyTest, WhatIsTriedAgain) {
  testkit::Notice v2(R"({"url": ")" + Url() + R"(", "routing_key": "k"})"),
      v1(R"({"service_key": "k"})");
  answer_.code = 429;
  EXPECT_TRUE(v2.Send(ref()).retryable());
  EXPECT_FALSE(v1.Send(ref()).retryable());
  answer_.code = 403;
  EXPECT_FALSE(v2.Send(ref()).retryable());
  EXPECT_TRUE(v1.Send(ref()).retryable());
  answer_ = {.code = 400,
             .body = R"({"status":"invalid event","message":"bad","errors":["a","b"]})"};
  EXPECT_EQ(v2.Send(ref()).message(), "unexpected status code 400: bad: a,b");
}

}  // namespace
}  // namespace kvs::notifier::pagerduty
