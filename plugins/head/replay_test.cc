// SPDX-License-Identifier: Apache-2.0
// What a restart finds: the log is copied while the head is running, as a kill would leave it,
// damaged in every way, and read by another head.
#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/test_host.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const fs::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// What stands behind the last byte that is not zero was reserved, not written.
std::string WithoutReserve(std::string bytes) {
  bytes.resize(bytes.find_last_not_of('\0') + 1);
  bytes.resize((bytes.size() + 7) / 8 * 8);
  return bytes;
}

class ReplayTest : public ::testing::Test {
 protected:
  static Config ConfigOf(const std::string& folder) {
    Config config;
    config.data_dir = folder;
    config.durability = "os";
    config.out_of_order_time_window.ms = 3'600'000;
    return config;
  }

  // A head over what a kill would leave behind now.
  struct Restarted {
    TempFolder folder;
    testkit::TestHost host;
    std::unique_ptr<HeadUnderTest> h;

    double corruptions() const {
      return host.metrics().Value("cortex_ingester_tsdb_wal_corruptions_total");
    }
    double lost_samples() const { return host.metrics().Value("kvs_head_wal_lost_samples_total"); }
  };
  std::unique_ptr<Restarted> Restart(const std::string& from) {
    auto restarted = std::make_unique<Restarted>();
    fs::copy(from, restarted->folder.path(), fs::copy_options::recursive);
    Open(*restarted);
    return restarted;
  }
  static void Open(Restarted& restarted) {
    restarted.h = std::make_unique<HeadUnderTest>(restarted.host.host(),
                                                  ConfigOf(restarted.folder.path()), &MakeLeanFile);
    const Status opened = restarted.h->head.Open();
    EXPECT_TRUE(opened.ok()) << opened.ToString();
  }
  std::unique_ptr<Restarted> RestartFromSegment(std::string_view bytes) {
    auto restarted = std::make_unique<Restarted>();
    fs::create_directories(restarted->folder.path() + "/wal");
    WriteFile(restarted->folder.path() + "/wal/00000001-00000001.wal", bytes);
    Open(*restarted);
    return restarted;
  }
  std::string FirstSegment() const {
    return WithoutReserve(ReadFile(folder_.path() + "/wal/00000001-00000001.wal"));
  }

  TempFolder folder_;
  testkit::TestHost host_;
};

