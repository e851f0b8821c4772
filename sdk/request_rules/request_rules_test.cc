// SPDX-License-Identifier: Apache-2.0
// Which requests are blocked, and for which tenants.
#include "kvs/request_rules/request_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/test_host.h"

namespace kvs::request_rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

http::Params ParamsOf(std::string_view query, std::string_view form = {}) {
  return *http::Params::Parse(query, form);
}

bool Blocks(std::string_view json, std::string_view method, std::string_view path,
            std::string_view query = {}) {
  std::vector<std::string> problems;
  const bool blocks = RequestRules::Parse(json, &problems).Blocks(method, path, ParamsOf(query));
  EXPECT_THAT(problems, IsEmpty());
  return blocks;
}

TEST(RequestRulesTest, AllThatARuleNamesMustHold) {
  constexpr char kRule[] = R"([{"path":"/a","method":"GET","query_params":{"x":"1"}}])";

  EXPECT_TRUE(Blocks(kRule, "GET", "/a", "x=1"));
  EXPECT_FALSE(Blocks(kRule, "POST", "/a", "x=1"));
  EXPECT_FALSE(Blocks(kRule, "GET", "/a/b", "x=1"));
  EXPECT_FALSE(Blocks(kRule, "GET", "/a", "x=2"));
  EXPECT_FALSE(Blocks(kRule, "GET", "/a"));
}

TEST(RequestRulesTest, WhatARuleDoesNotNameMayBeAnything) {
  EXPECT_TRUE(Blocks(R"([{"path":"/a"}])", "POST", "/a", "x=2"));
  EXPECT_TRUE(Blocks(R"([{"method":"POST"}])", "POST", "/b"));
  EXPECT_TRUE(Blocks(R"([{"query_params":{"x":"1","y":"2"}}])", "GET", "/b", "y=2"));
}

TEST(RequestRulesTest, AValueMayBeARegularExpression) {
  constexpr char kRule[] =
      R"([{"query_params":{"x":{"value":"^a.*z$","is_regexp":true},"y":{"value":"a.b"}}}])";

  EXPECT_TRUE(Blocks(kRule, "GET", "/", "x=abcz"));
  EXPECT_FALSE(Blocks(kRule, "GET", "/", "x=abc"));
  EXPECT_FALSE(Blocks(kRule, "GET", "/", "y=axb"));
  EXPECT_TRUE(Blocks(kRule, "GET", "/", "x=no&x=az"));
}

TEST(RequestRulesTest, AnEmptyParameterIsNotAnAbsentOne) {
  EXPECT_TRUE(Blocks(R"([{"query_params":{"x":""}}])", "GET", "/", "x="));
  EXPECT_FALSE(Blocks(R"([{"query_params":{"x":""}}])", "GET", "/"));
}

TEST(RequestRulesTest, RulesThatCannotBeUsedAreNamedAndLeaveTheOthers) {
  std::vector<std::string> problems;
  const RequestRules rules = RequestRules::Parse(
      R"([{}, {"query_params":{"x":{"value":"[","is_regexp":true}}}, {"query_params":{"x":1}}, 7, {"path":"/a"}])",
      &problems);

  EXPECT_THAT(
      problems,
      ElementsAre(
          "blocked_requests[0]: a rule names a path, a method or query_params",
          StartsWith("blocked_requests[1]: query_params.x has the invalid regular expression"),
          "blocked_requests[2]: query_params.x is neither a text nor a table",
          "blocked_requests[3]: a rule is a table"));
  EXPECT_TRUE(rules.Blocks("GET", "/a", {}));
  problems.clear();
  EXPECT_TRUE(RequestRules::Parse("{", &problems).empty());
  EXPECT_THAT(problems, ElementsAre("blocked_requests is no list"));
}

class RequestRuleBookTest : public ::testing::Test {
 protected:
  Status Check(std::string_view tenant, std::string_view path) {
    auto request = sdk::Record<kvs_http_request_t>();
    request.method = sdk::Str("GET");
    request.path = sdk::Str(path);
    return book_.Check(limiter_.ref(), sdk::OwnedCall(tenant), request, {});
  }
  void Block(std::string tenant, std::string rules) {
    limiter_.tenant = std::move(tenant);
    limiter_.texts["blocked_requests"] = std::move(rules);
  }
  testkit::TestHost host_;
  testkit::FakeLimiter limiter_;
  RequestRuleBook book_{host_.host()};
};

TEST_F(RequestRuleBookTest, ATenantIsHeldToItsOwnRules) {
  Block("a", R"([{"path":"/x"}])");

  EXPECT_EQ(Check("a", "/x").reason(), "err-mimir-request-blocked");
  EXPECT_TRUE(Check("a", "/y").ok());
  EXPECT_TRUE(Check("b", "/x").ok());
  EXPECT_EQ(host_.metrics().Value("cortex_query_frontend_rejected_requests_total", {{"user", "a"}}),
            1);
}

TEST_F(RequestRuleBookTest, AReadOfSeveralIsHeldToTheRulesOfEach) {
  Block("b", R"([{"path":"/x"}])");

  EXPECT_EQ(Check("a|b", "/x").code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(Check("a|c", "/x").ok());
}

TEST_F(RequestRuleBookTest, RulesAreAskedForAgainWhenTheyMayHaveChanged) {
  EXPECT_TRUE(Check("a", "/x").ok());
  EXPECT_TRUE(Check("a", "/x").ok());
  EXPECT_EQ(limiter_.texts_asked, 1);

  Block("a", R"([{"path":"/x"}])");
  ++limiter_.epoch;

  EXPECT_FALSE(Check("a", "/x").ok());
}

}  // namespace
}  // namespace kvs::request_rules
