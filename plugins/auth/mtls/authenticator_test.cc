// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::auth::mtls {
namespace {

class CertificateTest : public ::testing::Test {
 protected:
  CertificateTest() {
    config_.grants_file = folder_.path() + "/grants.yaml";
    testkit::WriteFile(config_.grants_file, R"(
grants:
  - {subjects: ["CN=agent,O=team-a"], tenants: [a], rights: [write]}
  - {subjects: ["URI:spiffe://mesh/ns/b/*"], tenants: [b], rights: [read]}
)");
    authenticator_ = std::make_unique<CertificateAuthenticator>(host_.host(), config_);
    EXPECT_TRUE(testkit::StartComponent(*authenticator_).ok());
  }
  ~CertificateTest() override { EXPECT_TRUE(testkit::StopComponent(*authenticator_).ok()); }
  // Subject and tenant, or the name of the error.
  std::string Identify(std::string_view subject, std::vector<std::string> names = {}) {
    auto in = sdk::Record<kvs_credentials_t>();
    std::vector<kvs_str_t> raw;
    for (const std::string& name : names) raw.push_back(sdk::Str(name));
    in.peer_subject = sdk::Str(subject);
    in.peer_names = raw.data();
    in.n_peer_names = raw.size();
    const sdk::AuthenticatorRef ref(sdk::IfaceOf<sdk::Authenticator>(authenticator_.get()));
    sdk::Owned<kvs_identity_t> out;
    const Status status = sdk::Await(ref.identify(), sdk::OwnedCall(""), &in, out.out());
    return status.ok() ? StrCat(sdk::View(out->subject), " ", sdk::View(out->tenants[0]))
                       : StatusCodeName(status.code());
  }

  testkit::TestHost host_{{.manual_clock = true}};
  const testkit::TempDir folder_;
  Config config_;
  std::unique_ptr<CertificateAuthenticator> authenticator_;
};

TEST_F(CertificateTest, SubjectsAndAlternativeNamesAreLookedUp) {
  EXPECT_EQ(Identify("CN=agent,O=team-a"), "CN=agent,O=team-a a");
  EXPECT_EQ(Identify("CN=x", {"DNS:x", "URI:spiffe://mesh/ns/b/agent"}), "CN=x b");
  EXPECT_EQ(Identify("", {"URI:spiffe://mesh/ns/b/agent"}), "URI:spiffe://mesh/ns/b/agent b");
}

TEST_F(CertificateTest, OthersAreLeftToTheNextAuthenticator) {
  EXPECT_EQ(Identify("CN=agent,O=team-b"), "UNAUTHENTICATED");
  EXPECT_EQ(Identify("CN=agent\\,O=team-a"), "UNAUTHENTICATED");
  EXPECT_EQ(Identify("CN=spiffe://mesh/ns/b/agent", {"DNS:spiffe://mesh/ns/b/agent"}),
            "UNAUTHENTICATED");
  EXPECT_EQ(Identify(""), "UNAUTHENTICATED");
  EXPECT_EQ(host_.metrics().Value("kvs_auth_mtls_unknown_total"), 3);
}

TEST_F(CertificateTest, AChangedFileCounts) {
  testkit::WriteFile(config_.grants_file, "grants: []");
  host_.Advance(10'000);
  EXPECT_EQ(Identify("CN=agent,O=team-a"), "UNAUTHENTICATED");
}

}  // namespace
}  // namespace kvs::auth::mtls
