// SPDX-License-Identifier: Apache-2.0
// Both syntaxes of matchers, what becomes of a text that both can read, and how matchers are shown.
#include "kvs/alerting/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::alerting {
namespace {

std::string Parsed(std::string_view text, Syntax syntax) {
  const StatusOr<Matchers> matchers = ParseMatchers(text, syntax);
  return matchers.ok() ? Format(*matchers) : "error: " + matchers.status().message();
}

struct Case {
  const char* text;
  const char* result;
};

TEST(MatchersTest, TheUtf8SyntaxReads) {
  const Case cases[] = {
      {"", "{}"},
      {"{}", "{}"},
      {"{ }", "{}"},
      {"foo=bar", R"({foo="bar"})"},
      {"{foo=bar,}", R"({foo="bar"})"},
      {"foo = bar , baz!=qux", R"({foo="bar",baz!="qux"})"},
      {R"({foo=~"a.*",bar!~"b|c"})", R"({foo=~"a.*",bar!~"b|c"})"},
      {R"(foo="a \"quoted\" text\n")", R"({foo="a \"quoted\" text\n"})"},
      {R"("with space"=v)", R"({"with space"="v"})"},
      {"f\xF0\x9F\x99\x82=\xF0\x9F\x99\x82", "{f\xF0\x9F\x99\x82=\"\xF0\x9F\x99\x82\"}"},
      {R"(foo="\u263a")", "{foo=\"\xE2\x98\xBA\"}"},
      {"foo=\"\"", R"({foo=""})"},
  };
  for (const Case& c : cases) EXPECT_EQ(Parsed(c.text, Syntax::kUtf8), c.result) << c.text;
}

TEST(MatchersTest, TheUtf8SyntaxRefusesWithColumns) {
  const Case cases[] = {
      {"{", "0:1: end of input: expected close brace"},
      {"}", "0:1: }: expected opening brace"},
      {"{foo=bar", "0:8: end of input: expected close brace"},
      {"foo=bar}", "0:8: }: expected opening brace"},
      {"{foo=bar}}", "9:10: }: expected end of input"},
      {"foo", "end of input: expected an operator such as '=', '!=', '=~' or '!~'"},
      {"=bar", "0:1: unexpected =: expected label name"},
      {"foo=", "end of input: expected label value"},
      {"foo!bar",
       "3:4: !: expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'"},
      {"foo=bar baz", "8:11: unexpected baz: expected a comma or close brace"},
      {"foo=bar,,", "8:9: unexpected ,: expected a matcher or close brace after comma"},
      {"foo=\"bar", "4:8: \"bar: missing end \": expected label value"},
      {R"(foo="\x")", R"(4:8: "\x": invalid input)"},
      {"foo='bar'", "4:5: ': invalid input: expected label value"},
      {"foo=~\"a(\"", "failed to create matcher: error parsing regexp: missing closing ): `a(`"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(Parsed(c.text, Syntax::kUtf8), std::string("error: ") + c.result) << c.text;
}

TEST(MatchersTest, TheClassicSyntaxForgives) {
  const Case cases[] = {
      {"foo=bar", R"({foo="bar"})"},
      {"{foo = bar, dings != \"bums\", }", R"({foo="bar",dings!="bums"})"},
      {"foo=", R"({foo=""})"},
      {"foo=bar baz", R"({foo="bar baz"})"},
      {R"({quote="She said: \"Hi, ladies!\""})", R"({quote="She said: \"Hi, ladies!\""})"},
      {R"(foo="a\d")", R"({foo="a\\d"})"},
      {"foo=bar\\", R"({foo="bar\\"})"},
      {"foo=\"a,b\",c=d", R"({foo="a,b",c="d"})"},
      {"statuscode=~\"5..\"", R"({statuscode=~"5.."})"},
      {"foo=bar}", R"({foo="bar"})"},
  };
  for (const Case& c : cases) EXPECT_EQ(Parsed(c.text, Syntax::kClassic), c.result) << c.text;
}

TEST(MatchersTest, TheClassicSyntaxRefuses) {
  const Case cases[] = {
      {"foo", "bad matcher format: foo"},
      {",foo=bar", "bad matcher format: "},
      {"1foo=bar", "bad matcher format: 1foo=bar"},
      {R"(foo="bar)", R"(matcher value contains unescaped double quote: "bar)"},
      {R"(foo=b"ar")", R"(matcher value contains unescaped double quote: b"ar")"},
      {"foo=\xff", "matcher value not valid UTF-8: \xff"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(Parsed(c.text, Syntax::kClassic), std::string("error: ") + c.result) << c.text;
}

TEST(MatchersTest, WhereBothReadTheClassicMeaningHolds) {
  EXPECT_EQ(Parsed(R"(foo="\u263a")", Syntax::kBoth), R"({foo="\\u263a"})");
  EXPECT_EQ(Parsed(R"("with space"=v)", Syntax::kBoth), R"({"with space"="v"})");
  EXPECT_EQ(Parsed("foo=bar baz", Syntax::kBoth), R"({foo="bar baz"})");
  EXPECT_EQ(Parsed("foo", Syntax::kBoth), "error: bad matcher format: foo");
}

TEST(MatchersTest, OneMatcherIsExactlyOne) {
  EXPECT_EQ(Format(*ParseMatcher("a=b")), R"(a="b")");
  EXPECT_EQ(ParseMatcher("{a=b}").status().message(), "unexpected open or close brace: {a=b}");
  EXPECT_EQ(ParseMatcher("a=b,c=d", Syntax::kUtf8).status().message(),
            "expected 1 matcher, found 2");
  EXPECT_EQ(ParseMatcher("", Syntax::kUtf8).status().message(), "no matchers");
}

TEST(MatchersTest, AMissingLabelIsEmpty) {
  const Matchers matchers = *ParseMatchers("team=db,env!=dev,zone=~\"|eu\"");

  EXPECT_TRUE(MatchesAll(matchers, {{"team", "db"}}));
  EXPECT_TRUE(MatchesAll(matchers, {{"team", "db"}, {"zone", "eu"}}));
  EXPECT_FALSE(MatchesAll(matchers, {{"team", "db"}, {"env", "dev"}}));
  EXPECT_FALSE(MatchesAll(matchers, {{"env", "prod"}}));
}

TEST(MatchersTest, SortsByNameValueAndType) {
  Matchers matchers = *ParseMatchers("b=1,a!=2,a=2,a=1");
  Sort(matchers);
  EXPECT_EQ(Format(matchers), R"({a="1",a="2",a!="2",b="1"})");
}

}  // namespace
}  // namespace kvs::alerting
