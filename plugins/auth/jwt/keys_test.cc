// SPDX-License-Identifier: Apache-2.0
#include "keys.h"

#include <gtest/gtest.h>

#include "test_issuer.h"

namespace kvs::auth::jwt {
namespace {

using Verdict = Keys::Verdict;

class KeysTest : public ::testing::Test {
 protected:
  static const TestIssuer& Issuer() {
    static const TestIssuer* const kIssuer = new TestIssuer;
    return *kIssuer;
  }
  static Verdict Verify(const std::string& key_set, const std::string& text) {
    const auto keys = Keys::Parse(key_set);
    const auto token = ParseToken(text);
    EXPECT_TRUE(keys.ok()) << keys.status().ToString();
    EXPECT_TRUE(token.ok()) << token.status().ToString();
    return (*keys)->Verify(*token);
  }
};

TEST_F(KeysTest, BothAlgorithmsVerify) {
  EXPECT_EQ(Verify(Issuer().KeySet(), Issuer().Rs256("{}")), Verdict::kGood);
  EXPECT_EQ(Verify(Issuer().KeySet(), Issuer().Es256("{}")), Verdict::kGood);
  EXPECT_EQ(Verify(Issuer().KeySet(), Issuer().Rs256("{}", R"({"alg":"RS256"})")), Verdict::kGood)
      << "without a kid";
}

TEST_F(KeysTest, AChangedTokenDoesNot) {
  for (std::string text :
       {Issuer().Rs256(R"({"sub":"alice"})"), Issuer().Es256(R"({"sub":"alice"})")}) {
    const size_t dot = text.find('.');
    const std::string evil = StrCat(text.substr(0, dot + 1), Base64Url(R"({"sub":"admin"})"),
                                    text.substr(text.rfind('.')));
    EXPECT_EQ(Verify(Issuer().KeySet(), evil), Verdict::kBad);
    text[text.size() - 20] = text[text.size() - 20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(Verify(Issuer().KeySet(), text), Verdict::kBad);
  }
}

TEST_F(KeysTest, ATokenDoesNotChooseWhatAKeyIsUsedFor) {
  // Signed with one key, and naming the other.
  EXPECT_EQ(Verify(Issuer().KeySet(), Issuer().Rs256("{}", R"({"alg":"ES256","kid":"rsa"})")),
            Verdict::kBad);
  EXPECT_EQ(Verify(Issuer().KeySet(), Issuer().Rs256("{}", R"({"alg":"RS256","kid":"ec"})")),
            Verdict::kBad);
  EXPECT_EQ(Verify(Issuer().KeySet(), Issuer().Es256("{}", R"({"alg":"RS256","kid":"ec"})")),
            Verdict::kBad);
  EXPECT_EQ(Verify(Issuer().KeySet(), Issuer().Es256("{}", R"({"alg":"RS256"})")), Verdict::kBad);
}

TEST_F(KeysTest, AnEmptySignatureIsNone) {
  const std::string text = Issuer().Es256("{}");
  EXPECT_EQ(Verify(Issuer().KeySet(), text.substr(0, text.rfind('.') + 1)), Verdict::kBad);
  EXPECT_EQ(Verify(Issuer().KeySet(),
                   text.substr(0, text.rfind('.') + 1) + Base64Url(std::string(64, '\0'))),
            Verdict::kBad);
}

TEST_F(KeysTest, AnUnknownKeyIsToldApart) {
  EXPECT_EQ(Verify(Issuer().KeySet(), Issuer().Rs256("{}", R"({"alg":"RS256","kid":"new"})")),
            Verdict::kUnknownKey);
}

TEST_F(KeysTest, KeysForOtherPurposesAreLeftOut) {
  const auto parse = [](std::string_view key) {
    return Keys::Parse(StrCat(R"({"keys":[)", key, "]}")).ok();
  };
  EXPECT_TRUE(parse(Issuer().EcJwk()));
  EXPECT_FALSE(parse(Issuer().EcJwk("e", R"(,"use":"enc")")));
  EXPECT_FALSE(parse(Issuer().EcJwk("e", R"(,"alg":"ES384")")));
  EXPECT_FALSE(parse(Issuer().RsaJwk("r", R"(,"alg":"RSA-OAEP")")));
  EXPECT_FALSE(parse(TestIssuer(1024).RsaJwk())) << "too weak";
  EXPECT_FALSE(parse(R"({"kty":"oct","k":"c2VjcmV0","kid":"rsa"})"));
  EXPECT_FALSE(parse(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})"));
  EXPECT_FALSE(Keys::Parse("[]").ok());
  EXPECT_FALSE(Keys::Parse("{").ok());
  EXPECT_FALSE(Keys::Parse(R"({"keys":[1,null]})").ok());
}

TEST_F(KeysTest, APointThatIsNotOnTheCurveIsNoKey) {
  const std::string x = Base64Url(std::string(32, '\1'));
  EXPECT_FALSE(Keys::Parse(StrCat(R"({"keys":[{"kty":"EC","crv":"P-256","x":")", x, R"(","y":")", x,
                                  "\"}]}"))
                   .ok());
}

}  // namespace
}  // namespace kvs::auth::jwt
