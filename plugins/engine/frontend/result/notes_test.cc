// SPDX-License-Identifier: Apache-2.0
#include "result/notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/str.h"

namespace kvs::engine::frontend {
namespace {

using ::testing::ElementsAre;

struct Noted {
  Noted(std::vector<std::string> w, std::vector<std::string> i)
      : warnings(std::move(w)), infos(std::move(i)) {
    for (const std::string& text : warnings) raw_warnings.push_back(sdk::Str(text));
    for (const std::string& text : infos) raw_infos.push_back(sdk::Str(text));
    result.warnings = raw_warnings.data();
    result.n_warnings = raw_warnings.size();
    result.infos = raw_infos.data();
    result.n_infos = raw_infos.size();
  }
  const std::vector<std::string> warnings, infos;
  std::vector<kvs_str_t> raw_warnings, raw_infos;
  kvs_query_result_t result = sdk::Record<kvs_query_result_t>();
};

std::optional<Notes> Merge(const Noted& a, const Noted& b) {
  const kvs_query_result_t* const parts[] = {&a.result, &b.result};
  return MergeNotes(parts);
}

TEST(MergeNotes, WhatPartsAgreeOnIsSaidOnce) {
  EXPECT_TRUE(Merge({{}, {}}, {{}, {}})->empty());
  EXPECT_THAT(Merge({{"w"}, {"i"}}, {{"w"}, {}})->warnings, ElementsAre("w"));
  EXPECT_THAT(Merge({{}, {}}, {{"w"}, {"i", "j"}})->infos, ElementsAre("i", "j"));
}

TEST(MergeNotes, WhatTheyDisagreeOnOnlyTheWholeCanSay) {
  EXPECT_EQ(Merge({{"w"}, {}}, {{"v"}, {}}), std::nullopt);
  EXPECT_EQ(Merge({{}, {"i"}}, {{}, {"i", "j"}}), std::nullopt);
}

TEST(MergeNotes, CountsAreNotAddedUp) {
  const std::string repairs =
      "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see ...), "
      "over "
      "1 samples (1:1)";
  EXPECT_EQ(Merge({{}, {repairs}}, {{}, {repairs}}), std::nullopt);
  EXPECT_THAT(Merge({{}, {repairs}}, {{}, {}})->infos, ElementsAre(repairs));
}

TEST(IsPartial, TellsMissingDataFromRemarksOnTheQuery) {
  EXPECT_FALSE(
      IsPartial(Noted({"PromQL warning: quantile value should be between 0 and 1"}, {}).result));
  EXPECT_TRUE(IsPartial(Noted({"block 01... is damaged"}, {}).result));
}

}  // namespace
}  // namespace kvs::engine::frontend
