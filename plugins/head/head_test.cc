// SPDX-License-Identifier: Apache-2.0
// What the head takes, refuses and gives back, through its ports, with an index of maps and a log
// in a folder of its own.
#include "head.h"

#include <cmath>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/nan.h"
#include "kvs/testkit/test_host.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr int64_t kNow = 1'700'000'000'000;

const model::Labels& Up() {
  static const model::Labels* const kUp = new model::Labels{{"__name__", "up"}, {"job", "node"}};
  return *kUp;
}

class HeadTest : public ::testing::Test {
 protected:
  static Config WithFolder(Config config, const std::string& folder) {
    config.data_dir = folder;
    config.durability = "os";  // Nobody cuts the power here.
    return config;
  }
  std::unique_ptr<HeadUnderTest> Open(Config config = {}) {
    auto under_test = std::make_unique<HeadUnderTest>(
        host_.host(), WithFolder(std::move(config), folder_.path()));
    const Status opened = under_test->head.Open();
    EXPECT_TRUE(opened.ok()) << opened.ToString();
    return under_test;
  }

  TempFolder folder_;
  testkit::TestHost host_;
};

TEST_F(HeadTest, GivesBackWhatWasWritten) {
  const auto h = Open();

  ASSERT_TRUE(h->Write(Up(), 1000, 1.5).ok());
  ASSERT_TRUE(h->Write(Up(), 2000, 2.5).ok());

  EXPECT_THAT(h->Read(), ElementsAre(Pair("up{job=\"node\"}", "1000=1.5 2000=2.5")));
  EXPECT_EQ(h->result.samples_accepted, 1u);
}

TEST_F(HeadTest, AsksTheIndexOncePerKey) {
  const auto h = Open();

  for (int i = 0; i < 10; ++i) ASSERT_TRUE(h->Write(Up(), 1000 * i, i).ok());

  EXPECT_EQ(h->index.resolved(), 1u);
}

TEST_F(HeadTest, TakesBothLayoutsOfLabelsAsOneSeries) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), 1000, 1).ok());
  std::string records;
  const std::vector<kvs_pair_t> pairs = {{sdk::Str("__name__"), sdk::Str("up")},
                                         {sdk::Str("job"), sdk::Str("node")}};
  for (const kvs_pair_t& pair : pairs) {
    const std::string name = sdk::Text(pair.name);
    const std::string value = sdk::Text(pair.value);
    std::string inside = "\x0a" + std::string(1, static_cast<char>(name.size())) + name + "\x12" +
                         std::string(1, static_cast<char>(value.size())) + value;
    records += "\x0a" + std::string(1, static_cast<char>(inside.size())) + inside;
  }
  model::WriteBatch batch;
  batch.Clear(model::LabelLayout::kProtobuf);
  batch.label_bytes.push_back(
      model::BytesRef::Of({reinterpret_cast<const uint8_t*>(records.data()), records.size()}));
  batch.AddSample(2000, 2);
  batch.EndSeries({1, 2});
  batch.Finish();

  ASSERT_TRUE(h->Write(batch).ok());

  EXPECT_THAT(h->Read(), ElementsAre(Pair("up{job=\"node\"}", "1000=1 2000=2")));
}

TEST_F(HeadTest, KeepsTenantsApart) {
  const auto h = Open();

  ASSERT_TRUE(h->Write(Up(), 1000, 1, "a").ok());
  ASSERT_TRUE(h->Write(Up(), 1000, 2, "b").ok());

  EXPECT_THAT(h->Read({.tenant = "a"}), ElementsAre(Pair("up{job=\"node\"}", "1000=1")));
  EXPECT_THAT(h->Read({.tenant = "b"}), ElementsAre(Pair("up{job=\"node\"}", "1000=2")));
  EXPECT_THAT(h->Read({.tenant = "c"}), IsEmpty());
}

