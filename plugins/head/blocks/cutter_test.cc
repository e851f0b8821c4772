// SPDX-License-Identifier: Apache-2.0
// What is cut into blocks: nothing is lost, nothing is found twice, and a kill at any stage changes
// neither.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/blocks/block.h"
#include "kvs/testkit/test_host.h"
#include "kvs/tsdb/verify.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace fs = std::filesystem;


class CutterTest : public ::testing::Test {
 protected:
  static Config ConfigOf(const std::string& folder) {
    Config config;
    config.data_dir = folder;
    config.durability = "os";
    config.out_of_order_time_window.ms = 6 * kHour;
    config.wal_segment_size.bytes = 64 << 10;  // So that generations come and go.
    return config;
  }
  std::unique_ptr<HeadUnderTest> Open(StageHook on_stage = {}) {
    auto h = std::make_unique<HeadUnderTest>(host_.host(), ConfigOf(folder_.path()), &MakeLeanFile,
                                             std::move(on_stage));
    EXPECT_TRUE(h->head.Open().ok());
    return h;
  }
  // What a head says that begins with what a kill would leave now.
  Answers AfterKill() {
    TempFolder copy;
    fs::copy(folder_.path(), copy.path(), fs::copy_options::recursive);
    return ReadOnceIn(copy.path());
  }
  static Answers ReadOnceIn(const std::string& folder) {
    testkit::TestHost host;
    HeadUnderTest h(host.host(), ConfigOf(folder), &MakeLeanFile);
    EXPECT_TRUE(h.head.Open().ok());
    for (const fs::path& path : FoldersIn(folder))
      EXPECT_EQ(path.string().find("unfinished"), std::string::npos) << path;
    EXPECT_EQ(host.metrics().Value("kvs_head_wal_lost_samples_total"), 0);
    return h.Read();
  }
  static std::vector<fs::path> FoldersIn(const std::string& folder) {
    std::vector<fs::path> found;
    if (!fs::exists(folder + "/blocks/a")) return found;
    for (const auto& entry : fs::directory_iterator(folder + "/blocks/a")) {
      if (entry.is_directory()) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  std::vector<std::shared_ptr<const blocks::Block>> Blocks() {
    std::vector<std::shared_ptr<const blocks::Block>> found;
    for (const fs::path& path : FoldersIn(folder_.path())) {
      auto block = blocks::OpenBlockFolder(path.string());
      EXPECT_TRUE(block.ok()) << block.status().ToString();
      tsdb::BlockParts parts;
      parts.index = &(*block)->index();
      parts.segments = (*block)->segments();
      const Status verified = tsdb::VerifyBlock(parts, &(*block)->meta()).status();
      EXPECT_TRUE(verified.ok()) << verified.ToString();
      found.push_back(*block);
    }
    return found;
  }

  // Samples of `hours` from kBegin on, every minute: floats, histograms, series that end.
  static void WriteHours(HeadUnderTest& h, int first, int hours) {
    for (int minute = first * 60; minute < (first + hours) * 60; minute += 10) {
      model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
      for (int s = 0; s < 30; ++s) {
        builder.BeginSeries(model::Labels{{"__name__", "m"}, {"s", StrCat(s)}, {"x", "y"}});
        for (int i = 0; i < 10; ++i)
          builder.AddSample(kBegin + (minute + i) * kMinute + s, minute * s + i);
      }
      builder.BeginSeries(model::Labels{{"__name__", "of_hour"}, {"hour", StrCat(minute / 60)}});
      builder.AddSample(kBegin + minute * kMinute, minute);
      builder.BeginSeries(model::Labels{{"__name__", "h"}});
      builder.AddHistogram({.timestamp_ms = kBegin + minute * kMinute, .sum = 1.0 * minute});
      ASSERT_TRUE(h.Write(builder.Finish()).ok());
    }
  }
  // Late ones of the two hours before `hour`.
  static void WriteLate(HeadUnderTest& h, int hour) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    builder.BeginSeries(model::Labels{{"__name__", "m"}, {"s", "3"}, {"x", "y"}});
    for (int i = 0; i < 50; ++i) builder.AddSample(kBegin + hour * kHour - i * 130'000 - 777, -i);
    builder.BeginSeries(model::Labels{{"__name__", "h"}});
    for (int i = 0; i < 5; ++i)
      builder.AddHistogram({.timestamp_ms = kBegin + hour * kHour - i * 130'000 - 777, .sum = 7});
    builder.BeginSeries(model::Labels{{"__name__", "late_only"}});
    builder.AddSample(kBegin + hour * kHour - kMinute, 1);
    const Status written = h.Write(builder.Finish());
    ASSERT_TRUE(written.ok()) << written.ToString();
  }

  TempFolder folder_;
  testkit::TestHost host_;
};

TEST_F(CutterTest, TwoHoursBecomeABlockWhenTheyAreAnHourAndABitOld) {
  const auto h = Open();
  WriteHours(*h, 0, 3);
  h->head.Maintain();
  EXPECT_THAT(Blocks(), IsEmpty());
  WriteHours(*h, 3, 1);
  const Answers before = h->Read();

  h->head.Maintain();

  const auto found = Blocks();
  ASSERT_THAT(found, SizeIs(1));
  const tsdb::BlockMeta& meta = found[0]->meta();
  EXPECT_EQ(meta.mint, kBegin);
  EXPECT_EQ(meta.maxt, kBegin + 2 * kHour);
  EXPECT_EQ(meta.stats.series, 30u + 2 + 1);
  EXPECT_EQ(meta.stats.samples, 30u * 120 + 12 + 12);
  EXPECT_EQ(meta.stats.histogram_samples, 12u);
  EXPECT_EQ(meta.compaction.sources, std::vector<tsdb::Ulid>{meta.ulid});
  ASSERT_TRUE(meta.thanos.has_value());
  EXPECT_EQ(meta.thanos->segment_files, std::vector<std::string>{"000001"});
  EXPECT_EQ(h->Read(), before);
  EXPECT_EQ(AfterKill(), before);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_tsdb_compactions_total"), 1);
  EXPECT_EQ(h->index.n_series("a"), 30u + 1 + 2) << "series that ended are forgotten";
}

TEST_F(CutterTest, MemoryStaysTheSameWhileHoursPass) {
  const auto h = Open();
  double after_six = 0;
  for (int hour = 0; hour < 24; ++hour) {
    WriteHours(*h, hour, 1);
    h->head.Maintain();
    if (hour == 6) after_six = host_.metrics().Value("kvs_head_memory_bytes");
  }

  EXPECT_LT(host_.metrics().Value("kvs_head_memory_bytes"), after_six * 1.3);
  EXPECT_LE(wal::ListSegments(folder_.path() + "/wal")->size(), 40u);
  EXPECT_EQ(AfterKill(), h->Read());
}

TEST_F(CutterTest, LateSamplesBecomeBlocksOfTheirOwn) {
  const auto h = Open();
  WriteHours(*h, 0, 5);
  WriteLate(*h, 4);
  const Answers before = h->Read();

  h->head.Maintain();

  EXPECT_EQ(h->Read(), before);
  EXPECT_EQ(AfterKill(), before);
  size_t late = 0;
  for (const auto& block : Blocks())
    late += block->meta().compaction.HasHint(tsdb::kHintFromOutOfOrder) ? 1 : 0;
  EXPECT_EQ(late, 1u);

  // Behind what is cut they are taken all the same, and found once.
  WriteLate(*h, 2);
  const Answers after = h->Read();
  EXPECT_NE(after, before);
  EXPECT_EQ(AfterKill(), after);
  WriteHours(*h, 5, 3);
  const Answers more = h->Read();
  h->head.Maintain();
  EXPECT_EQ(h->Read(), more);
  EXPECT_EQ(AfterKill(), more);
}

TEST_F(CutterTest, FlushingCutsEverythingAndWritingGoesOn) {
  const auto h = Open();
  WriteHours(*h, 0, 1);
  WriteLate(*h, 1);
  const Answers before = h->Read();

  ASSERT_TRUE(h->head.Flush("a").ok());

  EXPECT_EQ(h->Read(), before);
  EXPECT_EQ(AfterKill(), before);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_memory_series"), 0);
  WriteHours(*h, 1, 1);
  const Answers more = h->Read();
  ASSERT_TRUE(h->head.Flush("a").ok());
  EXPECT_EQ(h->Read(), more);
  EXPECT_EQ(AfterKill(), more);
  // What is not newer than a block has its place among the late ones.
  ASSERT_TRUE(h->Write({{"__name__", "fresh"}}, kBegin + kHour, 1).ok());
  EXPECT_EQ(h->Read({.name = "fresh"}).at("fresh"), StrCat(kBegin + kHour, "=1"));
}

TEST_F(CutterTest, ASelectionGoesOnAsItBegan) {
  const auto h = Open();
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  constexpr int kSeries = 3000;
  for (int s = 0; s < kSeries; ++s)
    AddSeries(builder, {{"__name__", "m"}, {"s", StrCat(s)}}, kBegin, 15'000, 130);
  ASSERT_TRUE(h->Write(builder.Finish()).ok());
  const sdk::OwnedCall call("a");
  auto select = sdk::Record<kvs_select_t>();
  select.max_ms = std::numeric_limits<int64_t>::max();
  sdk::OpenSelection selection;
  ASSERT_TRUE(sdk::Await(h->source().select(), call, &select, selection.out()).ok());
  auto batch = selection.Next(call);
  ASSERT_TRUE(batch.ok());
  uint32_t n = (*batch)->n_series;
  ASSERT_LT(n, 3000u);

  ASSERT_TRUE(h->Write({{"__name__", "m"}}, kBegin + 10 * kHour, 1).ok());
  h->head.Maintain();

  for (batch = selection.Next(call); batch.ok() && *batch != nullptr;
       batch = selection.Next(call)) {
    for (uint32_t s = 0; s < (*batch)->n_series; ++s)
      EXPECT_EQ((*batch)->chunk_begin[s + 1] - (*batch)->chunk_begin[s], 2u);
    n += (*batch)->n_series;
  }
  EXPECT_EQ(n, kSeries);
}

TEST_F(CutterTest, ATenantAtRestIsCutByTheClock) {
  testkit::TestHost host({.manual_clock = true, .now_ms = kBegin});
  HeadUnderTest h(host.host(), ConfigOf(folder_.path()), &MakeLeanFile);
  ASSERT_TRUE(h.head.Open().ok());
  WriteHours(h, 0, 1);
  const Answers before = h.Read();
  h.head.Maintain();
  EXPECT_THAT(Blocks(), IsEmpty());

  host.Advance(kHour);
  h.head.Maintain();
  h.head.Maintain();

  EXPECT_THAT(Blocks(), SizeIs(1));
  EXPECT_EQ(h.Read(), before);
  // Without a store a block is kept for its retention.
  host.Advance(14 * kHour);
  h.head.Maintain();
  EXPECT_THAT(Blocks(), IsEmpty());
  EXPECT_THAT(h.Read(), IsEmpty());
  EXPECT_THAT(AfterKill(), IsEmpty()) << "and does not come back from the log";
}

TEST_F(CutterTest, AKillAtAnyStageLosesNothingAndLeavesNothing) {
  std::vector<std::pair<std::string, std::unique_ptr<TempFolder>>> kills;
  const auto h = Open([&](std::string_view stage) {
    auto copy = std::make_unique<TempFolder>();
    fs::copy(folder_.path(), copy->path(), fs::copy_options::recursive);
    kills.emplace_back(stage, std::move(copy));
  });
  WriteHours(*h, 0, 6);
  WriteLate(*h, 5);
  const Answers before = h->Read();

  h->head.Maintain();

  EXPECT_EQ(h->Read(), before);
  EXPECT_GE(kills.size(), 10u);
  for (const auto& [stage, folder] : kills) EXPECT_EQ(ReadOnceIn(folder->path()), before) << stage;
}

// A block that is dropped loses its name first, and then one file after the other.
TEST_F(CutterTest, AKillWhileABlockIsDroppedLeavesNothing) {
  Answers after;
  {
    const auto h = Open();
    WriteHours(*h, 0, 5);
    h->head.Maintain();
    const auto folders = FoldersIn(folder_.path());
    ASSERT_THAT(folders, SizeIs(1));
    fs::rename(folders[0], folders[0].string() + ".unfinished");
    after = AfterKill();
    fs::remove(folders[0].string() + ".unfinished/meta.json");
    fs::remove(folders[0].string() + ".unfinished/index");
  }
  EXPECT_EQ(AfterKill(), after);
  EXPECT_FALSE(after.empty()) << "the hours that are in memory";
}

TEST_F(CutterTest, ADamagedBlockIsLeftOutAndTold) {
  {
    const auto h = Open();
    WriteHours(*h, 0, 5);
    h->head.Maintain();
  }
  const auto folders = FoldersIn(folder_.path());
  ASSERT_THAT(folders, SizeIs(1));
  fs::resize_file(folders[0] / "index", 100);

  const auto h = Open();

  EXPECT_TRUE(host_.Logged("a block cannot be read"));
  EXPECT_EQ(h->Read({.name = "of_hour"}).count("of_hour{hour=\"4\"}"), 1u);
}

TEST_F(CutterTest, ATenantThatCannotBeAFolderIsRefused) {
  const auto h = Open();

  EXPECT_EQ(h->Write({{"__name__", "up"}}, kBegin, 1, "a/../b").code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace kvs::head
