// SPDX-License-Identifier: Apache-2.0
// What is expected here was recorded from Alertmanager 0.33.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::pushover {
namespace {

class PushoverTest : public ::testing::Test {
 protected:
  PushoverTest() {
    config_.api_url = Url() + "/1/messages.json";
    notifier_.emplace(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
  }
  ~PushoverTest() override { EXPECT_TRUE(testkit::StopComponent(*notifier_).ok()); }
  std::string Url() const { return "http://" + stub_.address(); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_)); }

  testkit::HttpStub::Answer answer_{};
  testkit::HttpStub stub_{[this](const testkit::HttpStub::Request&) { return answer_; }};
  testkit::TestHost host_;
  Config config_;
  std::optional<Pushover> notifier_;
};

TEST_F(PushoverTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(PushoverTest, SendsWhatAlertmanagerSends) {
  testkit::Notice notice(
      R"x({"token": "t", "user_key": "u", "title": "T {{ .Status }}", "message": " <m> ", "url": "http://x?a=b", "priority": "2", "retry": "1m", "expire": "1h", "ttl": "90s", "monospace": true})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  const auto request = stub_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.header("content-type"), "text/plain");
  EXPECT_EQ(
      request.target,
      "/1/messages.json?device=&expire=3600&message=%3Cm%3E&monospace=1&priority=2&retry=60&sound="
      "&title=T+firing&token=t&ttl=90&url=http%3A%2F%2Fx%3Fa%3Db&url_title=&user=u");
}

TEST_F(PushoverTest, AnEmptyMessageIsNone) {
  testkit::Notice notice(R"x({"token": "t", "user_key": "u", "message": " ", "html": true})x");
  const Status status = notice.Send(ref());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_NE(stub_.requests().at(0).target.find("html=1&message=%28no+details%29"),
            std::string::npos);
}

}  // namespace
}  // namespace kvs::notifier::pushover