TEST_F(HeadTest, CutsChunksAt120SamplesAndAtBlocks) {
  const auto h = Open();
  const int64_t block = kNow / kBlockMs * kBlockMs;
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(Up());
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    builder.AddSample(block + i * kMinute, i);
    StrAppend(expected, i == 0 ? "" : " ", block + i * kMinute, "=", i);
  }

  ASSERT_TRUE(h->Write(builder.Finish()).ok());

  // Five hours in blocks of two: chunks end at 120, 240 samples; reading part of the time leaves
  // chunks out.
  EXPECT_THAT(h->Read(), ElementsAre(Pair("up{job=\"node\"}", expected)));
  const auto part = h->Read({.min_t = block + 130 * kMinute, .max_t = block + 140 * kMinute});
  ASSERT_THAT(part, SizeIs(1));
  EXPECT_THAT(part.begin()->second, HasSubstr(StrCat(block + 120 * kMinute, "=120")));
  EXPECT_THAT(part.begin()->second, ::testing::Not(HasSubstr(StrCat(block + 119 * kMinute, "="))));
  EXPECT_THAT(part.begin()->second, ::testing::Not(HasSubstr(StrCat(block + 240 * kMinute, "="))));

  // The open chunk begins with sample 240; who wants the one before gets the closed chunk, too.
  const auto open = h->Read({.min_t = block + 240 * kMinute});
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_THAT(open.begin()->second, StartsWith(StrCat(block + 240 * kMinute, "=240 ")));
  const auto both = h->Read({.min_t = block + 239 * kMinute});
  ASSERT_THAT(both, SizeIs(1));
  EXPECT_THAT(both.begin()->second, HasSubstr(StrCat(block + 239 * kMinute, "=239 ")));
}

// Samples of a text of Read() that are not before `min_t`, and how many are.
std::pair<std::string, int> From(const std::string& text, int64_t min_t) {
  std::pair<std::string, int> out;
  std::istringstream in(text);
  for (std::string sample; in >> sample;) {
    if (std::stoll(sample) < min_t) {
      ++out.second;
    } else {
      StrAppend(out.first, out.first.empty() ? "" : " ", sample);
    }
  }
  return out;
}

TEST_F(HeadTest, GivesTheEndOfAnOpenChunkWithoutItsBeginning) {
  const auto h = Open();
  const int64_t block = kNow / kBlockMs * kBlockMs;
  std::string all;
  int written = 0;
  const auto write = [&](int n) {
    for (; n > 0; --n, ++written) {
      // Values of many widths, and some that repeat: segments end anywhere in a sample.
      const double v = written % 7 == 0 ? 5 : std::sqrt(static_cast<double>(written % 11));
      const int64_t t = block + written * 10'000 + (written % 5 == 0 ? 3 : 0);
      ASSERT_TRUE(h->Write(Up(), t, v).ok());
      StrAppend(all, all.empty() ? "" : " ", t, "=", v);
    }
  };
  write(30);

  // Ranges that begin later and earlier than those before, while the chunk grows and the next
  // begins.
  for (int round = 0; round < 60; ++round) {
    write(3);
    for (const int back : {2, 17, 9, 40, 1, 60, 25}) {
      const int64_t min_t = block + (written - back) * 10'000 - 1;
      const auto read = h->Read({.min_t = min_t, .max_t = block + kHour});
      ASSERT_THAT(read, SizeIs(1)) << round << " " << back;
      const auto [wanted, before] = From(read.begin()->second, min_t);
      EXPECT_EQ(wanted, From(all, min_t).first) << round << " " << back;
      if (back < 10 && written > 80 && written < 110) {
        EXPECT_LE(before, 1);
      }
    }
  }
}

TEST_F(HeadTest, GivesTheNewestSampleAloneToThoseWhoAskForIt) {
  const auto h = Open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(h->Write(Up(), kNow + i, i).ok());
  const auto newest = [&](int64_t max_t) {
    const auto read = h->Read({.max_t = max_t, .func = "last_over_time"});
    return read.empty() ? std::string() : read.begin()->second;
  };

  EXPECT_EQ(newest(kNow + 2), StrCat(kNow + 2, "=2"));
  // Who asks at the time of a scrape mostly finds one newer sample.
  EXPECT_EQ(newest(kNow + 1), StrCat(kNow + 1, "=1"));
  // Those who look at an earlier time get the whole chunk.
  EXPECT_THAT(newest(kNow), StartsWith(StrCat(kNow, "=0 ", kNow + 1, "=1")));

  // A stale marker does not hide what is behind it from last_over_time().
  ASSERT_TRUE(h->Write(Up(), kNow + 3, chunk::StaleNaN()).ok());
  EXPECT_THAT(newest(kNow + 3), StartsWith(StrCat(kNow, "=0 ", kNow + 1, "=1 ", kNow + 2, "=2")));
  EXPECT_EQ(newest(kNow + 2), StrCat(kNow + 2, "=2"));
  ASSERT_TRUE(h->Write(Up(), kNow + 4, 4).ok());
  EXPECT_THAT(newest(kNow + 3), StartsWith(StrCat(kNow, "=0 ", kNow + 1, "=1 ", kNow + 2, "=2")));
}

