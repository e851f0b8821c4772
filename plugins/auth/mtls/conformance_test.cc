// SPDX-License-Identifier: Apache-2.0
// auth.mtls against the suite of its port.
#include <gtest/gtest.h>

#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "authenticator.h"

namespace kvs::auth::mtls {
namespace {

class CertificateConformance : public ::testing::TestWithParam<testkit::Case> {};

TEST_P(CertificateConformance, Holds) {
  testkit::TestHost host;
  const testkit::TempDir folder;
  Config config;
  config.grants_file = folder.path() + "/grants.yaml";
  testkit::WriteFile(config.grants_file,
                     "grants: [{subjects: ['CN=agent,*'], tenants: '*', rights: read}]");
  CertificateAuthenticator authenticator(host.host(), config);
  ASSERT_TRUE(testkit::StartComponent(authenticator).ok());
  testkit::Context context(sdk::IfaceOf<sdk::Authenticator>(&authenticator));

  const Status status = GetParam().run(context);

  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(testkit::StopComponent(authenticator).ok());
}

INSTANTIATE_TEST_SUITE_P(Authenticator, CertificateConformance,
                         ::testing::ValuesIn(testkit::AuthenticatorSuite().cases),
                         testkit::CaseName());

}  // namespace
}  // namespace kvs::auth::mtls
