// SPDX-License-Identifier: Apache-2.0
#include "exemplar_rules.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kvs/sdk/str.h"

namespace kvs::sink::validate {
namespace {

ExemplarVerdict Judge(int64_t t, std::string_view name, std::string_view value) {
  const kvs_pair_t label{sdk::Str(name), sdk::Str(value)};
  return JudgeExemplar(t, {&label, 1}, 100, 200);
}

TEST(ExemplarRulesTest, NeedALabelThatSaysSomething) {
  EXPECT_EQ(Judge(150, "trace_id", "a"), ExemplarVerdict::kOk);
  EXPECT_EQ(Judge(150, "trace_id", ""), ExemplarVerdict::kLabelsMissing);
  EXPECT_EQ(Judge(150, "", "a"), ExemplarVerdict::kLabelsMissing);
  EXPECT_EQ(JudgeExemplar(150, {}, 100, 200), ExemplarVerdict::kLabelsMissing);
}

TEST(ExemplarRulesTest, CountCharactersAndNotBytes) {
  std::string wide;
  for (size_t i = 0; i < kMaxExemplarCharacters - 1; ++i) wide += "ü";

  EXPECT_EQ(Judge(150, "n", wide), ExemplarVerdict::kOk);
  EXPECT_EQ(Judge(150, "nn", wide), ExemplarVerdict::kLabelsTooLong);
}

TEST(ExemplarRulesTest, TimesHaveBounds) {
  EXPECT_EQ(Judge(0, "n", "v"), ExemplarVerdict::kTimestampInvalid);
  EXPECT_EQ(Judge(99, "n", "v"), ExemplarVerdict::kTooFarInPast);
  EXPECT_EQ(Judge(100, "n", "v"), ExemplarVerdict::kOk);
  EXPECT_EQ(Judge(200, "n", "v"), ExemplarVerdict::kOk);
  EXPECT_EQ(Judge(201, "n", "v"), ExemplarVerdict::kTooFarInFuture);
}

}  // namespace
}  // namespace kvs::sink::validate