TEST_F(HeadTest, TheNewestSampleAtATimeIsThatOfTheWholeChunk) {
  const auto h = Open();
  std::vector<std::pair<int64_t, double>> written;
  for (int i = 0; i < 300; ++i) {  // Over the ends of segments and chunks.
    written.emplace_back(kNow + i * 1000 + (i % 7), i % 5 == 0 ? 1 : i * 0.37);
    ASSERT_TRUE(h->Write(Up(), written.back().first, written.back().second).ok());
    if (i == 0) continue;
    const auto [t, v] = written[written.size() - 2];
    const auto read = h->Read({.max_t = t, .func = "last_over_time"});
    ASSERT_FALSE(read.empty());
    // More than asked for may come, but in front of what is newer stands this one.
    EXPECT_THAT(StrCat(" ", read.begin()->second, " "), HasSubstr(StrCat(" ", t, "=", v, " ")));
  }
}

TEST_F(HeadTest, ALateSampleMayBeTheNewestAtATime) {
  Config config;
  config.out_of_order_time_window.ms = kHour;
  const auto h = Open(config);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(h->Write(Up(), kNow + i * 1000, i).ok());
  ASSERT_TRUE(h->Write(Up(), kNow + 2500, 7).ok());

  const auto read = h->Read({.max_t = kNow + 2600, .func = "last_over_time"});

  ASSERT_FALSE(read.empty());
  EXPECT_THAT(read.begin()->second, HasSubstr(StrCat(kNow + 2500, "=7")));
}

TEST_F(HeadTest, LeavesOutSeriesWithoutSamplesInTheRange) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), kNow, 1).ok());
  ASSERT_TRUE(h->Write({{"__name__", "other"}}, kNow + kMinute, 1).ok());

  EXPECT_THAT(h->Read({.min_t = kNow + 1, .max_t = kNow + kHour}),
              ElementsAre(Pair("other", StrCat(kNow + kMinute, "=1"))));
  EXPECT_THAT(h->Read({.min_t = kNow - kHour, .max_t = kNow}),
              ElementsAre(Pair("up{job=\"node\"}", StrCat(kNow, "=1"))));
  EXPECT_THAT(h->Read({.min_t = kNow + kHour, .max_t = kNow + 2 * kHour}), IsEmpty());
  EXPECT_THAT(h->Read({.min_t = kNow + 1, .max_t = kNow + kHour, .flags = KVS_SELECT_NO_CHUNKS}),
              ElementsAre(Pair("other", "")));
}

TEST_F(HeadTest, SeriesInOrderOfLabelsKeepTheirSamples) {
  // Of many shards, with different numbers of chunks, created in another order than that of labels.
  const auto h = Open();
  std::map<std::string, std::string> expected;
  for (int s = 0; s < 3; ++s) {
    const int64_t t = kNow + s * 2 * kHour;
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    for (int i = 0; i < 3000; ++i) {
      if (i % 3 < s) continue;
      const int n = i * 7919 % 3000;
      builder.BeginSeries(model::Labels{{"__name__", "m"}, {"n", StrCat(10000 + n)}});
      builder.AddSample(t, n + s);
      std::string& text = expected[StrCat("m{n=\"", 10000 + n, "\"}")];
      StrAppend(text, s == 0 ? "" : " ", t, "=", n + s);
    }
    ASSERT_TRUE(h->Write(builder.Finish()).ok());
  }

  const auto read = h->ReadInOrder({.flags = KVS_SELECT_SORTED});

  EXPECT_THAT(read, ElementsAreArray(expected));
}

TEST_F(HeadTest, TakesARepeatedSample) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), 1000, 1).ok());

  EXPECT_TRUE(h->Write(Up(), 1000, 1).ok());

  EXPECT_EQ(h->result.samples_accepted, 1u);
  EXPECT_THAT(h->Read(), ElementsAre(Pair("up{job=\"node\"}", "1000=1")));
}

// A write that was taken, but not acknowledged in time, is sent again as it was.
TEST_F(HeadTest, TakesARepeatedBodyOfSeveralSamplesOfASeries) {
  for (const bool has_starts : {false, true}) {
    const auto h = Open();
    const model::Labels labels{{"__name__", "up"}, {"starts", has_starts ? "yes" : "no"}};
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    builder.BeginSeries(labels);
    constexpr int kSamples = 300;  // More than two chunks.
    for (int i = 0; i < kSamples; ++i) {
      if (has_starts) {
        builder.AddSample(kNow + 1000 * i, i, kNow);
      } else {
        builder.AddSample(kNow + 1000 * i, i);
      }
    }
    const model::WriteBatch batch = builder.Take();
    ASSERT_TRUE(h->Write(batch).ok());
    const auto before = h->Read();

    const Status again = h->Write(batch);

    EXPECT_TRUE(again.ok()) << again.ToString();
    EXPECT_EQ(h->result.samples_accepted, uint64_t{kSamples});
    EXPECT_EQ(h->Read(), before);
    EXPECT_EQ(h->Write(labels, kNow + 1000 * 5, 6).reason(), "err-mimir-sample-out-of-order")
        << "another value";
    EXPECT_EQ(h->Write(labels, kNow + 1000 * 250, 6).reason(), "err-mimir-sample-out-of-order");
    EXPECT_EQ(h->Write(labels, kNow + 1000 * 5 + 1, 5).reason(), "err-mimir-sample-out-of-order")
        << "another time";
    EXPECT_EQ(h->Write(labels, kNow - 1, 0).reason(), "err-mimir-sample-out-of-order");
  }
}

