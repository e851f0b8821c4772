// SPDX-License-Identifier: Apache-2.0
#include "result/stats.h"

#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::engine::frontend {
namespace {

std::string StatsText(double seconds, int samples, int peak, const std::string& by_step = {}) {
  return StrCat(R"({"timings":{"evalTotalTime":)", seconds, R"(,"resultSortTime":)", seconds,
                R"(,"queryPreparationTime":)", seconds, R"(,"innerEvalTime":)", seconds,
                R"(,"execQueueTime":)", seconds, R"(,"execTotalTime":)", seconds,
                R"(},"samples":{)", by_step, R"("totalQueryableSamples":)", samples,
                R"(,"samplesRead":)", samples, R"(,"peakSamples":)", peak, "}}");
}

TEST(MergeStats, AddsUpAndStringsTogether) {
  const std::string a = StatsText(0.5, 10, 7, R"("totalQueryableSamplesPerStep":[[1,4],[2,6]],)");
  const std::string b = StatsText(0.25, 5, 9, R"("totalQueryableSamplesPerStep":[[3,5]],)");
  const std::string_view parts[] = {a, b};

  EXPECT_EQ(MergeStats(parts),
            StatsText(0.75, 15, 9, R"("totalQueryableSamplesPerStep":[[1,4],[2,6],[3,5]],)"));
}

TEST(MergeStats, OfPartsWithoutThereIsNone) {
  const std::string a = StatsText(0.5, 10, 7);
  const std::string_view parts[] = {a, ""};

  EXPECT_EQ(MergeStats(parts), "");
  EXPECT_EQ(MergeStats({}), "");
}

}  // namespace
}  // namespace kvs::engine::frontend
