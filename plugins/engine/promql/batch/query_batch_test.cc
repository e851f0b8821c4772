// SPDX-License-Identifier: Apache-2.0
// Queries planned together: what is read once, that answers are those of queries asked alone, and
// that none suffers from another.

#include "batch/query_batch.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/query_set.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/promqltest/engine_client.h"
#include "kvs/testkit/promqltest/memory_source.h"
#include "kvs/testkit/promqltest/runner.h"
#include "kvs/testkit/test_host.h"

#include "test_engine.h"

namespace kvs::engine::promql {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testkit::promqltest::MemorySource;

/// A store in memory that notes who selects what, and fails when it is told to.
class WatchedSource final : public MemorySource {
 public:
  using MemorySource::MemorySource;

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override {
    {
      const MutexLock lock(mutex_);
      const kvs_str_t name = in.matchers.n == 0 ? kvs_str_t{} : in.matchers.matchers[0].value;
      selects_.push_back(StrCat(sdk::View(name), "[", in.min_ms, ",", in.max_ms, "]",
                                (in.flags & KVS_SELECT_HAS_LABELS) != 0 ? Labels(in) : ""));
    }
    if (const Status status = before_select(call); !status.ok()) return status;
    return MemorySource::Select(call, in, out, completer);
  }
  std::vector<std::string> TakeSelects() {
    const MutexLock lock(mutex_);
    return std::exchange(selects_, {});
  }
  std::function<Status(const sdk::Call&)> before_select = [](const sdk::Call&) {
    return OkStatus();
  };

 private:
  static std::string Labels(const kvs_select_t& in) {
    std::string out = " by";
    for (uint64_t i = 0; i < in.n_labels; ++i) StrAppend(out, " ", sdk::View(in.labels[i]));
    return out;
  }
  Mutex mutex_;
  std::vector<std::string> selects_ KVS_GUARDED_BY(mutex_);
};

std::string Bits(double x) {
  uint64_t bits = 0;
  std::memcpy(&bits, &x, sizeof(x));
  return StrCat(bits);
}

/// All of an answer that a caller can see, every bit of it.
std::string Printed(const Status& status, const kvs_query_result_t& result) {
  if (!status.ok()) return StrCat(status.ToString(), " ", status.reason());
  std::string out = StrCat("type ", result.value_type, " sorted ", result.sorted);
  for (uint64_t i = 0; i < result.n_warnings; ++i)
    StrAppend(out, "\nwarning ", sdk::View(result.warnings[i]));
  for (uint64_t i = 0; i < result.n_infos; ++i)
    StrAppend(out, "\ninfo ", sdk::View(result.infos[i]));
  StrAppend(out, "\n", sdk::View(result.text));
  for (uint32_t s = 0; s < result.n_series; ++s) {
    StrAppend(out, "\n");
    const kvs_label_columns_t& labels = result.labels;
    if (labels.begin != nullptr) {
      for (uint32_t r = labels.begin[s]; r < labels.begin[s + 1]; ++r)
        StrAppend(out, " ", sdk::View(labels.symbols[labels.refs[r]]));
    }
    if (result.point_begin != nullptr) {
      for (uint32_t p = result.point_begin[s]; p < result.point_begin[s + 1]; ++p)
        StrAppend(out, " ", result.timestamp_ms[p], "=", Bits(result.value[p]));
    }
    const kvs_histogram_columns_t* const h = result.histograms;
    if (h == nullptr) continue;
    for (uint32_t i = h->begin[s]; i < h->begin[s + 1]; ++i) {
      StrAppend(out, " h", h->timestamp_ms[i], " ", h->schema[i], " ", Bits(h->sum[i]), " ",
                h->count[i], " ", h->zero_count[i], " ", static_cast<int>(h->reset_hint[i]));
      for (uint32_t b = h->positive_bucket_begin[i]; b < h->positive_bucket_begin[i + 1]; ++b)
        StrAppend(out, " ", h->bucket[b]);
      for (uint32_t b = h->negative_bucket_begin[i]; b < h->negative_bucket_begin[i + 1]; ++b)
        StrAppend(out, " ", h->bucket[b]);
    }
  }
  return out;
}

class QueryBatchTest : public ::testing::Test {
 protected:
  /// Before anything is asked, and once: what an engine reports stays with the host.
  void Use(Config config) {
    ASSERT_EQ(engine_, nullptr);
    engine_ = std::make_unique<PromqlEngine>(host_.host(), std::move(config));
    engine_->source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
  }
  sdk::EngineRef ref() {
    if (engine_ == nullptr) Use(AllFeatures());
    return sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(engine_.get()));
  }