TEST_F(HeadTest, TakesARepeatedNotANumberByItsBits) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), 1000, chunk::StaleNaN()).ok());

  EXPECT_TRUE(h->Write(Up(), 1000, chunk::StaleNaN()).ok());
  EXPECT_FALSE(h->Write(Up(), 1000, chunk::NormalNaN()).ok());
}

TEST_F(HeadTest, RefusesAnotherValueAtTheSameTimeInMimirsWords) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), 86'400'969, 1).ok());

  const Status status = h->Write(Up(), 86'400'969, 2);

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.reason(), "err-mimir-sample-duplicate-timestamp");
  EXPECT_FALSE(status.partial());
  EXPECT_EQ(
      status.message(),
      "the sample has been rejected because another sample with the same timestamp, but a "
      "different value, has already "
      "been ingested (err-mimir-sample-duplicate-timestamp). The affected sample has timestamp "
      "1970-01-02T00:00:00.969Z and is from series up{job=\"node\"}");
}

TEST_F(HeadTest, RefusesOutOfOrderWithoutAWindow) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), kNow, 1).ok());

  const Status status = h->Write(Up(), kNow - kMinute, 1);

  EXPECT_EQ(status.reason(), "err-mimir-sample-out-of-order");
  EXPECT_EQ(host_.metrics().Value("cortex_discarded_samples_total",
                                  {{"reason", "sample-out-of-order"}, {"user", "a"}}),
            1);
}

TEST_F(HeadTest, RefusesWhatIsFarBehindTheNewestOfTheTenant) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), kNow, 1).ok());

  EXPECT_EQ(h->Write({{"__name__", "other"}}, kNow - kHour - 1, 1).reason(),
            "err-mimir-sample-timestamp-too-old");
  EXPECT_EQ(h->Write(Up(), kNow - 2 * kHour, 1).reason(), "err-mimir-sample-timestamp-too-old");
  EXPECT_TRUE(h->Write({{"__name__", "other"}}, kNow - kHour, 1).ok());
}

TEST_F(HeadTest, StoresTheValidPartAndNamesTheFirstRefusal) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), kNow, 1).ok());
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(model::Labels{{"__name__", "first"}});
  builder.AddSample(kNow, 1);
  builder.BeginSeries(Up());
  builder.AddSample(kNow - 1, 1);
  builder.AddSample(kNow + 1, 2);
  builder.BeginSeries(model::Labels{{"__name__", "last"}});
  builder.AddSample(kNow - kHour - 5, 1);

  const Status status = h->Write(builder.Finish());

  EXPECT_EQ(status.reason(), "err-mimir-sample-out-of-order");
  EXPECT_THAT(status.message(), HasSubstr("up{job=\"node\"}"));
  EXPECT_TRUE(status.partial());
  EXPECT_EQ(h->result.samples_accepted, 2u);
  EXPECT_THAT(h->Read(),
              UnorderedElementsAre(Pair("first", StrCat(kNow, "=1")),
                                   Pair("up{job=\"node\"}", StrCat(kNow, "=1 ", kNow + 1, "=2"))));
}

TEST_F(HeadTest, MergesLateSamplesWithinTheWindow) {
  Config config;
  config.out_of_order_time_window.ms = 2 * kHour;
  const auto h = Open(config);
  std::map<int64_t, int> expected;
  for (int i = 0; i < 200; i += 2) {
    ASSERT_TRUE(h->Write(Up(), kNow + i * 1000, i).ok());
    expected[kNow + i * 1000] = i;
  }

  for (int i = 199; i > 0; i -= 2) {
    ASSERT_TRUE(h->Write(Up(), kNow + i * 1000, i).ok()) << i;
    expected[kNow + i * 1000] = i;
  }

  std::string text;
  for (const auto& [t, v] : expected) StrAppend(text, text.empty() ? "" : " ", t, "=", v);
  EXPECT_THAT(h->Read(), ElementsAre(Pair("up{job=\"node\"}", text)));
}

