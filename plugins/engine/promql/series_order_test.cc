// SPDX-License-Identifier: Apache-2.0
// Answers are the same to the last bit, errors to the last letter, whatever the order in which a
// source gives series and however it cuts them into batches: a cluster answers as one process does.

#include <bit>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

#include "test_engine.h"

namespace kvs::engine::promql {
namespace {

using testkit::promqltest::Answer;

/// Everything that a client sees of it, numbers as their bits.
std::string Whole(const StatusOr<Answer>& answer) {
  if (!answer.ok()) return answer.status().ToString();
  std::string out;
  for (const auto& series : answer->series) {
    for (const model::LabelView& label : series.labels)
      StrAppend(out, label.name, "=", label.value, " ");
    for (const auto& [t, v] : series.points)
      StrAppend(out, t, ":", std::bit_cast<uint64_t>(v), "(", v, ") ");
    StrAppend(out, "\n");
  }
  for (const std::string& text : answer->warnings) StrAppend(out, text, "\n");
  for (const std::string& text : answer->infos) StrAppend(out, text, "\n");
  return out;
}

class SeriesOrderTest : public ::testing::Test {
 protected:
  SeriesOrderTest() {
    backward_.source().Reverse();
    for (TestEngine* engine : {&forward_, &backward_}) {
      for (int s = 0; s < 40; ++s) {
        const model::Labels tie = {{"__name__", "tie"}, {"s", std::to_string(s)}};
        const model::Labels odd = {
            {"__name__", "odd"}, {"job", s % 2 == 0 ? "a" : "b"}, {"s", std::to_string(s)}};
        for (int i = 0; i < 10; ++i) {
          engine->source().Append(tie, i * 60'000, s % 3);
          engine->source().Append(odd, i * 60'000, 1e6 + s * (i + 1) / 7.0);
        }
      }
    }
  }
  TestEngine forward_;
  TestEngine backward_{AllFeatures(), 7};
};

TEST_F(SeriesOrderTest, AnswersAndErrorsAreTheSame) {
  constexpr const char* kQueries[] = {"tie",
                                      "tie * 2",
                                      "rate(odd[5m])",
                                      "sort(tie)",
                                      "sort_desc(tie)",
                                      "topk(5, tie)",
                                      "bottomk(20, tie)",
                                      "topk by (job) (3, odd)",
                                      "topk(5, tie + 0)",
                                      "limitk(7, tie)",
                                      "limit_ratio(0.3, tie)",
                                      "count_values(\"v\", tie)",
                                      "sum(odd)",
                                      "avg(odd)",
                                      "stddev(odd)",
                                      "stdvar by (job) (odd)",
                                      "avg(rate(odd[5m]))",
                                      "stddev(odd * 3)",
                                      "quantile(0.3, odd)",
                                      "odd * on (job) odd",
                                      "odd * on (job) group_left () odd",
                                      "tie + on (s) odd",
                                      "tie or odd",
                                      "sort_by_label(odd, \"job\")"};
  for (const char* query : kQueries) {
    EXPECT_EQ(Whole(forward_.Instant(query, 500'000)), Whole(backward_.Instant(query, 500'000)))
        << query;
    EXPECT_EQ(Whole(forward_.Range(query, 0, 500'000, 60'000)),
              Whole(backward_.Range(query, 0, 500'000, 60'000)))
        << query << " as a range";
  }
}

TEST_F(SeriesOrderTest, InstantVectorsAreSortedByLabelsUnlessTheQuerySorts) {
  const StatusOr<Answer> plain = backward_.Instant("tie", 500'000);
  const StatusOr<Answer> sorted = backward_.Instant("sort_desc(tie)", 500'000);

  ASSERT_TRUE(plain.ok() && sorted.ok());
  EXPECT_EQ(plain->series[0].labels.Get("s"), "0");
  EXPECT_EQ(plain->series[1].labels.Get("s"), "1");
  EXPECT_EQ(plain->series[2].labels.Get("s"), "10");
  EXPECT_EQ(sorted->series[0].labels.Get("s"), "11");  // Of those with 2 the first one.
  EXPECT_EQ(sorted->series[1].labels.Get("s"), "14");
}

TEST_F(SeriesOrderTest, OfErrorsTheEarliestIsToldAndOfTheseTheFirstByLabels) {
  for (TestEngine* engine : {&forward_, &backward_}) {
    EXPECT_EQ(
        engine->Instant("odd * on (job) group_left () odd", 0).status().message(),
        "found duplicate series for the match group {job=\"a\"} on the right hand-side of the "
        "operation: [{__name__=\"odd\", job=\"a\", s=\"0\"}, {__name__=\"odd\", job=\"a\", "
        "s=\"10\"}];many-to-many matching not allowed: matching labels must be unique on one "
        "side");
  }
}

}  // namespace
}  // namespace kvs::engine::promql
