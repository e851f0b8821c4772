// SPDX-License-Identifier: Apache-2.0
// auth.token against the suite of its port.
#include <gtest/gtest.h>

#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "authenticator.h"

namespace kvs::auth::token {
namespace {

class TokenConformance : public ::testing::TestWithParam<testkit::Case> {};

TEST_P(TokenConformance, Holds) {
  testkit::TestHost host;
  const testkit::TempDir folder;
  Config config;
  config.tokens_file = folder.path() + "/tokens.yaml";
  testkit::WriteFile(config.tokens_file,
                     "tokens: [{subject: a, tenants: '*', rights: read, token: 0123456789abcdef}]");
  TokenAuthenticator authenticator(host.host(), config);
  ASSERT_TRUE(testkit::StartComponent(authenticator).ok());
  testkit::Context context(sdk::IfaceOf<sdk::Authenticator>(&authenticator));

  const Status status = GetParam().run(context);

  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(testkit::StopComponent(authenticator).ok());
}

INSTANTIATE_TEST_SUITE_P(Authenticator, TokenConformance,
                         ::testing::ValuesIn(testkit::AuthenticatorSuite().cases),
                         testkit::CaseName());

}  // namespace
}  // namespace kvs::auth::token
