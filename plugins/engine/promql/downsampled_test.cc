// SPDX-License-Identifier: Apache-2.0
// Queries over a source that has aggregates beside samples, or instead of them: what they answer
// exactly is what samples answer, to the bit; what they estimate comes near; and explain says it.

#include <bit>
#include <cmath>
#include <deque>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/downsampler.h"
#include "kvs/chunk/nan.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/select_source.h"

#include "engine.h"

namespace kvs::engine::promql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kSecond = 1000, kMinute = 60 * kSecond, kFive = 5 * kMinute, kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

struct Sample {
  int64_t t;
  double v;
};
using Series = std::vector<Sample>;

/// Series m{i="0"}, m{i="1"} and so on. Days before `boundary_ms` have aggregates, too.
class DownsampledSource final : public testkit::SelectSource {
 public:
  std::vector<Series> series;
  int64_t boundary_ms = 0;
  bool retired = false;         ///< They have nothing but aggregates.
  int64_t retired_from_ms = 0;  ///< 0, or the resolution that is left then.

  sdk::Outcome Select(const sdk::Call&, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer&) override {
    auto batch = std::make_unique<Batch>();
    for (size_t i = 0; i < series.size(); ++i) Add(series[i], i, in, *batch);
    sdk::HandOutCursor(out, std::make_unique<Cursor>(std::move(batch)));
    return OkStatus();
  }

 private:
  struct Batch {
    kvs_series_batch_t raw = sdk::Record<kvs_series_batch_t>();
    std::deque<std::string> texts;
    std::vector<kvs_str_t> symbols;
    std::vector<uint32_t> label_begin{0}, refs, chunk_begin{0};
    std::vector<kvs_chunk_t> chunks;
    std::deque<std::vector<uint8_t>> bytes;

    void Label(std::string_view name, std::string_view value) {
      for (const std::string_view text : {name, value}) {
        refs.push_back(static_cast<uint32_t>(symbols.size()));
        symbols.push_back(sdk::Str(texts.emplace_back(text)));
      }
    }
    void Chunk(int64_t mint, int64_t maxt, std::vector<uint8_t> data, uint8_t encoding,
               uint8_t flags) {
      const std::vector<uint8_t>& kept = bytes.emplace_back(std::move(data));
      chunks.push_back(
          {mint, maxt, kept.data(), static_cast<uint32_t>(kept.size()), 0, encoding, flags});
    }
    static kvs_series_batch_t* Finish(std::unique_ptr<Batch> b) {
      b->raw.n_series = static_cast<uint32_t>(b->label_begin.size() - 1);
      b->raw.labels = sdk::Record<kvs_label_columns_t>();
      b->raw.labels.n_series = b->raw.n_series;
      b->raw.labels.symbols = b->symbols.data();
      b->raw.labels.n_symbols = b->symbols.size();
      b->raw.labels.begin = b->label_begin.data();
      b->raw.labels.refs = b->refs.data();
      b->raw.chunk_begin = b->chunk_begin.data();
      b->raw.chunks = b->chunks.data();
      b->raw.producer = b.get();
      b->raw.release = [](kvs_series_batch_t* self) noexcept {
        delete static_cast<Batch*>(self->producer);
      };
      return &b.release()->raw;
    }
  };
  class Cursor final : public sdk::SeriesCursor {
   public:
    explicit Cursor(std::unique_ptr<Batch> batch) : batch_(std::move(batch)) {}
    sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*& out, sdk::Completer&) override {
      if (batch_ == nullptr) return sdk::End();
      out = Batch::Finish(std::move(batch_));
      return OkStatus();
    }

