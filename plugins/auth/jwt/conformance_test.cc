// SPDX-License-Identifier: Apache-2.0
// auth.jwt against the suite of its port.
#include <gtest/gtest.h>

#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "authenticator.h"
#include "test_issuer.h"

namespace kvs::auth::jwt {
namespace {

class JwtConformance : public ::testing::TestWithParam<testkit::Case> {};

TEST_P(JwtConformance, Holds) {
  testkit::TestHost host;
  const testkit::TempDir folder;
  Config config;
  config.issuer = "https://id.example.com";
  config.audiences = {"kvasir"};
  config.tenants_claim = "tenants";
  config.keys_file = folder.path() + "/keys.json";
  testkit::WriteFile(config.keys_file, TestIssuer().KeySet());
  JwtAuthenticator authenticator(host.host(), config);
  ASSERT_TRUE(testkit::StartComponent(authenticator).ok());
  testkit::Context context(sdk::IfaceOf<sdk::Authenticator>(&authenticator));

  const Status status = GetParam().run(context);

  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(testkit::StopComponent(authenticator).ok());
}

INSTANTIATE_TEST_SUITE_P(Authenticator, JwtConformance,
                         ::testing::ValuesIn(testkit::AuthenticatorSuite().cases),
                         testkit::CaseName());

}  // namespace
}  // namespace kvs::auth::jwt
