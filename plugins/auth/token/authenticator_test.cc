// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::auth::token {
namespace {

using ::testing::HasSubstr;

class TokenTest : public ::testing::Test {
 protected:
  TokenTest() { config_.tokens_file = folder_.path() + "/tokens.yaml"; }
  ~TokenTest() override {
    if (authenticator_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*authenticator_).ok());
  }
  Status Start(std::string_view yaml) {
    testkit::WriteFile(config_.tokens_file, yaml);
    auto authenticator = std::make_unique<TokenAuthenticator>(host_.host(), config_);
    KVS_RETURN_IF_ERROR(testkit::StartComponent(*authenticator));
    authenticator_ = std::move(authenticator);
    return OkStatus();
  }
  // The subject, or the name of the error.
  std::string Identify(std::string_view authorization) {
    auto in = sdk::Record<kvs_credentials_t>();
    in.authorization = sdk::Str(authorization);
    const sdk::AuthenticatorRef ref(sdk::IfaceOf<sdk::Authenticator>(authenticator_.get()));
    const Status status = sdk::Await(ref.identify(), sdk::OwnedCall(""), &in, identity_.out());
    return status.ok() ? sdk::Text(identity_->subject) : StatusCodeName(status.code());
  }

  testkit::TestHost host_{{.manual_clock = true}};
  const testkit::TempDir folder_;
  Config config_;
  std::unique_ptr<TokenAuthenticator> authenticator_;
  sdk::Owned<kvs_identity_t> identity_;
};

// The digest is that of "correct horse battery staple".
constexpr const char* kTokens = R"(
tokens:
  - subject: grafana
    token: 0123456789abcdef
    tenants: [a, "b-*"]
    rights: [read]
    matchers: '{env="prod"}'
  - subject: agent
    sha256: c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a
    tenants: a
    rights: write
)";

TEST_F(TokenTest, KnowsPlainAndHashedTokens) {
  ASSERT_EQ(Start(kTokens).ToString(), "OK");

  EXPECT_EQ(Identify("Bearer 0123456789abcdef"), "grafana");
  EXPECT_EQ(identity_->rights, uint32_t{KVS_RIGHT_READ});
  EXPECT_EQ(identity_->n_tenants, 2u);
  EXPECT_EQ(identity_->matchers.n, 1u);
  EXPECT_EQ(Identify("bearer correct horse battery staple"), "agent");
  EXPECT_EQ(identity_->rights, uint32_t{KVS_RIGHT_WRITE});
}

TEST_F(TokenTest, RefusesAllOthers) {
  ASSERT_EQ(Start(kTokens).ToString(), "OK");

  for (const char* other :
       {"", "Bearer", "Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Basic 0123456789abcdef",
        "Bearer c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a"}) {
    EXPECT_EQ(Identify(other), "UNAUTHENTICATED") << other;
  }
  EXPECT_EQ(host_.metrics().Value("kvs_auth_token_unknown_total"), 3);
}

TEST_F(TokenTest, AChangedFileCountsAndABrokenOneDoesNot) {
  ASSERT_EQ(Start(kTokens).ToString(), "OK");

  testkit::WriteFile(config_.tokens_file,
                     "tokens: [{subject: new, tenants: a, rights: read, token: fedcba9876543210}]");
  host_.Advance(10'000);
  EXPECT_EQ(Identify("Bearer fedcba9876543210"), "new");
  EXPECT_EQ(Identify("Bearer 0123456789abcdef"), "UNAUTHENTICATED");

  testkit::WriteFile(config_.tokens_file, "tokens: [");
  host_.Advance(10'000);
  EXPECT_EQ(Identify("Bearer fedcba9876543210"), "new");
  EXPECT_TRUE(host_.Logged("a changed file cannot be used"));
  EXPECT_EQ(
      host_.metrics().Value("kvs_reload_successful", {{"component", "test"}, {"what", "tokens"}}),
      0);
}

TEST_F(TokenTest, ABadFileStopsTheStart) {
  EXPECT_THAT(Start("tokens: [{subject: a, tenants: a, rights: read}]").message(),
              HasSubstr("either token or sha256"));
  EXPECT_THAT(Start("tokens: [{subject: a, tenants: a, rights: read, token: short}]").message(),
              HasSubstr("fewer than 16"));
  EXPECT_THAT(Start("tokens: [{subject: a, tenants: a, rights: read, sha256: 12}]").message(),
              HasSubstr("64 hexadecimal"));
  EXPECT_THAT(Start("tokens: [{subject: a, tenants: a, rights: read, token: 0123456789abcdef},\n"
                    "{subject: b, tenants: a, rights: read, token: 0123456789abcdef}]")
                  .message(),
              HasSubstr("tokens.yaml: line 2: another entry"));
  config_.tokens_file = "/nonexistent";
  TokenAuthenticator authenticator(host_.host(), config_);
  EXPECT_EQ(testkit::StartComponent(authenticator).code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kvs::auth::token