   private:
    std::unique_ptr<Batch> batch_;
  };

  void Add(const Series& samples, size_t number, const kvs_select_t& in, Batch& batch) const {
    batch.Label("__name__", "m");
    batch.Label("i", std::to_string(number));
    int64_t resolution = 0;
    if (in.aggregates != 0) {
      if (in.resolution_ms >= kFive) resolution = in.resolution_ms >= kHour ? kHour : kFive;
      if (retired)
        resolution = std::max(resolution, retired_from_ms != 0 ? retired_from_ms : kFive);
    }
    for (size_t i = 0; i < samples.size();) {  // A block a day.
      const int64_t end_ms = samples[i].t / kDay * kDay + kDay;
      size_t end = i;
      while (end < samples.size() && samples[end].t < end_ms) ++end;
      const std::span<const Sample> day(samples.data() + i, end - i);
      i = end;
      if (end_ms > boundary_ms || (!retired && resolution == 0)) {
        AddSamples(day, in, batch);
      } else if (resolution != 0) {
        AddAggregates(day, end_ms - 1, resolution, in, batch);
      }
    }
    batch.label_begin.push_back(static_cast<uint32_t>(batch.refs.size()));
    batch.chunk_begin.push_back(static_cast<uint32_t>(batch.chunks.size()));
  }

  static void AddSamples(std::span<const Sample> samples, const kvs_select_t& in, Batch& batch) {
    for (size_t i = 0; i < samples.size(); i += 120) {
      const auto part = samples.subspan(i, std::min<size_t>(120, samples.size() - i));
      if (part.front().t > in.max_ms || part.back().t < in.min_ms) continue;
      chunk::XorChunkBuilder builder;
      for (const Sample& s : part) builder.Append(s.t, s.v);
      batch.Chunk(part.front().t, part.back().t, {builder.bytes().begin(), builder.bytes().end()},
                  KVS_CHUNK_XOR, 0);
    }
  }

  static void AddAggregates(std::span<const Sample> samples, int64_t last_ms, int64_t resolution,
                            const kvs_select_t& in, Batch& batch) {
    chunk::Downsampler five(kFive, last_ms);
    for (const Sample& s : samples) five.Add(s.t, s.v);
    std::vector<chunk::AggregatesChunk> chunks = five.Finish();
    if (resolution == kHour) {
      chunk::Downsampler hour(kHour, last_ms);
      for (const auto& chunk : chunks) KVS_CHECK(hour.AddAggregates(chunk.bytes).ok());
      chunks = hour.Finish();
    }
    for (chunk::AggregatesChunk& chunk : chunks) {
      if (chunk.mint > in.max_ms || chunk.maxt < in.min_ms) continue;
      batch.Chunk(chunk.mint, chunk.maxt, std::move(chunk.bytes), KVS_CHUNK_AGGREGATES,
                  resolution == kHour ? KVS_CHUNK_WINDOW_1H : KVS_CHUNK_WINDOW_5M);
    }
  }
};

struct Answer {
  std::vector<std::pair<int64_t, double>> points;  // Of all series, one after the other.
  std::string explain;
  std::vector<std::string> infos;
};

class DownsampledTest : public ::testing::Test {
 protected:
  DownsampledTest() : engine_(sdk::Host(), Config()) {
    engine_.source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
  }

  Answer Ask(const std::string& query, int64_t start_ms, int64_t end_ms, int64_t step_ms,
             int64_t max_resolution_ms = 0, uint32_t flags = KVS_QUERY_ANALYZE) {
    auto in = sdk::Record<kvs_query_t>();
    in.text = sdk::Str(query);
    in.flags = flags | KVS_QUERY_RANGE;
    in.start_ms = start_ms;
    in.end_ms = end_ms;
    in.step_ms = step_ms;
    in.max_resolution_ms = max_resolution_ms;
    sdk::Owned<kvs_query_result_t> result;
    const sdk::OwnedCall call("test");
    const Status status = sdk::Await(
        sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_)).query(), call, &in, result.out());
    EXPECT_TRUE(status.ok()) << query << ": " << status.message();
    Answer out;
    if (!status.ok()) return out;
    out.explain = sdk::Text(result->explain_json);
    for (uint64_t i = 0; i < result->n_infos; ++i) out.infos.push_back(sdk::Text(result->infos[i]));
    if (result->n_series == 0) return out;
    for (uint32_t i = 0; i < result->point_begin[result->n_series]; ++i)
      out.points.emplace_back(result->timestamp_ms[i], result->value[i]);
    return out;
  }

  // Scrapes that are not on time, gaps, stale markers, resets; days 1 to 5, the first three of
  // which are downsampled.
  void FillAtRandom(uint32_t seed, bool whole_numbers) {
    std::mt19937 random(seed);
    source_.series.clear();
    for (int i = 0; i < 3; ++i) {
      Series& series = source_.series.emplace_back();
      int64_t t = kDay + static_cast<int64_t>(random() % 10'000);
      double v = 0;
      while (t < 6 * kDay) {
        const uint32_t dice = random() % 1000;
        if (dice == 0) {
          series.push_back({t, chunk::StaleNaN()});
          t += static_cast<int64_t>(random() % (4 * kHour));
        } else if (dice < 4) {
          v = 0;
        }
        v += random() % 50;
        series.push_back(
            {t, whole_numbers ? v : v * 0.1 + 1e-3 * static_cast<double>(random() % 7)});
        // Times right at the borders of windows are there as well.
        t += kMinute - (random() % 2 == 0 ? t % kMinute : random() % 5000);
      }
    }
    source_.boundary_ms = 4 * kDay;
  }

  DownsampledSource source_;
  PromqlEngine engine_;
};

