// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::auth::htpasswd {
namespace {

using ::testing::HasSubstr;

// Of "foo"; bcrypt with the least rounds.
constexpr const char* kFoo = "$2y$05$abcdefghijklmnopqrstuuz29TNT43FrbrkSgusq0SUVtGQkhH2mm";
constexpr const char* kGrants = "grants: [{subjects: [alice], tenants: [a], rights: [read]}]";

class HtpasswdTest : public ::testing::Test {
 protected:
  HtpasswdTest() {
    config_.users_file = folder_.path() + "/users";
    config_.grants_file = folder_.path() + "/grants.yaml";
  }
  ~HtpasswdTest() override {
    if (authenticator_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*authenticator_).ok());
  }
  Status Start(std::string_view users, std::string_view grants) {
    testkit::WriteFile(config_.users_file, users);
    testkit::WriteFile(config_.grants_file, grants);
    auto authenticator = std::make_unique<HtpasswdAuthenticator>(host_.host(), config_);
    KVS_RETURN_IF_ERROR(testkit::StartComponent(*authenticator));
    authenticator_ = std::move(authenticator);
    return OkStatus();
  }
  // The subject, or the name of the error. `pair` is base64.
  std::string Identify(std::string_view pair) {
    const std::string header = StrCat("Basic ", pair);
    auto in = sdk::Record<kvs_credentials_t>();
    in.authorization = sdk::Str(header);
    const sdk::AuthenticatorRef ref(sdk::IfaceOf<sdk::Authenticator>(authenticator_.get()));
    const Status status = sdk::Await(ref.identify(), sdk::OwnedCall(""), &in, identity_.out());
    return status.ok() ? sdk::Text(identity_->subject) : StatusCodeName(status.code());
  }

  testkit::TestHost host_{{.manual_clock = true}};
  const testkit::TempDir folder_;
  Config config_;
  std::unique_ptr<HtpasswdAuthenticator> authenticator_;
  sdk::Owned<kvs_identity_t> identity_;
};

constexpr const char* kAliceFoo = "YWxpY2U6Zm9v";
constexpr const char* kAliceBar = "YWxpY2U6YmFy";
constexpr const char* kBobFoo = "Ym9iOmZvbw==";
constexpr const char* kEveFoo = "ZXZlOmZvbw==";

TEST_F(HtpasswdTest, KnowsNamesWithTheirPasswords) {
  ASSERT_EQ(Start(StrCat("# people\nalice:", kFoo, "\r\nbob:", kFoo, "\n\n"), kGrants).ToString(),
            "OK");

  EXPECT_EQ(Identify(kAliceFoo), "alice");
  EXPECT_EQ(identity_->rights, uint32_t{KVS_RIGHT_READ});
  EXPECT_EQ(Identify(kAliceBar), "UNAUTHENTICATED");
  EXPECT_EQ(Identify(kEveFoo), "UNAUTHENTICATED");
  EXPECT_EQ(Identify(kBobFoo), "PERMISSION_DENIED") << "nothing is granted to bob";
  EXPECT_EQ(Identify("!"), "UNAUTHENTICATED");
  EXPECT_EQ(host_.metrics().Value("kvs_auth_htpasswd_wrong_total"), 3);
}

TEST_F(HtpasswdTest, WhatWasRightIsRememberedForAWhile) {
  ASSERT_EQ(Start(StrCat("alice:", kFoo), kGrants).ToString(), "OK");
  const auto checks = [this] { return host_.metrics().Value("kvs_auth_htpasswd_checks_total"); };

  for (int i = 0; i < 5; ++i) EXPECT_EQ(Identify(kAliceFoo), "alice");
  EXPECT_EQ(checks(), 1);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Identify(kAliceBar), "UNAUTHENTICATED");
  EXPECT_EQ(checks(), 3) << "what was wrong is not remembered";
  host_.Advance(config_.remember.ms + 1);
  EXPECT_EQ(Identify(kAliceFoo), "alice");
  EXPECT_EQ(checks(), 4);
}

TEST_F(HtpasswdTest, AChangedPasswordCountsAtOnce) {
  ASSERT_EQ(Start(StrCat("alice:", kFoo), kGrants).ToString(), "OK");
  EXPECT_EQ(Identify(kAliceFoo), "alice");

  testkit::WriteFile(config_.users_file, "alice:{SHA}Ys23Ag/5IOWqZCw9QGaVDdHwH00=\n");
  host_.Advance(10'000);

  EXPECT_EQ(Identify(kAliceFoo), "UNAUTHENTICATED");
  EXPECT_EQ(Identify(kAliceBar), "alice");
}

TEST_F(HtpasswdTest, ABadFileStopsTheStart) {
  EXPECT_THAT(Start("alice", kGrants).message(), HasSubstr("users: line 1"));
  EXPECT_THAT(Start("alice:plain", kGrants).message(),
              HasSubstr("users: line 1: the password is hashed in no way"));
  EXPECT_THAT(Start("# x\nalice:$apr1$x$y", kGrants).message(), HasSubstr("users: line 2: MD5"));
  EXPECT_THAT(Start(StrCat("alice:", kFoo, "\nalice:", kFoo), kGrants).message(),
              HasSubstr("twice"));
  EXPECT_THAT(Start(StrCat("alice:", kFoo), "grants: x").message(), HasSubstr("grants: line 1"));
}

}  // namespace
}  // namespace kvs::auth::htpasswd