TEST_F(HeadTest, RefusesWhatIsBeyondTheWindow) {
  Config config;
  config.out_of_order_time_window.ms = 2 * kHour;
  const auto h = Open(config);
  ASSERT_TRUE(h->Write(Up(), kNow - 3 * kHour, 1).ok());
  ASSERT_TRUE(h->Write(Up(), kNow, 1).ok());

  const Status status = h->Write(Up(), kNow - 2 * kHour - 1, 1);

  EXPECT_EQ(status.reason(), "err-mimir-sample-timestamp-too-old");
  EXPECT_THAT(status.message(), HasSubstr("beyond the out-of-order time window of 2h"));
  EXPECT_TRUE(h->Write(Up(), kNow - 2 * kHour, 1).ok());
}

TEST_F(HeadTest, SortsSeriesByLabelsWhenAsked) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  for (const char* name : {"c", "a", "b"})
    AddSeries(builder, {{"__name__", name}, {"x", "1"}}, kNow, 1000, 1);
  AddSeries(builder, {{"__name__", "a"}}, kNow, 1000, 1);
  ASSERT_TRUE(h->Write(builder.Finish()).ok());

  const auto series = h->ReadInOrder({.flags = KVS_SELECT_SORTED | KVS_SELECT_NO_CHUNKS});

  EXPECT_THAT(series, ElementsAre(Pair("a", ""), Pair("a{x=\"1\"}", ""), Pair("b{x=\"1\"}", ""),
                                  Pair("c{x=\"1\"}", "")));
}

TEST_F(HeadTest, ShardsTogetherAreTheWhole) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  for (int i = 0; i < 100; ++i)
    AddSeries(builder, {{"__name__", "m"}, {"i", StrCat(i)}}, kNow, 1000, 1);
  ASSERT_TRUE(h->Write(builder.Finish()).ok());

  std::map<std::string, std::string> together;
  size_t n = 0;
  for (uint32_t shard = 0; shard < 4; ++shard) {
    const auto some = h->Read({.shard_index = shard, .shard_count = 4});
    EXPECT_GT(some.size(), 5u);
    n += some.size();
    together.insert(some.begin(), some.end());
  }

  EXPECT_EQ(n, 100u);
  EXPECT_EQ(together, h->Read());
}

TEST_F(HeadTest, GivesManySeriesInBatchesUpToTheLimit) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  for (int i = 0; i < 3000; ++i)
    AddSeries(builder, {{"__name__", "m"}, {"i", StrCat(i)}}, kNow, 1000, 2);
  ASSERT_TRUE(h->Write(builder.Finish()).ok());

  EXPECT_THAT(h->Read(), SizeIs(3000));
  EXPECT_THAT(h->Read({.limit = 1500}), SizeIs(1500));
}

TEST_F(HeadTest, LeavesOutLabelsThatNobodyWillLookAt) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), kNow, 1).ok());

  EXPECT_THAT(h->Read({.flags = KVS_SELECT_HAS_LABELS, .labels = {"job"}}),
              ElementsAre(Pair("{job=\"node\"}", StrCat(kNow, "=1"))));
}

TEST_F(HeadTest, KeepsNativeHistogramsBesideFloats) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(Up());
  const std::vector<int32_t> offsets{0};
  const std::vector<uint32_t> lengths{2};
  const std::vector<uint64_t> deltas{1, 1};
  const std::vector<uint64_t> floats{std::bit_cast<uint64_t>(1.0), std::bit_cast<uint64_t>(2.0)};
  model::HistogramView histogram{.timestamp_ms = kNow, .count = 3, .sum = 1.5};
  histogram.positive_span_offset = offsets;
  histogram.positive_span_length = lengths;
  histogram.positive_bucket = deltas;
  builder.AddHistogram(histogram);
  histogram.timestamp_ms = kNow + 1000;
  builder.AddHistogram(histogram);
  histogram.timestamp_ms = kNow + 2000;
  histogram.is_float = true;
  histogram.count = std::bit_cast<uint64_t>(3.0);
  histogram.positive_bucket = floats;
  builder.AddHistogram(histogram);
  const model::WriteBatch batch = builder.Take();

  ASSERT_TRUE(h->Write(batch).ok());
  EXPECT_EQ(h->result.histograms_accepted, 3u);
  ASSERT_TRUE(h->Write(Up(), kNow + 3000, 7).ok());

  const std::string expected =
      StrCat(kNow, "=h3 ", kNow + 1000, "=h3 ", kNow + 2000, "=h3 ", kNow + 3000, "=7");
  EXPECT_THAT(h->Read(), ElementsAre(Pair("up{job=\"node\"}", expected)));
  EXPECT_EQ(h->Write(batch).reason(), "err-mimir-sample-out-of-order");
}