const std::vector<std::string> kExact = {"sum_over_time", "count_over_time", "avg_over_time",
                                         "min_over_time", "max_over_time",   "present_over_time"};

TEST_F(DownsampledTest, ExactAnswersAreThoseOfSamplesToTheBit) {
  for (uint32_t seed = 0; seed < 6; ++seed) {
    FillAtRandom(seed, true);
    const int64_t unit = seed % 2 == 0 ? kHour : kFive;
    for (const std::string& function : kExact) {
      for (const int64_t range : {unit, 2 * unit, 25 * unit}) {
        const std::string query = StrCat(function, "(m[", range / 1000, "s])");
        SCOPED_TRACE(StrCat(query, ", seed ", seed));
        // The range spans what is downsampled and what is not.
        const Answer exact = Ask(query, kDay, 6 * kDay, 3 * unit, KVS_RESOLUTION_SAMPLES);
        const Answer answer = Ask(query, kDay, 6 * kDay, 3 * unit);
        ASSERT_EQ(answer.points.size(), exact.points.size());
        EXPECT_GT(exact.points.size(), 100u);
        for (size_t i = 0; i < exact.points.size(); ++i) {
          ASSERT_EQ(answer.points[i].first, exact.points[i].first);
          ASSERT_EQ(std::bit_cast<uint64_t>(answer.points[i].second),
                    std::bit_cast<uint64_t>(exact.points[i].second))
              << answer.points[i].second << " instead of " << exact.points[i].second << " at "
              << exact.points[i].first;
        }
        EXPECT_THAT(answer.explain, HasSubstr(unit == kHour ? "windows of 1h" : "windows of 5m"));
        EXPECT_THAT(answer.explain, HasSubstr("exact: range, step and start are multiples of"));
        EXPECT_THAT(exact.explain, Not(HasSubstr("windows of")));
        EXPECT_THAT(answer.infos, IsEmpty());
      }
    }
  }
}

TEST_F(DownsampledTest, FractionsAreRoundedAFewTimesMore) {
  FillAtRandom(7, false);
  for (const std::string function : {"sum_over_time", "avg_over_time"}) {
    const std::string query = StrCat(function, "(m[1d])");
    const Answer exact = Ask(query, kDay, 6 * kDay, kHour, KVS_RESOLUTION_SAMPLES);
    const Answer answer = Ask(query, kDay, 6 * kDay, kHour);
    ASSERT_EQ(answer.points.size(), exact.points.size());
    // One rounding a window, and one in the end: the values are all above zero.
    constexpr double kBound = 26 * std::numeric_limits<double>::epsilon() / 2;
    for (size_t i = 0; i < exact.points.size(); ++i) {
      EXPECT_NEAR(answer.points[i].second, exact.points[i].second, exact.points[i].second * kBound);
    }
  }
  for (const std::string function : {"min_over_time", "max_over_time"}) {
    const std::string query = StrCat(function, "(m[1d])");
    EXPECT_EQ(Ask(query, kDay, 6 * kDay, kHour).points,
              Ask(query, kDay, 6 * kDay, kHour, KVS_RESOLUTION_SAMPLES).points);
  }
}

