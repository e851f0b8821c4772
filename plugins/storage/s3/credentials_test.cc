// SPDX-License-Identifier: Apache-2.0
// Who signs: what the configuration and the environment say, and roles that are assumed.
#include "credentials.h"

#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/store_client.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "backend.h"

namespace kvs::storage::s3 {
namespace {

using Variables = std::map<std::string, std::string>;

Environment Having(Variables variables) {
  return [variables](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
}

const Variables kKeys{{"AWS_ACCESS_KEY_ID", "env-id"},
                      {"AWS_SECRET_ACCESS_KEY", "env-secret"},
                      {"AWS_SESSION_TOKEN", "env-token"}};
const Variables kRole{{"AWS_ROLE_ARN", "arn:env"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/env/token"}};

TEST(PlanCredentialsTest, TheConfigurationComesFirst) {
  Config config;
  config.access_key_id = "id";
  config.secret_access_key.value = "secret";

  EXPECT_EQ(PlanCredentials(config, "r", Having(kKeys))->fixed->access_key_id, "id");
}

TEST(PlanCredentialsTest, KeysOfTheEnvironmentComeBeforeARoleOfIt) {
  Variables both = kKeys;
  both.insert(kRole.begin(), kRole.end());

  const auto plan = PlanCredentials(Config(), "r", Having(both));

  ASSERT_TRUE(plan->fixed.has_value());
  EXPECT_EQ(plan->fixed->session_token, "env-token");
}

TEST(PlanCredentialsTest, ARoleThatIsConfiguredComesBeforeKeysOfTheEnvironment) {
  Variables both = kKeys;
  both.insert(kRole.begin(), kRole.end());
  Config config;
  config.role_arn = "arn:mine";

  const auto plan = PlanCredentials(config, "eu-west-1", Having(both));

  EXPECT_FALSE(plan->fixed.has_value());
  EXPECT_EQ(plan->role_arn, "arn:mine");
  EXPECT_EQ(plan->token_file, "/env/token");
  EXPECT_EQ(plan->sts_url, "https://sts.eu-west-1.amazonaws.com/");
}

TEST(PlanCredentialsTest, WithoutAnyTheStoreDoesNotStart) {
  EXPECT_EQ(PlanCredentials(Config(), "r", Having({})).status().code(),
            StatusCode::kFailedPrecondition);
}

// A store and an STS behind one address.
class AssumedRoleTest : public ::testing::Test {
 protected:
  testkit::HttpStub::Answer Answer(const testkit::HttpStub::Request& request) {
    if (request.target == "/") {
      const int n = ++assumed_;
      if (sts_code_ != 200)
        return {.code = sts_code_,
                .body = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"};
      return {.body =
                  StrCat("<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><"
                         "Credentials><AccessKeyId>ID",
                         n, "</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>TOKEN",
                         n, "</SessionToken><Expiration>", expiration_,
                         "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></"
                         "AssumeRoleWithWebIdentityResponse>")};
    }
    if (request.header("x-amz-security-token") == refused_token_)
      return {.code = 400, .body = "<Error><Code>ExpiredToken</Code></Error>"};
    return {.body = request.header("x-amz-security-token")};
  }
  void SetUp() override {
    testkit::WriteFile(dir_.path() + "/token", "the-web-identity\n");
    Config config;
    config.endpoint = "http://" + server_.address();
    config.sts_endpoint = "http://" + server_.address();
    config.bucket_name = "b";
    config.role_arn = "arn:aws:iam::1:role/r";
    config.web_identity_token_file = dir_.path() + "/token";
    config.min_backoff.ms = 1;
    config.max_attempts = 2;
    store_ = std::make_unique<Backend>(host_.host(), config, Having({}));
    ASSERT_TRUE(testkit::StartComponent(*store_).ok());
  }
  void TearDown() override { EXPECT_TRUE(testkit::StopComponent(*store_).ok()); }
  StatusOr<std::string> Get() {
    return testkit::StoreClient(sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(store_.get())))
        .Get("k");
  }

  testkit::TempDir dir_;
  std::atomic<int> assumed_{0};
  std::string expiration_ = "2999-01-01T00:00:00Z";
  std::string refused_token_ = "none";
  int sts_code_ = 200;
  testkit::TestHost host_{{.manual_clock = true}};
  testkit::HttpStub server_{[this](const auto& request) { return Answer(request); }};
  std::unique_ptr<Backend> store_;
};

TEST_F(AssumedRoleTest, IsAssumedOnceForManyRequests) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([this] { EXPECT_EQ(*Get(), "TOKEN1"); });
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(assumed_, 1);
  const auto requests = server_.requests();
  ASSERT_FALSE(requests.empty());
  EXPECT_EQ(requests[0].body,
            "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
            "RoleSessionName=kvasir&"
            "Version=2011-06-15&WebIdentityToken=the-web-identity");
}

TEST_F(AssumedRoleTest, IsAssumedAnewWhenTheStoreSaysThatItExpired) {
  refused_token_ = "TOKEN1";

  EXPECT_EQ(*Get(), "TOKEN2");
  EXPECT_EQ(assumed_, 2);
}

TEST_F(AssumedRoleTest, IsAssumedAnewBeforeItEnds) {
  expiration_ = AmzDate(host_.now_ms() + 31'000);  // Usable for a second, and never fresh.
  expiration_ = expiration_.substr(0, 4) + "-" + expiration_.substr(4, 2) + "-" +
                expiration_.substr(6, 5) + ":" + expiration_.substr(11, 2) + ":" +
                expiration_.substr(13);

  ASSERT_EQ(*Get(), "TOKEN1");
  ASSERT_EQ(*Get(), "TOKEN1");
  EXPECT_EQ(assumed_, 1);
  host_.Advance(3'000);

  IgnoreError(Get().status(), "it begins the renewal, or waits for it");
  while (assumed_ < 2) std::this_thread::yield();
}

TEST_F(AssumedRoleTest, ARefusalIsToldWithoutTheToken) {
  sts_code_ = 403;

  const Status status = Get().status();

  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(status.message().find("the-web-identity"), std::string::npos);
  for (const auto& line : host_.logs()) {
    for (const auto& [name, value] : line.pairs)
      EXPECT_EQ(value.find("the-web-identity"), std::string::npos);
  }
}

}  // namespace
}  // namespace kvs::storage::s3