TEST_F(HeadTest, FloatsAndHistogramsOfABatchAreTakenInTheOrderOfRows) {
  auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  const model::Labels other{{"__name__", "other"}};
  for (int i = 0; i < 3; ++i) {  // As senders do: a sample each.
    builder.BeginSeries(Up());
    builder.AddHistogram({.timestamp_ms = kNow + 2000 * i, .count = 0, .sum = double(i)});
    builder.BeginSeries(other);
    builder.AddSample(kNow + i, i);
    builder.BeginSeries(Up());
    builder.AddSample(kNow + 2000 * i + 1000, i);
  }

  ASSERT_TRUE(h->Write(builder.Take()).ok());

  const std::map<std::string, std::string> expected{
      {"up{job=\"node\"}", StrCat(kNow, "=h0 ", kNow + 1000, "=0 ", kNow + 2000, "=h0 ",
                                  kNow + 3000, "=1 ", kNow + 4000, "=h0 ", kNow + 5000, "=2")},
      {"other", StrCat(kNow, "=0 ", kNow + 1, "=1 ", kNow + 2, "=2")}};
  EXPECT_EQ(h->Read(), expected);
  h.reset();
  EXPECT_EQ(Open()->Read(), expected) << "also out of the log";
}

TEST_F(HeadTest, TakesLateHistogramsWithinTheWindow) {
  Config config;
  config.out_of_order_time_window.ms = 10 * kMinute;
  auto h = Open(config);
  const auto write = [&](int64_t t, double sum) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    builder.BeginSeries(Up());
    builder.AddHistogram({.timestamp_ms = t, .count = 0, .sum = sum});
    return h->Write(builder.Take());
  };
  ASSERT_TRUE(write(kNow, 1).ok());
  std::string late;
  for (int i = 40; i > 0; --i) {  // Backwards, and more than one chunk of them.
    ASSERT_TRUE(write(kNow - 1000 * i, i).ok());
    StrAppend(late, kNow - 1000 * i, "=h0 ");
  }

  EXPECT_TRUE(write(kNow - 7000, 7).ok()) << "the same again";
  EXPECT_EQ(write(kNow - 1000, 8).reason(), "err-mimir-sample-duplicate-timestamp");
  EXPECT_EQ(write(kNow - 11 * kMinute, 1).reason(), "err-mimir-sample-timestamp-too-old");
  EXPECT_EQ(h->Read().at("up{job=\"node\"}"), StrCat(late, kNow, "=h0"));
  h.reset();
  EXPECT_EQ(Open(config)->Read().at("up{job=\"node\"}"), StrCat(late, kNow, "=h0"));
}

TEST_F(HeadTest, AHistogramThatIsNoneIsRefusedWithItsReason) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(Up());
  builder.AddSample(kNow, 1);
  builder.AddHistogram({.timestamp_ms = kNow + 1, .count = 3, .sum = 0});

  const Status refused = h->Write(builder.Take());

  EXPECT_TRUE(refused.partial());
  EXPECT_EQ(refused.reason(), "err-mimir-native-histogram-count-mismatch");
  EXPECT_THAT(refused.message(), testing::HasSubstr("up{job=\"node\"}"));
  EXPECT_EQ(host_.metrics().Value("cortex_discarded_samples_total",
                                  {{"reason", "native-histogram-count-mismatch"}, {"user", "a"}}),
            1);
}

TEST_F(HeadTest, AHistogramAgainIsNoError) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(Up());
  builder.AddHistogram({.timestamp_ms = kNow, .count = 0, .sum = 0});
  const model::WriteBatch batch = builder.Take();
  builder.BeginSeries(Up());
  builder.AddHistogram({.timestamp_ms = kNow, .count = 0, .sum = 1});
  const model::WriteBatch other = builder.Take();

  ASSERT_TRUE(h->Write(batch).ok());
  EXPECT_TRUE(h->Write(batch).ok());
  EXPECT_EQ(h->Write(other).reason(), "err-mimir-sample-duplicate-timestamp");
}

TEST_F(HeadTest, RefusesAHistogramThatMakesNoSense) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(Up());
  builder.AddSample(kNow, 1);
  builder.AddHistogram(
      {.timestamp_ms = kNow + 1, .count = 5, .sum = 0});  // Five observations in no bucket.

  const Status status = h->Write(builder.Finish());

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(status.partial());
  EXPECT_THAT(h->Read(), ElementsAre(Pair("up{job=\"node\"}", StrCat(kNow, "=1"))));
}