TEST_F(DownsampledTest, WhatWouldNotBeExactIsReadFromSamples) {
  FillAtRandom(3, true);
  const auto reads_samples = [this](const std::string& query, int64_t start_ms, int64_t step_ms,
                                    std::string_view why) {
    const Answer answer = Ask(query, start_ms, 5 * kDay, step_ms);
    EXPECT_THAT(answer.explain, Not(HasSubstr("windows of"))) << query;
    EXPECT_THAT(answer.explain, HasSubstr(R"("resolution":{"max":"samples")")) << query;
    EXPECT_THAT(answer.explain, HasSubstr(std::string(why))) << query;
  };
  const std::string not_multiples = "range, step and start are not multiples of 5m";
  reads_samples("sum_over_time(m[7m])", kDay, kHour, not_multiples);
  reads_samples("sum_over_time(m[1h])", kDay + 1, kHour, not_multiples);
  reads_samples("sum_over_time(m[1h])", kDay, kHour + kMinute, not_multiples);
  reads_samples("sum_over_time(m[1h] offset 1s)", kDay, kHour, not_multiples);
  reads_samples("rate(m[1h])", kDay, kHour, "rate() is only estimated from aggregates");
  reads_samples("m", kDay, kHour, "an instant vector is only estimated from aggregates");
  reads_samples("quantile_over_time(0.5, m[1h])", kDay, kHour,
                "quantile_over_time() needs every sample");
  reads_samples("timestamp(m)", kDay, kHour, "it looks at the times of samples");
}

TEST_F(DownsampledTest, OffsetsAtAndSubqueriesAreLookedThrough) {
  FillAtRandom(4, true);
  for (const std::string query :
       {"sum_over_time(m[1h] offset 3h)", "sum_over_time(m[2h] @ 259200)",
        "max_over_time(sum_over_time(m[1h])[6h:1h])", "sum by (i) (count_over_time(m[1h]))",
        "sum_over_time(m[1h]) / count_over_time(m[1h])",
        "min_over_time(m[1h]) + max_over_time(m[1h])"}) {
    const Answer exact = Ask(query, kDay, 5 * kDay, kHour, KVS_RESOLUTION_SAMPLES);
    const Answer answer = Ask(query, kDay, 5 * kDay, kHour);
    EXPECT_EQ(answer.points, exact.points) << query;
    EXPECT_THAT(answer.explain, HasSubstr("windows of 1h")) << query;
  }
}

TEST_F(DownsampledTest, RatesAreEstimatedForWhoAllowsIt) {
  Series& series = source_.series.emplace_back();
  for (int64_t t = kDay; t < 5 * kDay; t += 15 * kSecond) {
    const double up = static_cast<double>(t % (7 * kHour)) / 1000;  // Reset every seven hours.
    series.push_back({t + 3, up});
  }
  source_.boundary_ms = 4 * kDay;
  for (const std::string query : {"rate(m[6h])", "increase(m[6h])"}) {
    const Answer exact = Ask(query, 2 * kDay, 5 * kDay, kHour, KVS_RESOLUTION_SAMPLES);
    for (const int64_t allowed : {kFive, kHour}) {
      const Answer answer = Ask(query, 2 * kDay, 5 * kDay, kHour, allowed);
      ASSERT_EQ(answer.points.size(), exact.points.size());
      for (size_t i = 0; i < exact.points.size(); ++i)
        EXPECT_NEAR(answer.points[i].second, exact.points[i].second,
                    exact.points[i].second * (allowed == kFive ? 0.002 : 0.01));
      EXPECT_THAT(answer.explain, HasSubstr(allowed == kFive ? "windows of 5m" : "windows of 1h"));
      EXPECT_THAT(answer.explain, HasSubstr("is estimated: max_source_resolution allows"));
      EXPECT_THAT(answer.infos, Not(::testing::Contains(HasSubstr("retention"))));
    }
  }
  // Auto: a fifth of the step, and five windows in the range of a counter.
  EXPECT_THAT(Ask("rate(m[6h])", 2 * kDay, 4 * kDay, kHour, KVS_RESOLUTION_AUTO).explain,
              HasSubstr("windows of 5m"));
  EXPECT_THAT(Ask("rate(m[6h])", 2 * kDay, 4 * kDay, 5 * kHour, KVS_RESOLUTION_AUTO).explain,
              HasSubstr("windows of 1h"));
  EXPECT_THAT(Ask("rate(m[20m])", 2 * kDay, 4 * kDay, kHour, KVS_RESOLUTION_AUTO).explain,
              HasSubstr("the range has not the 5 windows of aggregates that rate() needs"));
  EXPECT_THAT(Ask("rate(m[6h])", 2 * kDay, 4 * kDay, kMinute, KVS_RESOLUTION_AUTO).explain,
              HasSubstr("a fifth of the step is shorter than any aggregates"));
}

