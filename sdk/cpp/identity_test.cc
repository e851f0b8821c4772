// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/identity.h"

#include <gtest/gtest.h>

#include "kvs/base/glob.h"
#include "kvs/sdk/owned.h"

namespace kvs::sdk {
namespace {

TEST(IdentityTest, PatternsStandForAnyText) {
  EXPECT_TRUE(FitsPattern("a", "a"));
  EXPECT_FALSE(FitsPattern("a", "b"));
  EXPECT_FALSE(FitsPattern("a", "ab"));
  EXPECT_FALSE(FitsPattern("", "a"));
  EXPECT_TRUE(FitsPattern("*", ""));
  EXPECT_TRUE(FitsPattern("team-*", "team-a"));
  EXPECT_FALSE(FitsPattern("team-*", "teams"));
  EXPECT_TRUE(FitsPattern("*-prod-*", "a-prod-prod-b"));
  EXPECT_TRUE(FitsPattern("a*b*c", "a__b_b__c"));
  EXPECT_FALSE(FitsPattern("a*b*c", "a__b_b__d"));
}

// What is asked for may itself be a pattern: it must not reach beyond what is granted.
TEST(IdentityTest, AWiderPatternDoesNotFitANarrowerOne) {
  EXPECT_TRUE(FitsPattern("team-*", "team-a*"));
  EXPECT_FALSE(FitsPattern("team-*", "te*"));
  EXPECT_FALSE(FitsPattern("team-a", "team-*"));
}

TEST(IdentityTest, AnIdentityOutlivesItsMakerInTheRecord) {
  Owned<kvs_identity_t> out;
  Identity::HandOut(std::make_shared<const Identity>(
                        "alice", KVS_RIGHT_READ, std::vector<std::string>{"a", "b-*"},
                        std::vector<OwnedMatcher>{{"env", KVS_MATCH_REGEX, "x|y"}}),
                    *out.out());

  EXPECT_EQ(View(out->subject), "alice");
  EXPECT_EQ(out->rights, uint32_t{KVS_RIGHT_READ});
  EXPECT_TRUE(MayActFor(*out, "a"));
  EXPECT_TRUE(MayActFor(*out, "b-1"));
  EXPECT_FALSE(MayActFor(*out, "c"));
  EXPECT_TRUE(MayActFor(*out, "a|b-1"));
  EXPECT_FALSE(MayActFor(*out, "a|c"));
  EXPECT_FALSE(MayActFor(*out, "c|a"));
  ASSERT_EQ(out->matchers.n, 1u);
  EXPECT_EQ(View(out->matchers.matchers[0].value), "x|y");
}

TEST(IdentityTest, IsFoundInTheExtrasOfACall) {
  auto identity = Record<kvs_identity_t>();
  const kvs_ext_t mine{sizeof(kvs_ext_t), 0, KVS_EXT_IDENTITY, nullptr, &identity};
  const kvs_ext_t other{sizeof(kvs_ext_t), 0, "com.acme.other", &mine, nullptr};
  auto raw = Record<kvs_call_t>();

  EXPECT_EQ(IdentityOf(Call(&raw)), nullptr);
  EXPECT_EQ(BindingMatchers(Call(&raw)).n, 0u);
  raw.ext = &other;
  EXPECT_EQ(IdentityOf(Call(&raw)), &identity);
}

TEST(IdentityTest, MatchersSurviveTheirLine) {
  const std::vector<OwnedMatcher> matchers{{"job", KVS_MATCH_EQUAL, "a&b=c"},
                                           {"env", KVS_MATCH_NOT_EQUAL, ""},
                                           {"ü", KVS_MATCH_REGEX, "~x|y%"},
                                           {"z", KVS_MATCH_NOT_REGEX, "\n"}};
  Owned<kvs_identity_t> out;
  Identity::HandOut(std::make_shared<const Identity>("s", 0, std::vector<std::string>{}, matchers),
                    *out.out());

  const std::string line = EncodeMatchers(out->matchers);
  const auto back = DecodeMatchers(line);

  EXPECT_EQ(line, "job=a%26b%3Dc&env!=&%C3%BC=~%7Ex%7Cy%25&z!~%0A");
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, matchers);
  EXPECT_TRUE(DecodeMatchers("")->empty());
}

TEST(IdentityTest, WhatIsNoLineOfMatchersIsRefused) {
  for (const char* bad : {"a", "=b", "a!b", "a=b c", "a=%4", "a=%zz", "&", "a=b&&c=d", "a=%e4"}) {
    EXPECT_EQ(DecodeMatchers(bad).status().code(), StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace kvs::sdk
