// SPDX-License-Identifier: Apache-2.0
// auth.htpasswd against the suite of its port.
#include <gtest/gtest.h>

#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "authenticator.h"

namespace kvs::auth::htpasswd {
namespace {

class HtpasswdConformance : public ::testing::TestWithParam<testkit::Case> {};

TEST_P(HtpasswdConformance, Holds) {
  testkit::TestHost host;
  const testkit::TempDir folder;
  Config config;
  config.users_file = folder.path() + "/users";
  config.grants_file = folder.path() + "/grants.yaml";
  testkit::WriteFile(config.users_file, "a:{SHA}qvTGHdzF6KLavt4PO0gs2a6pQ00=\n");
  testkit::WriteFile(config.grants_file, "grants: [{subjects: ['*'], tenants: '*', rights: read}]");
  HtpasswdAuthenticator authenticator(host.host(), config);
  ASSERT_TRUE(testkit::StartComponent(authenticator).ok());
  testkit::Context context(sdk::IfaceOf<sdk::Authenticator>(&authenticator));

  const Status status = GetParam().run(context);

  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(testkit::StopComponent(authenticator).ok());
}

INSTANTIATE_TEST_SUITE_P(Authenticator, HtpasswdConformance,
                         ::testing::ValuesIn(testkit::AuthenticatorSuite().cases),
                         testkit::CaseName());

}  // namespace
}  // namespace kvs::auth::htpasswd