TEST_F(DownsampledTest, RetiredSamplesAreReplacedAndItIsSaid) {
  FillAtRandom(5, true);
  const Answer exact = Ask("sum_over_time(m[1h])", kDay, 5 * kDay, kHour, KVS_RESOLUTION_SAMPLES);
  const Answer rate = Ask("rate(m[7h])", 2 * kDay, 5 * kDay, 7 * kMinute, KVS_RESOLUTION_SAMPLES);
  source_.retired = true;

  const Answer sum = Ask("sum_over_time(m[1h])", kDay, 5 * kDay, kHour);
  EXPECT_EQ(sum.points, exact.points);
  EXPECT_THAT(sum.infos, IsEmpty());
  const Answer estimate = Ask("rate(m[7h])", 2 * kDay, 5 * kDay, 7 * kMinute);
  EXPECT_EQ(estimate.points.size(), rate.points.size());
  EXPECT_THAT(estimate.infos,
              ::testing::Contains(
                  HasSubstr("samples are past their retention, and aggregates stand in for them")));
  // Who wants samples gets what is left of them.
  const Answer samples = Ask("sum_over_time(m[1h])", kDay, 5 * kDay, kHour, KVS_RESOLUTION_SAMPLES);
  ASSERT_FALSE(samples.points.empty());
  EXPECT_GE(samples.points.front().first, 4 * kDay);
}

TEST_F(DownsampledTest, AnInstantVectorHasNoGapsBetweenWindows) {
  Series& series = source_.series.emplace_back();
  for (int64_t t = kDay + 1; t < 5 * kDay; t += kMinute) series.push_back({t, double(t / kHour)});
  source_.boundary_ms = 4 * kDay;
  source_.retired = true;
  source_.retired_from_ms = kHour;

  const Answer answer = Ask("m", kDay + kFive, 4 * kDay, kMinute);
  ASSERT_EQ(answer.points.size(), static_cast<size_t>(3 * kDay / kMinute - 4));
  // Within its window, the mean is that of the window.
  for (const auto& [t, v] : answer.points) {
    if (t % kHour != 30 * kMinute) continue;
    EXPECT_NEAR(v, static_cast<double>(t / kHour), 0.02) << t;
  }
}

TEST_F(DownsampledTest, FunctionsOfOnePassSeeTheirOwnAggregates) {
  FillAtRandom(6, true);
  source_.retired = true;
  // They share a pass where there are samples; each has its aggregate where there are none.
  const Answer both =
      Ask("max_over_time(m[1h]) - min_over_time(m[1h])", kDay, 4 * kDay, 7 * kMinute);
  const Answer max = Ask("max_over_time(m[1h])", kDay, 4 * kDay, 7 * kMinute);
  const Answer min = Ask("min_over_time(m[1h])", kDay, 4 * kDay, 7 * kMinute);
  ASSERT_EQ(both.points.size(), max.points.size());
  for (size_t i = 0; i < both.points.size(); ++i)
    EXPECT_EQ(both.points[i].second, max.points[i].second - min.points[i].second);
}

TEST_F(DownsampledTest, APlanTellsWithoutReading) {
  FillAtRandom(1, true);
  const Answer plan = Ask("sum_over_time(m[1h])", kDay, 2 * kDay, kHour, 0, KVS_QUERY_EXPLAIN);
  EXPECT_THAT(
      plan.explain,
      HasSubstr(
          R"("resolution":{"max":"1h","exact":true,"why":"range, step and start are multiples of 1h"})"));
  EXPECT_THAT(
      plan.explain,
      HasSubstr("scan sum_over_time(m[1h])  (aggregates over 1h, exact: range, step and start"));
}

}  // namespace
}  // namespace kvs::engine::promql
