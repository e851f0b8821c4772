// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "test_issuer.h"

namespace kvs::auth::jwt {
namespace {

using ::testing::HasSubstr;

class JwtTest : public ::testing::Test {
 protected:
  JwtTest() {
    config_.issuer = "https://id.example.com";
    config_.audiences = {"kvasir", "metrics"};
    config_.keys_file = folder_.path() + "/keys.json";
    config_.tenants_claim = "tenants";
    testkit::WriteFile(config_.keys_file, Issuer().KeySet());
  }
  ~JwtTest() override {
    if (authenticator_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*authenticator_).ok());
  }
  static const TestIssuer& Issuer() {
    static const TestIssuer* const kIssuer = new TestIssuer;
    return *kIssuer;
  }
  void Start() {
    authenticator_ = std::make_unique<JwtAuthenticator>(host_.host(), config_);
    ASSERT_EQ(testkit::StartComponent(*authenticator_).ToString(), "OK");
  }
  // Claims that are good, but for those given instead.
  std::string Claims(std::string_view more = "", int64_t exp = 0,
                     std::string_view iss = "https://id.example.com",
                     std::string_view aud = "\"kvasir\"") const {
    return StrCat(R"({"sub":"alice","iss":")", iss, R"(","aud":)", aud, R"(,"exp":)",
                  exp != 0 ? exp : host_.now_ms() / 1000 + 60,
                  R"(,"tenants":["a","b"],"scope":"openid kvasir:read")", more, "}");
  }
  // Subject, rights and tenants, or the name of the error.
  std::string Identify(std::string_view token) {
    const std::string header = StrCat("Bearer ", token);
    auto in = sdk::Record<kvs_credentials_t>();
    in.authorization = sdk::Str(header);
    const sdk::AuthenticatorRef ref(sdk::IfaceOf<sdk::Authenticator>(authenticator_.get()));
    sdk::Owned<kvs_identity_t> out;
    const Status status = sdk::Await(ref.identify(), sdk::OwnedCall(""), &in, out.out());
    if (!status.ok()) return StatusCodeName(status.code());
    std::string text = StrCat(sdk::View(out->subject), " ", out->rights);
    for (uint64_t i = 0; i < out->n_tenants; ++i) StrAppend(text, " ", sdk::View(out->tenants[i]));
    return text;
  }
  double Refused(std::string_view reason) {
    return host_.metrics().Value("kvs_auth_jwt_refused_total", {{"reason", std::string(reason)}});
  }

