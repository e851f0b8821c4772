// SPDX-License-Identifier: Apache-2.0
// That a script fails when it should, with an engine whose answers are known: the scalar 7, or an
// error.
#include "kvs/testkit/promqltest/runner.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/str.h"
#include "kvs/testkit/promqltest/features.h"

namespace kvs::testkit::promqltest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SevenEngine final : public sdk::QueryEngine {
 public:
  sdk::Outcome Query(const sdk::Call&, const kvs_query_t& in, kvs_query_result_t& out,
                     sdk::Completer&) override {
    if (sdk::Text(in.text).starts_with("broken")) return FailedPrecondition("it is broken");
    const bool range = (in.flags & KVS_QUERY_RANGE) != 0;
    times_.clear();
    for (int64_t t = in.start_ms; t <= in.end_ms; t += range ? in.step_ms : 1) times_.push_back(t);
    values_.assign(times_.size(), range && wrong_as_range_ ? 8 : 7);
    point_begin_ = {0, static_cast<uint32_t>(times_.size())};
    out.value_type = range ? KVS_VALUE_MATRIX : KVS_VALUE_SCALAR;
    out.n_series = 1;
    out.labels = sdk::Record<kvs_label_columns_t>();
    out.labels.n_series = 1;
    out.labels.begin = kLabelBegin;
    out.point_begin = point_begin_.data();
    out.timestamp_ms = times_.data();
    out.value = values_.data();
    out.warnings = &kWarning;
    out.n_warnings = 1;
    return OkStatus();
  }
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                          kvs_query_answers_t& out, sdk::Completer& completer) override {
    if (!wrong_in_batch_) return Unimplemented("one at a time");
    for (uint64_t i = 0; i < in.n_queries; ++i) {
      kvs_query_answer_t& answer = out.answers[i];
      answer.code = sdk::Export(Query(call, *in.queries[i], *answer.result, completer).status(),
                                answer.error);
      values_.assign(values_.size(), 9);
    }
    return OkStatus();
  }
  bool wrong_as_range_ = false;
  bool wrong_in_batch_ = false;

 private:
  static constexpr uint32_t kLabelBegin[] = {0, 0};
  static constexpr kvs_str_t kWarning = {"PromQL warning: seven", 21};
  std::vector<int64_t> times_;
  std::vector<double> values_;
  std::vector<uint32_t> point_begin_;
};

class PromqltestRunnerTest : public ::testing::Test {
 protected:
  ScriptReport Run(std::string_view text) {
    EngineClient client{sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_))};
    return RunScript("seven.test", text, client, source_);
  }
  SevenEngine engine_;
  MemorySource source_;
};

TEST_F(PromqltestRunnerTest, CountsEveryEvalOnce) {
  const ScriptReport report = Run(R"(
eval instant at 1m 3+4
  7

eval range from 0 to 2m step 1m 3+4
  {} 7 7 7

eval instant at 1m 3+4
  8

eval instant at 1m broken
  expect fail msg:it is broken
)");

  EXPECT_EQ(report.passed, 3);
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(report.failures[0],
            "seven.test:8: eval instant at 1m 3+4\n  expected 8, got 7\n  the whole answer:\n  {} "
            "7\n  PromQL warning: seven\n");
}

TEST_F(PromqltestRunnerTest, ValuesKindsAndSeriesMustBeAsExpected) {
  for (const char* eval : {
           "eval instant at 1m x\n  x 7\n",
           "eval instant at 1m x\n",
           "eval range from 0 to 1m step 1m x\n  {} 7\n",
           "eval range from 0 to 1m step 1m x\n  {} 7 _\n",
           "eval range from 0 to 1m step 1m x\n  {} 7 8\n",
           "eval range from 0 to 1m step 1m x\n  {} 7 {{}}\n",
           "eval range from 0 to 1m step 1m x\n  {} 7 7\n  {a=\"b\"} 7\n",
           "eval instant at 1m x\n  expect string \"7\"\n",
       }) {
    const ScriptReport report = Run(eval);
    EXPECT_EQ(report.passed, 0) << eval;
    EXPECT_EQ(report.failures.size(), 1u) << eval;
  }
}

TEST_F(PromqltestRunnerTest, ErrorsAndNotesMustBeAsExpected) {
  for (const char* eval : {
           "eval instant at 1m x\n  expect fail\n",
           "eval_fail instant at 1m broken\n  expected_fail_message another\n",
           "eval instant at 1m broken\n  7\n",
           "eval instant at 1m x\n  expect no_warn\n  7\n",
           "eval instant at 1m x\n  expect info\n  7\n",
           "eval instant at 1m x\n  expect warn msg:seven\n  7\n",
           "eval instant at 1m x\n  expect warn regex:^seven\n  7\n",
           "eval instant at 1m x\n  expect warn regex:sev.n\n  expect warn msg:more\n  7\n",
       }) {
    EXPECT_EQ(Run(eval).failures.size(), 1u) << eval;
  }
  for (const char* eval : {
           "eval_fail instant at 1m broken\n  expected_fail_regexp is .roken\n",
           "eval instant at 1m x\n  expect warn regex:sev.n$\n  expect no_info\n  7\n",
           "eval instant at 1m x\n  expect warn msg:PromQL warning: seven\n  7\n",
           "eval_warn instant at 1m x\n  7\n",
       }) {
    EXPECT_EQ(Run(eval).passed, 1) << eval;
  }
}

TEST_F(PromqltestRunnerTest, InstantQueriesAreAskedAsRangeQueriesToo) {
  engine_.wrong_as_range_ = true;

  const ScriptReport report = Run("eval instant at 1m 3+4\n  7\n");

  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_THAT(report.failures[0], HasSubstr("as a range query: expected 7, got 8"));
}

TEST_F(PromqltestRunnerTest, InstantQueriesAreAskedInABatchToo) {
  engine_.wrong_in_batch_ = true;

  const ScriptReport report = Run("eval instant at 1m 3+4\n  7\n");

  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_THAT(report.failures[0], HasSubstr("in a batch of queries the answer is another one"));
}

TEST_F(PromqltestRunnerTest, WhatCannotBeParsedOrLoadedIsAFailure) {
  const ScriptReport unparsed = Run("eval instant at 1m 3+4\n  7\n\nnonsense\n");
  const ScriptReport unloaded =
      Run("load_with_nhcb 1m\n  x_count -1\n\neval instant at 1m 3+4\n  7\n");

  EXPECT_EQ(unparsed.passed, 0);
  EXPECT_THAT(unparsed.failures, ElementsAre(StartsWith("seven.test:4: unknown statement")));
  EXPECT_EQ(unloaded.passed, 1);
  EXPECT_THAT(unloaded.failures, ElementsAre(StartsWith("seven.test:1: load\n")));
}

TEST(PromqltestFeaturesTest, AllStandsForEveryFeatureAndListsAreSplit) {
  const std::vector<std::string> some{"a,b", "b,c"};
  const std::vector<std::string> all{"all,x"};

  EXPECT_THAT(FeatureList(some), ElementsAre("a", "b", "c"));
  EXPECT_EQ(FeatureList(all).size(), AllFeatures().size() + 1);
}

}  // namespace
}  // namespace kvs::testkit::promqltest