TEST_F(HeadTest, CountsWhatQueriesAreGiven) {
  const auto h = Open();
  for (int64_t t = kNow; t < kNow + 300; ++t) ASSERT_TRUE(h->Write(Up(), t, 1).ok());
  ASSERT_TRUE(h->Write(model::Labels{{"__name__", "other"}}, kNow, 1).ok());
  const auto& metrics = host_.metrics();

  ASSERT_THAT(h->Read(), SizeIs(2));

  EXPECT_EQ(metrics.Value("cortex_ingester_queried_series", {{"stage", "merged_blocks"}}), 1);
  EXPECT_EQ(metrics.Sum("cortex_ingester_queried_series"), 2);
  EXPECT_EQ(metrics.Value("cortex_ingester_queried_samples"), 1);
  EXPECT_EQ(metrics.Sum("cortex_ingester_queried_samples"), 301);

  ASSERT_THAT(h->Read({.min_t = kNow + kHour, .max_t = kNow + 2 * kHour}), IsEmpty());
  EXPECT_EQ(metrics.Value("cortex_ingester_queried_series"), 2) << "one that finds nothing is one";
  EXPECT_EQ(metrics.Sum("cortex_ingester_queried_series"), 2);

  ASSERT_THAT(h->Read({.tenant = "nobody"}), IsEmpty());
  ASSERT_THAT(h->Read({.flags = KVS_SELECT_NO_CHUNKS}), SizeIs(2));
  EXPECT_EQ(metrics.Value("cortex_ingester_queried_series"), 2);
}

TEST_F(HeadTest, GivesExemplarsOfMatchingSeries) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  const std::vector<model::LabelView> trace{{"trace_id", "abc"}};
  builder.BeginSeries(Up());
  builder.AddSample(kNow, 1);
  builder.AddExemplar(kNow, 0.5, trace);
  builder.BeginSeries(model::Labels{{"__name__", "other"}});
  builder.AddSample(kNow, 1);
  builder.AddExemplar(kNow, 0.7, trace);
  const model::WriteBatch batch = builder.Take();
  ASSERT_TRUE(h->Write(batch).ok());
  ASSERT_TRUE(h->Write(batch).ok());  // The same again.

  const kvs_matcher_t matcher = {sdk::Str("job"), sdk::Str("node"), KVS_MATCH_EQUAL, 0};
  const kvs_matchers_t set = {&matcher, 1};
  auto query = sdk::Record<kvs_label_query_t>();
  query.min_ms = kNow - kHour;
  query.max_ms = kNow;
  query.sets = &set;
  query.n_sets = 1;
  sdk::Owned<kvs_exemplar_list_t> found;
  ASSERT_TRUE(sdk::Await(h->source().exemplars(), sdk::OwnedCall("a"), &query, found.out()).ok());

  ASSERT_EQ(found->series.n_series, 1u);
  ASSERT_EQ(found->exemplars.n_exemplars, 1u);
  EXPECT_EQ(found->exemplars.begin[1], 1u);
  EXPECT_EQ(found->exemplars.timestamp_ms[0], kNow);
  EXPECT_EQ(found->exemplars.value[0], 0.5);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_queried_exemplars"), 1);
  EXPECT_EQ(host_.metrics().Sum("cortex_ingester_queried_exemplars"), 1);
  ASSERT_EQ(found->exemplars.label_begin[1], 1u);
  EXPECT_EQ(sdk::View(found->exemplars.label[0].value), "abc");
}

TEST_F(HeadTest, GivesMetadataOncePerDescription) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.AddMetadata("up", model::MetricType::kGauge, "Answers", "");
  builder.AddMetadata("up", model::MetricType::kGauge, "Answers", "");
  builder.AddMetadata("up", model::MetricType::kGauge, "Is there", "");
  builder.AddMetadata("zz", model::MetricType::kCounter, "Sleeps", "s");
  ASSERT_TRUE(h->Write(builder.Finish()).ok());

  auto query = sdk::Record<kvs_metadata_query_t>();
  sdk::Owned<kvs_metadata_list_t> found;
  ASSERT_TRUE(sdk::Await(h->source().metadata(), sdk::OwnedCall("a"), &query, found.out()).ok());
  ASSERT_EQ(found->n_items, 3u);
  EXPECT_EQ(sdk::View(found->items[2].metric), "zz");
  EXPECT_EQ(found->items[2].type, uint32_t{KVS_TYPE_COUNTER});

  query.limit_per_metric = 1;
  query.metric = sdk::Str("up");
  ASSERT_TRUE(sdk::Await(h->source().metadata(), sdk::OwnedCall("a"), &query, found.out()).ok());
  EXPECT_EQ(found->n_items, 1u);
}