  testkit::TestHost host_{{.manual_clock = true}};
  const testkit::TempDir folder_;
  Config config_;
  std::unique_ptr<JwtAuthenticator> authenticator_;
};

TEST_F(JwtTest, GoodTokensGetWhatTheirClaimsSay) {
  Start();
  EXPECT_EQ(Identify(Issuer().Rs256(Claims())), "alice 1 a b");
  EXPECT_EQ(Identify(Issuer().Es256(Claims())), "alice 1 a b");
  EXPECT_EQ(Identify(Issuer().Es256(Claims("", 0, config_.issuer, R"(["x","metrics"])"))),
            "alice 1 a b");
}

TEST_F(JwtTest, EachClaimIsJudged) {
  Start();
  const int64_t now = host_.now_ms() / 1000;
  EXPECT_EQ(Identify(Issuer().Rs256(Claims("", now - 29))), "alice 1 a b") << "within the leeway";
  EXPECT_EQ(Identify(Issuer().Rs256(Claims("", now - 31))), "UNAUTHENTICATED");
  EXPECT_EQ(Refused("expired"), 1);
  EXPECT_EQ(Identify(Issuer().Rs256(Claims(StrCat(R"(,"nbf":)", now + 31)))), "UNAUTHENTICATED");
  EXPECT_EQ(Refused("not_yet"), 1);
  EXPECT_EQ(Identify(Issuer().Rs256(Claims("", 0, "https://id.example.com/"))), "UNAUTHENTICATED");
  EXPECT_EQ(Refused("issuer"), 1);
  EXPECT_EQ(Identify(Issuer().Rs256(Claims("", 0, config_.issuer, "\"other\""))),
            "UNAUTHENTICATED");
  EXPECT_EQ(Refused("audience"), 1);
  EXPECT_EQ(
      Identify(Issuer().Rs256(R"({"sub":"alice","iss":"https://id.example.com","aud":"kvasir"})")),
      "UNAUTHENTICATED");
  EXPECT_EQ(Identify(Issuer().Rs256(
                R"({"sub":"alice","iss":"https://id.example.com","aud":"kvasir","exp":"later"})")),
            "UNAUTHENTICATED");
  EXPECT_EQ(Refused("expired"), 3) << "without an end, or with one that is no number";
  EXPECT_EQ(Identify(Issuer().Rs256("no json")), "UNAUTHENTICATED");
  EXPECT_EQ(Refused("malformed"), 1);
}

TEST_F(JwtTest, SomebodyElsesSignatureIsNone) {
  Start();
  const TestIssuer stranger;
  EXPECT_EQ(Identify(stranger.Rs256(Claims())), "UNAUTHENTICATED");
  EXPECT_EQ(Identify(stranger.Es256(Claims())), "UNAUTHENTICATED");
  EXPECT_EQ(Refused("signature"), 2);
  EXPECT_EQ(Identify(Issuer().Rs256(Claims(), R"({"alg":"RS256","kid":"other"})")),
            "UNAUTHENTICATED");
  EXPECT_EQ(Refused("unknown_key"), 1);
}

TEST_F(JwtTest, GrantsComeBeforeClaims) {
  config_.grants_file = folder_.path() + "/grants.yaml";
  testkit::WriteFile(config_.grants_file, R"(
grants:
  - {subjects: ["group:ops"], tenants: ["*"], rights: [read, write, admin]}
  - {subjects: ["bob"], tenants: [c], rights: [write]}
)");
  Start();
  EXPECT_EQ(Identify(Issuer().Rs256(Claims(R"(,"groups":["dev","ops"])"))), "alice 7 *");
  EXPECT_EQ(Identify(Issuer().Rs256(Claims(R"(,"groups":["dev"])"))), "alice 1 a b");
  config_.subject_claim = "email";
  EXPECT_TRUE(testkit::StopComponent(*authenticator_).ok());
  Start();
  EXPECT_EQ(Identify(Issuer().Rs256(Claims(R"(,"email":"bob")"))), "bob 2 c");
  EXPECT_EQ(Identify(Issuer().Rs256(Claims(R"(,"email":"group:ops")"))), "group:ops 1 a b")
      << "a name is no group";
}

TEST_F(JwtTest, ClaimsMayStandBelowOthers) {
  config_.tenants_claim = "https://kvasir.example.com/tenants";
  config_.rights_claim = "realm_access.roles";
  Start();
  EXPECT_EQ(
      Identify(Issuer().Rs256(Claims(
          R"(,"https://kvasir.example.com/tenants":"x","realm_access":{"roles":["kvasir:write","other"]})"))),
      "alice 2 x");
  EXPECT_EQ(Identify(Issuer().Rs256(Claims())), "PERMISSION_DENIED")
      << "known, and granted nothing";
}

TEST_F(JwtTest, KeysAreFetchedAndFoundByDiscovery) {
  std::mutex mutex;
  std::string address, key_set;  // Guarded by mutex. An empty key set: the provider is away.
  testkit::HttpStub stub([&](const testkit::HttpStub::Request& request) {
    const std::lock_guard lock(mutex);
    testkit::HttpStub::Answer answer;
    if (request.path() == "/keys") {
      answer.code = key_set.empty() ? 503 : 200;
      answer.body = key_set;
    } else {
      answer.body = StrCat(R"({"issuer":"http://)", address, R"(","jwks_uri":"http://)", address,
                           R"(/keys"})");
    }
    return answer;
  });
  const auto publish = [&](std::string keys) {
    const std::lock_guard lock(mutex);
    address = stub.address();
    key_set = std::move(keys);
  };
  publish("");
  config_.keys_file.clear();
  config_.issuer = StrCat("http://", stub.address());
  Start();
  const std::string token = Issuer().Rs256(Claims("", 0, config_.issuer));
  EXPECT_EQ(Identify(token), "UNAVAILABLE");
  host_.Advance(1);
  EXPECT_EQ(Identify(token), "UNAVAILABLE");
  publish(Issuer().KeySet());
  host_.Advance(40'000);
  EXPECT_EQ(Identify(token), "alice 1 a b");
  EXPECT_EQ(host_.health(), KVS_HEALTH_READY);

  // Keys are turned: a token that names a new one makes it come early.
  const TestIssuer next;
  publish(StrCat(R"({"keys":[)", next.RsaJwk("next"), "]}"));
  const auto turned = [&] {
    return next.Rs256(Claims("", 0, config_.issuer), R"({"alg":"RS256","kid":"next"})");
  };
  EXPECT_EQ(Identify(turned()), "UNAUTHENTICATED");
  host_.Advance(40'000);
  EXPECT_EQ(Identify(turned()), "alice 1 a b");
}

TEST_F(JwtTest, KeysComeFromWhereNobodyCanChangeThem) {
  const auto validate = [this](std::string_view url) {
    Config config = config_;
    config.keys_file.clear();
    config.keys_url = url;
    return config.Validate();
  };
  EXPECT_TRUE(validate("https://id.example.com/keys").ok());
  EXPECT_TRUE(validate("http://127.0.0.1:1/keys").ok());
  EXPECT_FALSE(validate("http://id.example.com/keys").ok());
  EXPECT_FALSE(validate("http://127.0.0.1.example.com/keys").ok());
  EXPECT_FALSE(validate("file:///etc/passwd").ok());
  config_.tenants_claim.clear();
  EXPECT_THAT(config_.Validate().message(), HasSubstr("granted anything"));
}

}  // namespace
}  // namespace kvs::auth::jwt
