// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::sns {
namespace {

class SnsTest : public ::testing::Test {
 protected:
  SnsTest() {
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~SnsTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Sns> notifier_;
};

TEST_F(SnsTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(SnsTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"api_url": ")x" + Url() +
      R"x(/sns", "topic_arn": "arn:aws:sns:us-east-2:123456789012:My-Topic", "subject": "{{ template \"sns.default.subject\" . }}", "message": "{{ template \"sns.default.message\" . }}", "sigv4": {"region": "us-east-2", "access_key": "a", "secret_key": "b"}, "attributes": {"k": "v"}})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  const auto request = stub_.requests().at(0);
  EXPECT_EQ(request.header("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body,
            "Action=Publish&Message=s+%22q%22+%C3%BC%0A%0AAlerts+Firing%3A%0ALabels%3A%0A+-+"
            "alertname+%3D+Down%0A+-+"
            "instance+%3D+a%3Cb%3E%26c%0A+-+job+%3D+node%0A+-+severity+%3D+page%0AAnnotations%3A%"
            "0A+-+summary+%3D+s+"
            "%22q%22+%C3%BC%0ASource%3A+http%3A%2F%2Fg%2F%3Fa%3Db%26c%3Dd%0A%0A%0A%0A&"
            "MessageAttributes.entry.1.Name=k&"
            "MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value."
            "StringValue=v&Subject="
            "%5BFIRING%3A1%5D+Down+%28a%3Cb%3E%26c+node+page%29&TopicArn=arn%3Aaws%3Asns%3Aus-east-"
            "2%3A123456789012%3AMy-"
            "Topic&Version=2010-03-31");
  EXPECT_TRUE(request.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=a/"))
      << request.header("authorization");
}

TEST_F(SnsTest, PhonesTakeLess) {
  testkit::Notice notice(
      R"x({"api_url": ")x" + Url() +
      R"x(", "phone_number": "+1", "message": "{{ range 2000 }}x{{ end }}", "sigv4": {"region": "r", "access_key": "a", "secret_key": "b"}})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  const std::string body = stub_.requests().at(0).body;
  EXPECT_NE(body.find("Message=" + std::string(1600, 'x') + "&"), std::string::npos);
  EXPECT_NE(body.find("Name=truncated"), std::string::npos);
  EXPECT_NE(body.find("PhoneNumber=%2B1"), std::string::npos);
}

TEST_F(SnsTest, TheServersOwnCredentialsAreNotForTenants) {
  for (const char* sigv4 :
       {R"({"region": "r"})",
        R"({"region": "r", "access_key": "a", "secret_key": "b", "role_arn": "x"})",
        R"({"access_key": "a", "secret_key": "b"})"}) {
    const testkit::Notice notice(std::string(R"({"message": "m", "topic_arn": "t", "sigv4": )") +
                                 sigv4 + "}");
    EXPECT_EQ(notice.Check(ref()).code(), StatusCode::kInvalidArgument) << sigv4;
  }
}

}  // namespace
}  // namespace kvs::notifier::sns
