// SPDX-License-Identifier: Apache-2.0
#include "token.h"

#include <gtest/gtest.h>

#include "test_issuer.h"

namespace kvs::auth::jwt {
namespace {

std::string Make(std::string_view header, std::string_view claims = "{}",
                 std::string_view signature = "s") {
  return StrCat(Base64Url(header), ".", Base64Url(claims), ".", Base64Url(signature));
}

TEST(TokenTest, TakesTheThreeParts) {
  const std::string text = Make(R"({"alg":"ES256","kid":"k1"})", R"({"sub":"a"})", "sig");

  const auto token = ParseToken(text);

  ASSERT_TRUE(token.ok()) << token.status().ToString();
  EXPECT_EQ(token->algorithm, Algorithm::kEs256);
  EXPECT_EQ(token->key_id, "k1");
  EXPECT_EQ(token->claims, R"({"sub":"a"})");
  EXPECT_EQ(token->signature, "sig");
  EXPECT_EQ(token->signed_part, text.substr(0, text.rfind('.')));
}

TEST(TokenTest, OnlyTwoAlgorithmsExist) {
  for (const char* algorithm :
       {"none", "None", "NONE", "HS256", "HS512", "RS1", "PS256", "RS512", "ES384", "rs256", ""}) {
    EXPECT_FALSE(ParseToken(Make(StrCat(R"({"alg":")", algorithm, "\"}"))).ok()) << algorithm;
  }
  EXPECT_FALSE(ParseToken(Make("{}")).ok());
  EXPECT_FALSE(ParseToken(Make(R"({"alg":1})")).ok());
}

TEST(TokenTest, WhatIsNotUnderstoodIsRefused) {
  EXPECT_FALSE(ParseToken(Make(R"({"alg":"RS256","crit":["b64"],"b64":false})")).ok());
  for (const char* bad : {"", ".", "..", "a.b", "a.b.c.d", "e30.e30.e30", "e30=.e30.e30", "*.*.*"})
    EXPECT_FALSE(ParseToken(bad).ok()) << bad;
  EXPECT_FALSE(ParseToken(Make("[]")).ok());
  EXPECT_FALSE(ParseToken(Make(R"({"alg":"RS256"})", std::string(100'000, ' '))).ok());
}

}  // namespace
}  // namespace kvs::auth::jwt
