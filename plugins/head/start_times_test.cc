// SPDX-License-Identifier: Apache-2.0
// Start timestamps: what was written is read back from memory, from the log, from a checkpoint and
// from blocks, and who did not ask for them finds none.
#include <bit>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/blocks/block.h"
#include "kvs/chunk/nan.h"
#include "kvs/testkit/test_host.h"
#include "kvs/tsdb/verify.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kBegin = 1'700'006'400'000;  // A block begins here.
using Answers = std::map<std::string, std::string>;

class StartTimesTest : public ::testing::Test {
 protected:
  static Config ConfigOf(const std::string& folder, std::vector<std::string> features) {
    Config config;
    config.data_dir = folder;
    config.durability = "os";
    config.out_of_order_time_window.ms = 6 * kHour;
    config.wal_segment_size.bytes = 64 << 10;
    config.enable_features = std::move(features);
    EXPECT_TRUE(config.Validate().ok());
    return config;
  }
  static std::unique_ptr<HeadUnderTest> OpenIn(testkit::TestHost& host, const std::string& folder,
                                               std::vector<std::string> features = {
                                                   "st-storage", "histograms-st-encoding"}) {
    auto h = std::make_unique<HeadUnderTest>(host.host(), ConfigOf(folder, std::move(features)),
                                             &MakeLeanFile);
    EXPECT_TRUE(h->head.Open().ok());
    return h;
  }
  // What a head says that begins with what a kill would leave now.
  Answers AfterKill() {
    TempFolder copy;
    fs::copy(folder_.path(), copy.path(), fs::copy_options::recursive);
    testkit::TestHost host;
    const auto h = OpenIn(host, copy.path());
    EXPECT_EQ(host.metrics().Value("kvs_head_wal_lost_samples_total"), 0);
    return h->Read();
  }

  void Float(model::WriteBatchBuilder& builder, const std::string& series, int64_t t, double v,
             int64_t start) {
    builder.AddSample(t, v, start);
    Expect(series, t, StrCat(v), start);
  }
  void Expect(const std::string& series, int64_t t, const std::string& value, int64_t start) {
    written_[series][t] = start == 0 ? value : StrCat(value, "@", start);
  }
  Answers expected() const {
    Answers out;
    for (const auto& [series, samples] : written_) {
      for (const auto& [t, text] : samples)
        StrAppend(out[series], out[series].empty() ? "" : " ", t, "=", text);
    }
    return out;
  }
  // Minutes [first, first + n): counters that are reset every 50 minutes; one whose starts come and
  // go; one without, beside them; one that turns stale; histograms.
  void Write(HeadUnderTest& h, int first, int n) {
    for (int minute = first; minute < first + n; ++minute) {
      model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
      const int64_t t = kBegin + minute * kMinute;
      const int64_t start = kBegin + minute / 50 * 50 * kMinute - 777;
      for (int s = 0; s < 40; ++s) {
        builder.BeginSeries(model::Labels{{"__name__", "c"}, {"s", StrCat(s)}});
        Float(builder, StrCat("c{s=\"", s, "\"}"), t + s, minute % 50 * s * 0.7, start);
      }
      builder.BeginSeries(model::Labels{{"__name__", "g"}});
      Float(builder, "g", t, minute * 0.3, 0);
      builder.BeginSeries(model::Labels{{"__name__", "sometimes"}});
      Float(builder, "sometimes", t, minute, minute / 7 % 3 == 0 ? 0 : start);
      Float(builder, "sometimes", t + 1, minute, 0);
      builder.BeginSeries(model::Labels{{"__name__", "stale"}});
      const bool is_stale = minute % 9 == 8;
      Float(builder, "stale", t, is_stale ? std::bit_cast<double>(chunk::kStaleNaNBits) : minute,
            is_stale ? 0 : start);
      builder.BeginSeries(model::Labels{{"__name__", "h"}});
      const bool has_start = minute / 20 % 2 == 1;
      builder.AddHistogram(
          {.timestamp_ms = t, .start_timestamp_ms = has_start ? start : 0, .sum = 1.0 * minute});
      Expect("h", t, "h0", has_start ? start : 0);
      const Status written = h.Write(builder.Finish());
      ASSERT_TRUE(written.ok()) << written.ToString();
    }
  }
  // Late ones, more than become a chunk at once.
  void WriteLate(HeadUnderTest& h, int minute) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    builder.BeginSeries(model::Labels{{"__name__", "c"}, {"s", "3"}});
    for (int i = 1; i <= 50; ++i) {
      const int64_t t = kBegin + minute * kMinute - i * kMinute / 2 + 17;
      Float(builder, "c{s=\"3\"}", t, -i, i % 4 == 0 ? 0 : kBegin - i);
    }
    builder.BeginSeries(model::Labels{{"__name__", "h"}});
    const int64_t t = kBegin + minute * kMinute - 5 * kMinute - 1;
    builder.AddHistogram({.timestamp_ms = t, .start_timestamp_ms = kBegin - 5, .sum = 3});
    Expect("h", t, "h0", kBegin - 5);
    const Status written = h.Write(builder.Finish());
    ASSERT_TRUE(written.ok()) << written.ToString();
  }
  void VerifyBlocks() {
    for (const auto& entry : fs::directory_iterator(folder_.path() + "/blocks/a")) {
      if (!entry.is_directory()) continue;
      auto block = blocks::OpenBlockFolder(entry.path().string());
      ASSERT_TRUE(block.ok()) << block.status().ToString();
      tsdb::BlockParts parts;
      parts.index = &(*block)->index();
      parts.segments = (*block)->segments();
      const Status verified = tsdb::VerifyBlock(parts, &(*block)->meta()).status();
      EXPECT_TRUE(verified.ok()) << verified.ToString();
    }
  }

  TempFolder folder_;
  testkit::TestHost host_;
  std::map<std::string, std::map<int64_t, std::string>> written_;
};