TEST_F(HeadTest, AsksTheIndexForLabelNamesOnlyWhereItHasSamples) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), kNow, 1).ok());
  auto query = sdk::Record<kvs_label_query_t>();
  query.min_ms = kNow - kHour;
  query.max_ms = kNow;
  sdk::Owned<kvs_strings_t> found;

  ASSERT_TRUE(sdk::Await(h->source().label_names(), sdk::OwnedCall("a"), &query, found.out()).ok());
  EXPECT_EQ(found->n_items, 1u);

  query.min_ms = kNow + 1;
  query.max_ms = kNow + kHour;
  ASSERT_TRUE(
      sdk::Await(h->source().label_values(), sdk::OwnedCall("a"), &query, found.out()).ok());
  EXPECT_EQ(found->n_items, 0u);
}

TEST_F(HeadTest, WhatIsInABlockLeavesMemory) {
  const auto h = Open();
  // Enough chunks that the older ones fill blocks of their own.
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  for (int i = 0; i < 50; ++i)
    AddSeries(builder, {{"__name__", "ended"}, {"i", StrCat(i)}}, kNow, 15'000, 480);
  ASSERT_TRUE(h->Write(builder.Finish()).ok());
  ASSERT_TRUE(h->Write(Up(), kNow + 20 * kHour, 1).ok());
  const auto before = h->Read();

  h->head.Maintain();

  EXPECT_EQ(h->Read(), before);
  EXPECT_EQ(h->index.n_series("a"), 1u);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_memory_series"), 1);
  // An id that is used again belongs to the new series alone.
  ASSERT_TRUE(h->Write({{"__name__", "new"}}, kNow + 20 * kHour, 5).ok());
  EXPECT_THAT(h->Read({.name = "new"}), ElementsAre(Pair("new", StrCat(kNow + 20 * kHour, "=5"))));
  EXPECT_EQ(h->Write({{"__name__", "ended"}, {"i", "3"}}, kNow, 5).reason(),
            "err-mimir-sample-timestamp-too-old");
}

TEST_F(HeadTest, ABatchOutlivesTheBlocksItPointsAt) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  for (int i = 0; i < 50; ++i)
    AddSeries(builder, {{"__name__", "m"}, {"i", StrCat(i)}}, kNow, 15'000, 480);
  ASSERT_TRUE(h->Write(builder.Finish()).ok());
  const sdk::OwnedCall call("a");
  auto select = sdk::Record<kvs_select_t>();
  select.min_ms = kNow;
  select.max_ms = kNow + kHour;
  sdk::OpenSelection selection;
  ASSERT_TRUE(sdk::Await(h->source().select(), call, &select, selection.out()).ok());
  StatusOr<sdk::BatchPtr> batch = selection.Next(call);
  ASSERT_TRUE(batch.ok());

  ASSERT_TRUE(h->Write(Up(), kNow + 20 * kHour, 1).ok());
  h->head.Maintain();

  chunk::XorDecoder decoder({(*batch)->chunks[0].data, (*batch)->chunks[0].size});
  int64_t t = 0;
  double v = 0;
  ASSERT_TRUE(decoder.Next(&t, &v));
  EXPECT_EQ(t, kNow);
  EXPECT_EQ(h->index.n_series("a"), 51u) << "ids stay while a selection is open";
}

TEST_F(HeadTest, CountsSeriesAndSamples) {
  const auto h = Open();
  ASSERT_TRUE(h->Write(Up(), kNow, 1, "a").ok());
  ASSERT_TRUE(h->Write(Up(), kNow + 1, 1, "a").ok());
  ASSERT_TRUE(h->Write(Up(), kNow, 1, "b").ok());

  EXPECT_EQ(host_.metrics().Value("cortex_ingester_memory_series"), 2);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_memory_users"), 2);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_ingested_samples_total", {{"user", "a"}}), 2);
}

TEST_F(HeadTest, AnIdleTenantIsSmall) {
  const auto h = Open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(h->Write(Up(), kNow, 1, StrCat("tenant", i)).ok());

  EXPECT_LT(host_.metrics().Value("kvs_head_memory_bytes") / 100, 32 << 10);
}

TEST_F(HeadTest, TakesExtremeTimes) {
  const auto h = Open();

  EXPECT_TRUE(h->Write(Up(), std::numeric_limits<int64_t>::min() + 1, 1, "low").ok());
  EXPECT_TRUE(h->Write(Up(), std::numeric_limits<int64_t>::max(), 1, "high").ok());

  EXPECT_THAT(h->Read({.tenant = "low"}), SizeIs(1));
  EXPECT_THAT(h->Read({.tenant = "high"}), SizeIs(1));
}

}  // namespace
}  // namespace kvs::head
