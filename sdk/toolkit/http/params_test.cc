// SPDX-License-Identifier: Apache-2.0
// Query strings and forms: repetition, escapes, precedence of the body, and what is refused.
#include "kvs/http/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/http/url.h"

namespace kvs::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParamsTest, UnescapesNamesAndValues) {
  const auto params = Params::Parse("match%5B%5D=up%7Bjob%3D%22a+b%22%7D&x=");

  ASSERT_TRUE(params.ok());
  EXPECT_EQ(params->Get("match[]"), "up{job=\"a b\"}");
  EXPECT_TRUE(params->Has("x"));
  EXPECT_EQ(params->Get("x"), "");
  EXPECT_FALSE(params->Has("y"));
}

TEST(ParamsTest, KeepsEveryValueOfARepeatedNameInOrder) {
  const auto params = Params::Parse("m=a&n=x&m=b&&m=c");

  ASSERT_TRUE(params.ok());
  EXPECT_THAT(params->All("m"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(params->All("none"), IsEmpty());
}

TEST(ParamsTest, TheBodysValuesComeBeforeTheUrls) {
  const auto params = Params::Parse("q=url&only=url", "q=body");

  ASSERT_TRUE(params.ok());
  EXPECT_THAT(params->All("q"), ElementsAre("body", "url"));
  EXPECT_EQ(params->Get("only"), "url");
}

TEST(ParamsTest, ANameWithoutEqualsHasTheEmptyValue) {
  const auto params = Params::Parse("flag");

  ASSERT_TRUE(params.ok());
  EXPECT_TRUE(params->Has("flag"));
}

TEST(ParamsTest, RefusesBrokenEscapesAndSemicolons) {
  EXPECT_EQ(Params::Parse("a=%zz").status().message(), "invalid URL escape \"%zz\"");
  EXPECT_EQ(Params::Parse("a=%4").status().message(), "invalid URL escape \"%4\"");
  EXPECT_EQ(Params::Parse("a=%").status().message(), "invalid URL escape \"%\"");
  EXPECT_EQ(Params::Parse("a=1;b=2").status().message(), "invalid semicolon separator in query");
}

TEST(ParamsTest, AnEscapeAtTheVeryEndIsComplete) {
  const auto params = Params::Parse("a=%41");

  ASSERT_TRUE(params.ok());
  EXPECT_EQ(params->Get("a"), "A");
}

TEST(ParamsTest, RecognisesForms) {
  EXPECT_TRUE(IsFormContentType("application/x-www-form-urlencoded"));
  EXPECT_TRUE(IsFormContentType("Application/X-WWW-Form-Urlencoded; charset=utf-8"));
  EXPECT_FALSE(IsFormContentType("application/x-www-form-urlencodedX"));
  EXPECT_FALSE(IsFormContentType("application/json"));
}

TEST(UrlTest, EscapingAndUnescapingAreInverse) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  std::string back;

  ASSERT_TRUE(AppendUnescaped(Escape(all), PlusSign::kLiteral, back).ok());

  EXPECT_EQ(back, all);
}

TEST(UrlTest, APlusInAPathStaysAPlus) {
  std::string out;

  ASSERT_TRUE(AppendUnescaped("a+b", PlusSign::kLiteral, out).ok());

  EXPECT_EQ(out, "a+b");
}

}  // namespace
}  // namespace kvs::http