TEST_F(StartTimesTest, AreReadBackFromMemoryAndFromTheLog) {
  const auto h = OpenIn(host_, folder_.path());
  Write(*h, 0, 200);
  EXPECT_EQ(h->Read(), expected());
  EXPECT_EQ(AfterKill(), expected());
  WriteLate(*h, 199);
  EXPECT_EQ(h->Read(), expected());
  EXPECT_EQ(AfterKill(), expected());
}

TEST_F(StartTimesTest, AreReadBackFromACheckpointAndGoOn) {
  {
    const auto h = OpenIn(host_, folder_.path());
    Write(*h, 0, 117);  // The last of "stale" is a marker.
    WriteLate(*h, 116);
    h->head.Checkpoint();
    ASSERT_TRUE(fs::exists(folder_.path() + "/checkpoint"));
  }
  EXPECT_EQ(AfterKill(), expected());
  const auto h = OpenIn(host_, folder_.path());
  // A repeated sample is known, also if it is a stale marker.
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(model::Labels{{"__name__", "stale"}});
  builder.AddSample(kBegin + 116 * kMinute, std::bit_cast<double>(chunk::kStaleNaNBits));
  ASSERT_TRUE(h->Write(builder.Finish()).ok());
  Write(*h, 117, 60);
  EXPECT_EQ(h->Read(), expected());
  EXPECT_EQ(AfterKill(), expected());
}

TEST_F(StartTimesTest, AreReadBackFromBlocks) {
  const auto h = OpenIn(host_, folder_.path());
  Write(*h, 0, 200);
  WriteLate(*h, 199);
  ASSERT_TRUE(h->head.Flush().ok());
  VerifyBlocks();
  EXPECT_EQ(h->Read(), expected());
  EXPECT_EQ(AfterKill(), expected());
  // Of a block that is cut already.
  WriteLate(*h, 150);
  Write(*h, 200, 10);
  EXPECT_EQ(h->Read(), expected());
  EXPECT_EQ(AfterKill(), expected());
}

TEST_F(StartTimesTest, TheNewestSampleHasItsStart) {
  const auto h = OpenIn(host_, folder_.path());
  Write(*h, 0, 10);
  const auto newest = h->Read({.func = "last_over_time"});
  EXPECT_EQ(newest.at("c{s=\"1\"}"),
            StrCat(kBegin + 9 * kMinute + 1, "=", 9 * 0.7, "@", kBegin - 777));
  // A part of a chunk is given as the whole of it, or as a part with its starts.
  const auto tail = h->Read({.min_t = kBegin + 8 * kMinute, .name = "c"});
  EXPECT_THAT(tail.at("c{s=\"1\"}"), EndsWith(newest.at("c{s=\"1\"}")));
}

TEST_F(StartTimesTest, WithoutTheFeatureThereAreNone) {
  const auto h = OpenIn(host_, folder_.path(), {});
  Write(*h, 0, 200);
  WriteLate(*h, 199);
  for (const bool from_blocks : {false, true}) {
    if (from_blocks) {
      ASSERT_TRUE(h->head.Flush().ok());
    }
    for (const auto& [series, text] : h->Read()) EXPECT_THAT(text, Not(HasSubstr("@"))) << series;
  }
}

TEST_F(StartTimesTest, ThoseOfHistogramsHaveAFeatureOfTheirOwn) {
  const auto h = OpenIn(host_, folder_.path(), {"st-storage"});
  Write(*h, 0, 60);
  const Answers read = h->Read();
  EXPECT_THAT(read.at("h"), Not(HasSubstr("@")));
  EXPECT_EQ(read.at("stale"), expected().at("stale"));
}

}  // namespace
}  // namespace kvs::head