TEST_F(ReplayTest, AnswersAreThoseOfBeforeTheKill) {
  HeadUnderTest h(host_.host(), ConfigOf(folder_.path()), &MakeLeanFile);
  ASSERT_TRUE(h.head.Open().ok());
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    for (int s = 0; s < 40; ++s) {
      builder.BeginSeries(model::Labels{{"__name__", "m"}, {"s", StrCat(random() % 400)}});
      // Some out of order, some twice.
      for (int k = 0; k < 3; ++k) {
        builder.AddSample(kStart + i * 10'000 - static_cast<int64_t>(random() % 30) * 1000,
                          static_cast<double>(random() % 100));
      }
      if (random() % 10 == 0)
        builder.AddHistogram(
            {.timestamp_ms = kStart + i * 10'000 + 7, .sum = static_cast<double>(i)});
    }
    IgnoreError(h.Write(builder.Finish(), StrCat("tenant", i % 3)),
                "refusals of duplicates are part of it");
  }

  const auto restarted = Restart(folder_.path());

  for (const char* tenant : {"tenant0", "tenant1", "tenant2"}) {
    const Answers before = h.Read({.tenant = tenant});
    EXPECT_GT(before.size(), 350u);
    EXPECT_EQ(restarted->h->Read({.tenant = tenant}), before) << tenant;
  }
  EXPECT_EQ(restarted->corruptions(), 0);
  EXPECT_EQ(restarted->host.metrics().Value("cortex_ingester_memory_series"),
            host_.metrics().Value("cortex_ingester_memory_series"));
}

TEST_F(ReplayTest, GoesOnWhereItEnded) {
  const model::Labels up{{"__name__", "up"}};
  std::string expected;
  for (int run = 0; run < 4; ++run) {
    HeadUnderTest h(host_.host(), ConfigOf(folder_.path()), &MakeLeanFile);
    ASSERT_TRUE(h.head.Open().ok());
    for (int i = 0; i < 50; ++i) {
      const int64_t t = kStart + (run * 50 + i) * 1000;
      ASSERT_TRUE(h.Write(up, t, i).ok());
      StrAppend(expected, expected.empty() ? "" : " ", t, "=", i);
      // A stranger in front, so that ids of this run differ from those of the next.
      ASSERT_TRUE(h.Write({{"__name__", "stranger"}, {"n", StrCat(run * 50 + i)}}, t, i).ok());
    }
    EXPECT_EQ(h.Read({.name = "up"}), (Answers{{"up", expected}}));
    EXPECT_THAT(h.Read(), SizeIs((run + 1) * 50 + 1));
  }
}

TEST_F(ReplayTest, IsGivenUpWhenNobodyWaitsForItAndLosesNothing) {
  const model::Labels up{{"__name__", "up"}};
  {
    HeadUnderTest h(host_.host(), ConfigOf(folder_.path()), &MakeLeanFile);
    ASSERT_TRUE(h.head.Open().ok());
    ASSERT_TRUE(h.Write(up, kStart, 1).ok());
  }
  {
    sdk::CancelSource cancel;
    cancel.Cancel();
    HeadUnderTest h(host_.host(), ConfigOf(folder_.path()), &MakeLeanFile);
    EXPECT_EQ(h.head.Open(sdk::OwnedCall("", cancel.raw())).code(), StatusCode::kCancelled);
  }
  HeadUnderTest h(host_.host(), ConfigOf(folder_.path()), &MakeLeanFile);
  ASSERT_TRUE(h.head.Open().ok());
  EXPECT_EQ(h.Read({.name = "up"}), (Answers{{"up", StrCat(kStart, "=1")}}));
}

TEST_F(ReplayTest, RestoresExemplarsAndMetadata) {
  HeadUnderTest h(host_.host(), ConfigOf(folder_.path()), &MakeLeanFile);
  ASSERT_TRUE(h.head.Open().ok());
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(model::Labels{{"__name__", "m"}});
  builder.AddSample(kStart, 1);
  const std::vector<model::LabelView> trace{{"trace_id", "abc"}};
  builder.AddExemplar(kStart, 2, trace);
  builder.AddMetadata("m", model::MetricType::kGauge, "Help", "s");
  ASSERT_TRUE(h.Write(builder.Finish()).ok());

  const auto restarted = Restart(folder_.path());

  auto exemplar_query = sdk::Record<kvs_label_query_t>();
  exemplar_query.min_ms = kStart;
  exemplar_query.max_ms = kStart;
  sdk::Owned<kvs_exemplar_list_t> exemplars;
  ASSERT_TRUE(sdk::Await(restarted->h->source().exemplars(), sdk::OwnedCall("a"), &exemplar_query,
                         exemplars.out())
                  .ok());
  ASSERT_EQ(exemplars->exemplars.n_exemplars, 1u);
  EXPECT_EQ(sdk::View(exemplars->exemplars.label[0].value), "abc");
  auto metadata_query = sdk::Record<kvs_metadata_query_t>();
  sdk::Owned<kvs_metadata_list_t> metadata;
  ASSERT_TRUE(sdk::Await(restarted->h->source().metadata(), sdk::OwnedCall("a"), &metadata_query,
                         metadata.out())
                  .ok());
  ASSERT_EQ(metadata->n_items, 1u);
  EXPECT_EQ(sdk::View(metadata->items[0].unit), "s");
}

// A few requests of two series; the answer after request n, for n = 0, 1, ..., kRequests.
class SmallLogTest : public ReplayTest {
 protected:
  static constexpr size_t kRequests = 6;

  void SetUp() override {
    HeadUnderTest h(host_.host(), ConfigOf(folder_.path()), &MakeLeanFile);
    ASSERT_TRUE(h.head.Open().ok());
    after_.push_back(h.Read());
    for (size_t i = 0; i < kRequests; ++i) {
      model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
      for (const char* name : {"x", "y"}) {
        builder.BeginSeries(model::Labels{{"__name__", name}});
        builder.AddSample(kStart + static_cast<int64_t>(i) * 1000, static_cast<double>(i));
      }
      ASSERT_TRUE(h.Write(builder.Finish()).ok());
      after_.push_back(h.Read());
    }
    segment_ = FirstSegment();
  }

  // How many of the samples are in `answers`, and that no other is.
  size_t CountKnown(const Answers& answers) const {
    size_t n = 0;
    for (const auto& [series, samples] : answers) {
      EXPECT_TRUE(after_.back().contains(series)) << series;
      const std::string all = " " + after_.back().at(series) + " ";
      std::istringstream words(samples);
      for (std::string word; words >> word; ++n) {
        EXPECT_NE(all.find(" " + word + " "), std::string::npos) << word;
      }
    }
    return n;
  }

  std::vector<Answers> after_;
  std::string segment_;
};

TEST_F(SmallLogTest, ATruncatedLogGivesAPrefix) {
  size_t last = 0;
  for (size_t size = 0; size <= segment_.size(); ++size) {
    const auto restarted = RestartFromSegment(segment_.substr(0, size));

    const Answers answers = restarted->h->Read();
    const auto request = std::find(after_.begin(), after_.end(), answers);
    ASSERT_NE(request, after_.end()) << "cut at " << size;
    const auto n = static_cast<size_t>(request - after_.begin());
    EXPECT_GE(n, last) << "cut at " << size;
    last = n;
  }
  EXPECT_EQ(last, kRequests);
}

TEST_F(SmallLogTest, AfterACutNewSamplesAreKept) {
  for (const size_t cut : {12u, 50u, 200u}) {
    const auto restarted = RestartFromSegment(segment_.substr(0, segment_.size() - cut));
    ASSERT_TRUE(restarted->h->Write({{"__name__", "x"}}, kStart + 100'000, 7).ok());
    const Answers before = restarted->h->Read();

    const auto again = Restart(restarted->folder.path());

    EXPECT_EQ(again->h->Read(), before);
    EXPECT_EQ(again->corruptions(), 0) << "the cut is not reported twice";
  }
}

TEST_F(SmallLogTest, NoFlippedBitGoesUnnoticedOrHidesMoreThanItsRecord) {
  std::mt19937 random(3);
  for (size_t at = 0; at < segment_.size(); ++at) {
    std::string damaged = segment_;
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << random() % 8);

    const auto restarted = RestartFromSegment(damaged);

    const size_t found = CountKnown(restarted->h->Read());
    const size_t lost = 2 * kRequests - found;
    if (lost != 0) {
      EXPECT_GE(restarted->corruptions(), 1) << "flipped at " << at;
    }
    // A record of samples holds one request; without the labels, the samples of both series are
    // lost, and counted.
    if (lost > 2) {
      EXPECT_EQ(restarted->lost_samples(), static_cast<double>(lost)) << "flipped at " << at;
    }
  }
}

TEST_F(SmallLogTest, AFlippedBitAtTheEndIsCutOffWithALine) {
  std::string damaged = segment_;
  damaged[damaged.size() - 12] = static_cast<char>(damaged[damaged.size() - 12] ^ 1);

  const auto restarted = RestartFromSegment(damaged);

  EXPECT_EQ(restarted->h->Read(), after_[kRequests - 1]);
  EXPECT_EQ(restarted->corruptions(), 1);
  EXPECT_TRUE(restarted->host.Logged("the torn end of the write-ahead log is cut off"));
}

TEST_F(SmallLogTest, SkipsDamageInTheMiddleWithALine) {
  std::string damaged = segment_;
  // The last but one record: its size field is wrong, so the next has to be looked for.
  const size_t last = damaged.rfind("KvWL");
  const size_t before = damaged.rfind("KvWL", last - 1);
  damaged[before + 8] = static_cast<char>(damaged[before + 8] ^ 0x40);

  const auto restarted = RestartFromSegment(damaged);

  EXPECT_EQ(CountKnown(restarted->h->Read()), 2 * (kRequests - 1));
  EXPECT_TRUE(restarted->host.Logged("a damaged part of the write-ahead log is skipped"));
}

TEST_F(SmallLogTest, GarbageAloneIsNoLog) {
  const auto restarted = RestartFromSegment(std::string(5000, 'K'));

  EXPECT_THAT(restarted->h->Read(), IsEmpty());
  EXPECT_EQ(restarted->corruptions(), 1);
}

TEST_F(ReplayTest, AFullLogBeginsGenerationsThatAreReadAlone) {
  Config config = ConfigOf(folder_.path());
  config.wal_segment_size.bytes = 64 << 10;
  HeadUnderTest h(host_.host(), config);
  ASSERT_TRUE(h.head.Open().ok());
  for (int i = 0; i < 200; ++i) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    for (int s = 0; s < 100; ++s) {
      builder.BeginSeries(model::Labels{{"__name__", "m"}, {"s", StrCat(s)}});
      builder.AddSample(kStart + i * 1000, i);
    }
    ASSERT_TRUE(h.Write(builder.Finish()).ok());
  }
  const StatusOr<std::vector<wal::SegmentName>> names = wal::ListSegments(folder_.path() + "/wal");
  ASSERT_TRUE(names.ok());
  ASSERT_GE(names->size(), 3u);
  EXPECT_GT(names->back().generation, names->front().generation);

  const auto restarted = Restart(folder_.path());
  EXPECT_EQ(restarted->h->Read(), h.Read());

  // Without the first generation, what the others say still stands, and the gap is told.
  auto shorter = std::make_unique<Restarted>();
  fs::copy(folder_.path(), shorter->folder.path(), fs::copy_options::recursive);
  fs::remove(SegmentPath(shorter->folder.path() + "/wal", (*names)[1]));
  Open(*shorter);
  EXPECT_THAT(shorter->h->Read(), SizeIs(100));
  EXPECT_EQ(shorter->lost_samples(), 0);
  EXPECT_GE(shorter->corruptions(), 1);
}

TEST_F(ReplayTest, OldGenerationsAreDeleted) {
  Config config = ConfigOf(folder_.path());
  config.wal_segment_size.bytes = 64 << 10;
  HeadUnderTest h(host_.host(), config);
  ASSERT_TRUE(h.head.Open().ok());
  const auto write_hour = [&](int hour) {
    for (int i = 0; i < 60; ++i) {
      model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
      for (int s = 0; s < 100; ++s) {
        builder.BeginSeries(model::Labels{{"__name__", "m"}, {"s", StrCat(s)}});
        builder.AddSample(kStart + hour * 3'600'000 + i * 60'000, i);
      }
      ASSERT_TRUE(h.Write(builder.Finish()).ok());
    }
  };
  for (int hour = 0; hour < 12; ++hour) write_hour(hour);
  const size_t before = wal::ListSegments(folder_.path() + "/wal")->size();

  h.head.Maintain();

  const size_t after = wal::ListSegments(folder_.path() + "/wal")->size();
  EXPECT_LT(after, before);
  const HeadUnderTest::SelectOptions recent{.min_t = kStart + 9 * 3'600'000};
  EXPECT_EQ(Restart(folder_.path())->h->Read(recent), h.Read(recent));
}

}  // namespace
}  // namespace kvs::head
