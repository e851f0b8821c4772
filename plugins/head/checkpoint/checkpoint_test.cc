// SPDX-License-Identifier: Apache-2.0
// Starts from a checkpoint and what the log has behind it: the same answers as without, whatever
// moment the kill came at, and whichever checkpoint is damaged.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/test_host.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
namespace fs = std::filesystem;

class CheckpointTest : public ::testing::Test {
 protected:
  static Config ConfigOf(const std::string& folder) {
    Config config;
    config.data_dir = folder;
    config.durability = "os";
    config.out_of_order_time_window.ms = 3'600'000;
    config.wal_segment_size.bytes = 64 << 10;
    return config;
  }
  static std::unique_ptr<HeadUnderTest> OpenIn(testkit::TestHost& host, const std::string& folder,
                                               StageHook on_stage = {}) {
    auto h = std::make_unique<HeadUnderTest>(host.host(), ConfigOf(folder), &MakeLeanFile,
                                             std::move(on_stage));
    EXPECT_TRUE(h->head.Open().ok());
    return h;
  }
  // A head over what a kill would leave now.
  struct Restarted {
    TempFolder folder;
    testkit::TestHost host;
    std::unique_ptr<HeadUnderTest> h;
    double damaged() const { return host.metrics().Value("kvs_head_checkpoint_damaged_total"); }
    double lost() const { return host.metrics().Value("kvs_head_wal_lost_samples_total"); }
  };
  std::unique_ptr<Restarted> Restart(const std::string& from) {
    auto restarted = std::make_unique<Restarted>();
    fs::copy(from, restarted->folder.path(), fs::copy_options::recursive);
    restarted->h = OpenIn(restarted->host, restarted->folder.path());
    return restarted;
  }
  static std::vector<fs::path> Checkpoints(const std::string& folder) {
    std::vector<fs::path> found;
    if (!fs::exists(folder + "/checkpoint")) return found;
    for (const auto& entry : fs::directory_iterator(folder + "/checkpoint"))
      found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }

  // Minutes of floats, histograms, late samples, metadata; some 70 KiB of log each ten.
  static void Write(HeadUnderTest& h, int first, int minutes) {
    for (int minute = first; minute < first + minutes; ++minute) {
      model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
      for (int s = 0; s < 600; ++s) {
        builder.BeginSeries(model::Labels{{"__name__", "m"}, {"s", StrCat(s)}});
        builder.AddSample(kBegin + minute * kMinute + s, minute * s * 0.7);
      }
      builder.BeginSeries(model::Labels{{"__name__", "minute"}, {"n", StrCat(minute)}});
      builder.AddSample(kBegin + minute * kMinute, minute);
      builder.BeginSeries(model::Labels{{"__name__", "h"}});
      builder.AddHistogram({.timestamp_ms = kBegin + minute * kMinute, .sum = 1.0 * minute});
      ASSERT_TRUE(h.Write(builder.Finish()).ok());
      if (minute % 3 != 2) continue;
      ASSERT_TRUE(
          h.Write({{"__name__", "m"}, {"s", "5"}}, kBegin + (minute - 2) * kMinute + 999, -1).ok());
    }
  }

  TempFolder folder_;
  testkit::TestHost host_;
};

TEST_F(CheckpointTest, AStartReadsItAndTheLogBehindIt) {
  const auto h = OpenIn(host_, folder_.path());
  Write(*h, 0, 30);
  h->head.Checkpoint();
  ASSERT_THAT(Checkpoints(folder_.path()), SizeIs(1));
  Write(*h, 30, 5);

  const auto restarted = Restart(folder_.path());

  EXPECT_EQ(restarted->h->Read(), h->Read());
  EXPECT_EQ(restarted->lost(), 0);
  EXPECT_EQ(restarted->host.metrics().Value("cortex_ingester_memory_series"),
            host_.metrics().Value("cortex_ingester_memory_series"));
  // Chunks that were open go on as if nothing had been.
  Write(*h, 35, 30);
  Write(*restarted->h, 35, 30);
  EXPECT_EQ(restarted->h->Read(), h->Read());
  EXPECT_EQ(Restart(restarted->folder.path())->h->Read(), h->Read());
}

TEST_F(CheckpointTest, OneIsWrittenWhenTheLogHasGrownByEnough) {
  Config config = ConfigOf(folder_.path());
  config.checkpoint_after.bytes = 64 << 10;
  HeadUnderTest h(host_.host(), config, &MakeLeanFile);
  ASSERT_TRUE(h.head.Open().ok());

  // By a thread of the head, without being asked and before a minute has passed.
  const auto began = std::chrono::steady_clock::now();
  int minute = 0;
  while (Checkpoints(folder_.path()).empty() &&
         std::chrono::steady_clock::now() - began < std::chrono::seconds(50)) {
    Write(h, minute++, 1);
  }

  EXPECT_THAT(Checkpoints(folder_.path()), Not(IsEmpty()));
}

