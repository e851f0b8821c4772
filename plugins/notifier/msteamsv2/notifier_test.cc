// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::msteamsv2 {
namespace {

class MsteamsV2Test : public ::testing::Test {
 protected:
  MsteamsV2Test() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~MsteamsV2Test() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<MsteamsV2> notifier_;
};

TEST_F(MsteamsV2Test, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(MsteamsV2Test, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"webhook_url": ")x" + Url() +
      R"x(/hook", "title": "{{ template \"msteamsv2.default.title\" . }}", "text": "{{ template \"msteamsv2.default.text\" . }}"})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(
      stub_.requests().at(0).body,
      R"x({"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.2","body":[{"type":"TextBlock","text":"[FIRING:1] Down (a\u003cb\u003e\u0026c node page)","weight":"Bolder","size":"Medium","wrap":true,"style":"heading","color":"Attention"},{"type":"TextBlock","text":"\n\n# Alerts Firing:\n\nLabels:\n  - alertname = Down\n  - instance = a\u003cb\u003e\u0026c\n  - job = node\n  - severity = page\n\nAnnotations:\n  - summary = s \"q\" ü\n\nSource: http://g/?a=b\u0026c=d\n\n\n\n\n","wrap":true}],"msteams":{"width":"full"}}}]})x"
      "\n");
}

}  // namespace
}  // namespace kvs::notifier::msteamsv2