  static kvs_query_t At(std::string_view text, int64_t at_ms = kAtMs) {
    auto query = sdk::Record<kvs_query_t>();
    query.text = sdk::Str(text);
    query.start_ms = query.end_ms = at_ms;
    return query;
  }
  std::string Alone(std::string_view text) {
    const kvs_query_t query = At(text);
    const sdk::OwnedCall call("test");
    sdk::Owned<kvs_query_result_t> result;
    const Status status = sdk::Await(ref().query(), call, &query, result.out());
    return Printed(status, *result);
  }
  std::vector<std::string> Together(const std::vector<std::string>& texts,
                                    sdk::QuerySet::Options options = {},
                                    const kvs_cancel_t* cancel = nullptr) {
    sdk::QuerySet set;
    for (const std::string& text : texts) set.Add(At(text));
    set.Ask(ref(), host_.host().executor(), sdk::OwnedCall("test", cancel), options);
    std::vector<std::string> out;
    for (size_t i = 0; i < texts.size(); ++i)
      out.push_back(Printed(set.status(i), *set.TakeResult(i)));
    return out;
  }
  /// That all answers are those of queries asked alone; gives what the batch selected.
  std::vector<std::string> ExpectSame(const std::vector<std::string>& texts,
                                      sdk::QuerySet::Options options = {}) {
    std::vector<std::string> alone;
    for (const std::string& text : texts) alone.push_back(Alone(text));
    source_.TakeSelects();
    EXPECT_EQ(Together(texts, options), alone);
    return source_.TakeSelects();
  }
  /// m{job, instance} with half an hour of samples, n with the same.
  void Load(int n_series = 20) {
    for (int s = 0; s < n_series; ++s) {
      for (int64_t t = 0; t <= kAtMs; t += 15'000) {
        for (const char* name : {"m", "n"}) {
          source_.Append(
              {{"__name__", name}, {"instance", StrCat(s)}, {"job", s % 2 == 0 ? "a" : "b"}}, t,
              0.1 * s * static_cast<double>(t / 15'000));
        }
      }
    }
  }

  static constexpr int64_t kAtMs = 1'800'000;
  testkit::TestHost host_;
  WatchedSource source_{7};
  std::unique_ptr<PromqlEngine> engine_;
};

TEST_F(QueryBatchTest, ASelectorOfManyQueriesIsReadOnce) {
  Load();

  const auto selects =
      ExpectSame({"sum by (job) (rate(m[5m]))", "rate(m[5m])", "max by (instance) (rate(m[5m]))",
                  "count(rate(m[5m])) > 3", "sum(rate(m[5m]))"});

  EXPECT_THAT(selects, ElementsAre("m[1500001,1800000]"));
}

TEST_F(QueryBatchTest, OnlyLabelsThatSomebodyLooksAtAreRead) {
  Load();

  const auto selects = ExpectSame(
      {"sum by (job) (max_over_time(n[5m]))", "sum by (instance) (max_over_time(n[5m]))"});

  EXPECT_THAT(selects, ElementsAre("n[1500001,1800000] by instance job"));
}

TEST_F(QueryBatchTest, TimesThatAreNearAreReadTogether) {
  Load();

  const auto selects = ExpectSame({"sum(rate(m[5m]))", "sum(rate(m[20m]))", "m", "m offset 10m",
                                   "max_over_time(m[5m:1m] offset 3m)"});

  EXPECT_THAT(selects, ElementsAre("m[600001,1800000]"));
}

TEST_F(QueryBatchTest, TimesThatAreFarApartAreNot) {
  Load();

  const auto selects = ExpectSame({"sum(m)", "sum(m offset 3h)", "avg(m offset 3h)"});

  EXPECT_THAT(selects, SizeIs(2));
}

TEST_F(QueryBatchTest, WhatOneQueryAloneSelectsItSelectsItself) {
  Load();

  const auto selects = ExpectSame({"sum(m)", "sum(n)", "sum(m{job=\"a\"})", "vector(1)"});

  EXPECT_THAT(selects, SizeIs(3));
}

TEST_F(QueryBatchTest, ReadersInParallelReadTheSame) {
  Load(200);
  const std::vector<std::string> texts(12, "sum by (job) (rate(m[5m]))");

  for (int i = 0; i < 10; ++i) EXPECT_THAT(ExpectSame(texts, {.max_parallel = 4}), SizeIs(1));
}

TEST_F(QueryBatchTest, AFailedQueryLeavesTheOthersAlone) {
  Load();

  const auto selects = ExpectSame({"sum(m)", "sum(m", "m / on (job) n", "sum(m)", "sum(m)"});

  EXPECT_THAT(Together({"sum(m)", "m / on (job) n"})[1], HasSubstr("many-to-many"));
  EXPECT_LE(selects.size(), 2u);
}

TEST_F(QueryBatchTest, HistogramsGoTheLongWayByThemselves) {
  ASSERT_TRUE(source_
                  .Load(60'000, {"h{job=\"a\"} {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x30",
                                 "h{job=\"b\"} {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x30"})
                  .ok());

  ExpectSame({"sum by (job) (rate(h[5m]))", "sum(rate(h[5m]))", "histogram_count(rate(h[5m]))"});
}

TEST_F(QueryBatchTest, AnErrorOfTheSourceIsThatOfItsReaders) {
  Load();
  source_.before_select = [](const sdk::Call&) { return Unavailable("no source"); };

  const auto answers = Together({"sum(m)", "avg(m)", "vector(1)"});

  EXPECT_THAT(answers[0], HasSubstr("no source"));
  EXPECT_THAT(answers[1], HasSubstr("no source"));
  EXPECT_THAT(answers[2], HasSubstr("type 2"));
}

TEST_F(QueryBatchTest, LimitsAreThoseOfEachQuery) {
  Load();
  Config config = AllFeatures();
  config.max_samples = 50;  // Of the 20 series x 21 samples of m[5m], a row of 20 is in use.
  Use(config);

  const auto answers = Together({"m", "max_over_time(m[5m])", "m[5m]", "sum(m)"});

  EXPECT_THAT(answers[0], HasSubstr("type 2"));
  EXPECT_THAT(answers[1], HasSubstr("type 2"));
  EXPECT_THAT(answers[2], HasSubstr("limit max_samples 50"));
  EXPECT_THAT(answers[3], HasSubstr("type 2"));
}

TEST_F(QueryBatchTest, WhatIsTooLargeToKeepIsReadAgain) {
  Load(400);
  Config config = AllFeatures();
  config.max_query_memory.bytes = 150'000;  // The chunks of 400 series alone are twice as much.
  Use(config);
  ASSERT_THAT(Alone("sum(rate(m[28m]))"), HasSubstr("type 2"));

  const auto selects = ExpectSame({"sum(rate(m[28m]))", "avg(rate(m[28m]))", "max(rate(m[28m]))"});

  EXPECT_THAT(selects, SizeIs(3));  // The first reader closed it; the other two read alone.
}

TEST_F(QueryBatchTest, NothingIsHeldAfterwards) {
  Load(200);
  Config config = AllFeatures();
  config.max_memory.bytes = int64_t{64} << 20;
  Use(config);

  ExpectSame({"sum(m)", "avg(m)", "max(m)", "m"});

  EXPECT_EQ(host_.metrics().Value("kvs_engine_promql_memory_bytes"), 0);
}

TEST_F(QueryBatchTest, ACallerThatGoesEndsAllThatIsLeft) {
  Load();
  sdk::CancelSource cancel;
  int selects = 0;
  source_.before_select = [&](const sdk::Call&) {
    if (++selects == 2) cancel.Cancel();
    return OkStatus();
  };

  const auto answers =
      Together({"sum(m)", "avg(m)", "sum(n)", "sum(m{job=\"a\"})"}, {}, cancel.raw());

  EXPECT_THAT(answers[0], HasSubstr("type 2"));
  EXPECT_THAT(answers[2], HasSubstr("CANCELLED"));
  EXPECT_THAT(answers[3], HasSubstr("CANCELLED"));
}

TEST_F(QueryBatchTest, ABatchOfNoneIsFineAndOneWithoutRoomIsNot) {
  EXPECT_THAT(Together({}), IsEmpty());
  auto in = sdk::Record<kvs_query_batch_t>();
  const kvs_query_t query = At("m");
  const kvs_query_t* const queries[] = {&query};
  in.queries = queries;
  in.n_queries = 1;
  auto out = sdk::Record<kvs_query_answers_t>();

  const Status status = sdk::Await(ref().query_batch(), sdk::OwnedCall("test"), &in, &out);

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
}

/// Asks each instant query alone, and in a batch with those before it, and compares the answers.
class ComparingEngine final : public sdk::QueryEngine {
 public:
  explicit ComparingEngine(sdk::EngineRef engine) : engine_(engine) {}

  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                     sdk::Completer&) override {
    // The variants that the runner makes of a query, with @ everywhere, would only take time.
    if ((in.flags & KVS_QUERY_RANGE) == 0 &&
        sdk::View(in.text).find(" @ ") == std::string_view::npos)
      Compare(call, in);
    return sdk::Await(engine_.query(), call, &in, &out);
  }
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                          kvs_query_answers_t& out, sdk::Completer& completer) override {
    return sdk::Forward(engine_.query_batch(), call, &in, &out, completer);
  }
  int compared = 0;

 private:
  struct Asked {
    std::string text;
    kvs_query_t query;
  };
  void Compare(const sdk::Call& call, const kvs_query_t& in) {
    Remember(in);
    sdk::QuerySet set;
    std::vector<std::string> alone;
    for (const Asked& asked : recent_) {
      kvs_query_t query = asked.query;
      query.text = sdk::Str(asked.text);
      query.start_ms = query.end_ms = in.start_ms;
      set.Add(query);
      sdk::Owned<kvs_query_result_t> result;
      const Status status = sdk::Await(engine_.query(), call, &query, result.out());
      alone.push_back(Printed(status, *result));
    }
    set.Ask(engine_, sdk::Executor(), call, {.max_parallel = 2});
    for (size_t i = 0; i < set.size(); ++i) {
      EXPECT_EQ(Printed(set.status(i), *set.TakeResult(i)), alone[i]) << recent_[i].text;
      ++compared;
    }
  }
  void Remember(const kvs_query_t& in) {
    constexpr size_t kMost = 4;
    recent_.push_back({sdk::Text(in.text), in});
    if (recent_.size() > kMost) recent_.pop_front();
  }
  const sdk::EngineRef engine_;
  std::deque<Asked> recent_;
};

std::string ReadFile(const fs::path& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Tests run in the folder of their plugin.
TEST_F(QueryBatchTest, EveryInstantQueryOfTheScriptsAnswersInABatchAsItDoesAlone) {
  int compared = 0;
  uint64_t shared = 0;
  for (const auto& entry : fs::directory_iterator("../../../tests/promql")) {
    if (entry.path().extension() != ".test") continue;
    ComparingEngine comparing(ref());
    testkit::promqltest::EngineClient client{
        sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&comparing))};

    const auto report = testkit::promqltest::RunScript(entry.path().filename().string(),
                                                       ReadFile(entry.path()), client, source_);

    EXPECT_GT(report.passed, 0) << entry.path();
    for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
    compared += comparing.compared;
  }
  shared = static_cast<uint64_t>(host_.metrics().Value("kvs_engine_promql_shared_reads_total"));
  EXPECT_GT(compared, 1000);
  EXPECT_GT(shared, 100u);
}

}  // namespace
}  // namespace kvs::engine::promql