TEST_F(CheckpointTest, TheLogBeforeTheSecondLastOneIsDeleted) {
  const auto h = OpenIn(host_, folder_.path());
  size_t most = 0;
  for (int i = 0; i < 12; ++i) {
    Write(*h, i * 12, 12);
    h->head.Checkpoint();
    most = std::max(most, wal::ListSegments(folder_.path() + "/wal")->size());
  }

  EXPECT_THAT(Checkpoints(folder_.path()), SizeIs(2));
  EXPECT_LT(most, 20u);
  EXPECT_EQ(Restart(folder_.path())->h->Read(), h->Read());
}

TEST_F(CheckpointTest, AKillAtAnyStageLosesNothing) {
  std::vector<std::pair<std::string, std::unique_ptr<TempFolder>>> kills;
  const auto h = OpenIn(host_, folder_.path(), [&](std::string_view stage) {
    auto copy = std::make_unique<TempFolder>();
    fs::copy(folder_.path(), copy->path(), fs::copy_options::recursive);
    kills.emplace_back(stage, std::move(copy));
  });
  for (int i = 0; i < 3; ++i) {
    Write(*h, i * 12, 12);
    const Answers before = h->Read();
    kills.clear();
    h->head.Checkpoint();
    size_t stages = 0;
    for (const auto& [stage, folder] : kills) {
      stages += stage.starts_with("checkpoint") ? 1 : 0;
      const auto restarted = Restart(folder->path());
      EXPECT_EQ(restarted->h->Read(), before) << stage;
      for (const fs::path& path : Checkpoints(restarted->folder.path()))
        EXPECT_EQ(path.extension(), ".checkpoint") << stage;
    }
    EXPECT_EQ(stages, 4u);
  }
}

TEST_F(CheckpointTest, ADamagedOneGivesWayToTheOneBefore) {
  const auto h = OpenIn(host_, folder_.path());
  for (int i = 0; i < 4; ++i) {
    Write(*h, i * 12, 12);
    h->head.Checkpoint();
  }
  Write(*h, 48, 3);
  const Answers expected = h->Read();
  const auto found = Checkpoints(folder_.path());
  ASSERT_THAT(found, SizeIs(2));
  const auto size = fs::file_size(found[1]);

  for (const double at : {0.0, 0.0001, 0.3, 0.9, 0.99999}) {
    TempFolder copy;
    fs::copy(folder_.path(), copy.path(), fs::copy_options::recursive);
    const fs::path newest = Checkpoints(copy.path())[1];
    const auto offset = static_cast<std::streamoff>(at * static_cast<double>(size));
    {
      std::fstream file(newest, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(offset);
      const char byte = static_cast<char>(file.get() ^ 0x10);
      file.seekp(offset);
      file.put(byte);
    }
    const auto restarted = Restart(copy.path());
    EXPECT_EQ(restarted->h->Read(), expected) << "flipped at " << offset;
    EXPECT_EQ(restarted->damaged(), 1) << "flipped at " << offset;
    EXPECT_TRUE(restarted->host.Logged("a checkpoint is damaged"));

    fs::resize_file(newest, static_cast<uint64_t>(offset));
    EXPECT_EQ(Restart(copy.path())->h->Read(), expected) << "cut at " << offset;
  }

  // Of two that are damaged as much is read as can be.
  for (const fs::path& path : found) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(path) / 2));
    file.put('!');
  }
  const auto restarted = Restart(folder_.path());
  EXPECT_EQ(restarted->damaged(), 2);
  EXPECT_GT(restarted->h->Read().size(), expected.size() / 2);
}

TEST_F(CheckpointTest, WritesGoOnMeanwhile) {
  const auto h = OpenIn(host_, folder_.path());
  std::atomic<bool> stop{false};
  std::thread maintenance([&] {
    while (!stop) h->head.Checkpoint();
  });
  // However rarely the other thread has its turn.
  for (int i = 0; i < 20 || Checkpoints(folder_.path()).size() < 2; ++i) Write(*h, i * 5, 5);
  stop = true;
  maintenance.join();

  EXPECT_THAT(Checkpoints(folder_.path()), SizeIs(2));
  EXPECT_EQ(Restart(folder_.path())->h->Read(), h->Read());
}

}  // namespace
}  // namespace kvs::head
