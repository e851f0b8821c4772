// SPDX-License-Identifier: Apache-2.0
// Up to the server; tests/alertmanager delivers to a real one.
#include "notifier.h"

#include <gtest/gtest.h>

#include "kvs/testkit/notice.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notifier::email {
namespace {

class EmailTest : public ::testing::Test {
 protected:
  EmailTest() { EXPECT_TRUE(testkit::StartComponent(notifier_).ok()); }
  ~EmailTest() override { EXPECT_TRUE(testkit::StopComponent(notifier_).ok()); }
  sdk::NotifierRef ref() { return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&notifier_)); }

  testkit::TestHost host_;
  Email notifier_{host_.host(), Config()};
};

TEST_F(EmailTest, Conforms) {
  testkit::Context context(sdk::IfaceOf<sdk::Notifier>(&notifier_));
  for (const testkit::Case& c : testkit::NotifierSuite().cases) {
    const Status status = c.run(context);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status.ToString();
  }
}

TEST_F(EmailTest, AddressesAreLookedAtBeforeAnybodyIsCalled) {
  const struct {
    const char* settings;
    const char* message;
  } kCases[] = {
      {R"({"from": "a@b.org, c@d.org", "to": "a@b.org", "smarthost": "127.0.0.1:1"})",
       "must be exactly one 'from' address (got: 2)"},
      {R"({"from": "a@b.org", "to": "{{ .Status }}", "smarthost": "127.0.0.1:1"})",
       "parse 'to' addresses: \"firing\" is no address"},
      {R"({"from": "a@b.org>\\r\\nX", "to": "a@b.org", "smarthost": "127.0.0.1:1"})",
       "parse 'from' addresses: a stray >"},
  };
  for (const auto& c : kCases) {
    const Status status = testkit::Notice(c.settings).Send(ref());
    EXPECT_EQ(status.message(), c.message);
    EXPECT_FALSE(status.retryable());
  }
}

TEST_F(EmailTest, NoServerIsTriedAgain) {
  const Status status =
      testkit::Notice(R"({"from": "a@b.org", "to": "a@b.org", "smarthost": "127.0.0.1:1"})")
          .Send(ref());
  EXPECT_TRUE(status.retryable()) << status.ToString();
}

TEST_F(EmailTest, HeadersHaveNames) {
  EXPECT_EQ(testkit::Notice(R"({"headers": {"A: b\r\nC": "d"}})").Check(ref()).code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace kvs::notifier::email
