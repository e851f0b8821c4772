// SPDX-License-Identifier: Apache-2.0
// When writes are acknowledged: never before the sync, not at all while the disk is full, never
// again after a failed sync. Files are faked around real ones.
#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/test_host.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

// What files do, and how often; shared by all files of a test.
class Disk {
 public:
  enum class Mode { kWorks, kFull, kFullOnSync, kBreaks, kStuck };

  void Set(Mode mode) {
    const std::lock_guard lock(mutex_);
    mode_ = mode;
    changed_.notify_all();
  }
  int syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
  }
  // Returns once a sync is stuck.
  void WaitUntilStuck() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stuck_; });
  }

  Status OnWrite() {
    const std::lock_guard lock(mutex_);
    return mode_ == Mode::kFull ? ResourceExhausted("no space left") : OkStatus();
  }
  Status OnSync() {
    std::unique_lock lock(mutex_);
    ++syncs_;
    if (mode_ == Mode::kStuck) {
      stuck_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return mode_ != Mode::kStuck; });
    }
    if (mode_ == Mode::kFullOnSync) return ResourceExhausted("no space left");
    return mode_ == Mode::kBreaks ? Internal("input/output error") : OkStatus();
  }

  wal::SegmentFileMaker Maker() {
    class File final : public wal::SegmentFile {
     public:
      File(Disk& disk, std::unique_ptr<wal::SegmentFile> file)
          : disk_(disk), file_(std::move(file)) {}
      Status Reserve(uint64_t size) override {
        KVS_RETURN_IF_ERROR(disk_.OnWrite());
        return file_->Reserve(size);
      }
      Status Write(uint64_t offset, std::span<const uint8_t> bytes) override {
        if (const Status status = disk_.OnWrite(); !status.ok()) {
          // As a full disk does: a part is written.
          IgnoreError(file_->Write(offset, bytes.first(bytes.size() / 2)), "half is enough");
          return status;
        }
        return file_->Write(offset, bytes);
      }
      Status Sync() override {
        KVS_RETURN_IF_ERROR(disk_.OnSync());
        return file_->Sync();
      }
      Status Truncate(uint64_t size) override { return file_->Truncate(size); }

     private:
      Disk& disk_;
      std::unique_ptr<wal::SegmentFile> file_;
    };
    return [this](const std::string& path) -> StatusOr<std::unique_ptr<wal::SegmentFile>> {
      KVS_RETURN_IF_ERROR(OnWrite());
      KVS_ASSIGN_OR_RETURN(auto file, wal::MakeSegmentFile(path));
      return std::unique_ptr<wal::SegmentFile>(std::make_unique<File>(*this, std::move(file)));
    };
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Mode mode_ = Mode::kWorks;
  int syncs_ = 0;
  bool stuck_ = false;
};

class DurabilityTest : public ::testing::Test {
 protected:
  Config ConfigOf() const {
    Config config;
    config.data_dir = folder_.path();
    return config;
  }
  std::map<std::string, std::string> AfterRestart() {
    TempFolder copy;
    std::filesystem::copy(folder_.path(), copy.path(), std::filesystem::copy_options::recursive);
    Config config;
    config.data_dir = copy.path();
    testkit::TestHost host;
    HeadUnderTest h(host.host(), config);
    EXPECT_TRUE(h.head.Open().ok());
    return h.Read();
  }

  const model::Labels up_{{"__name__", "up"}};
  TempFolder folder_;
  testkit::TestHost host_;
  Disk disk_;
};

TEST_F(DurabilityTest, AWriteEndsAfterItsSyncAndNotBefore) {
  HeadUnderTest h(host_.host(), ConfigOf(), disk_.Maker());
  ASSERT_TRUE(h.head.Open().ok());
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  builder.BeginSeries(up_);
  builder.AddSample(kStart, 1);
  const model::WriteBatch batch = builder.Take();
  BatchView view(batch);
  const sdk::OwnedCall call("a");
  auto result = sdk::Record<kvs_write_result_t>();
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  disk_.Set(Disk::Mode::kStuck);

  sdk::Start(h.sink().write(), call, &view.view(), &result, [&](const Status& status) {
    EXPECT_TRUE(status.ok());
    const std::lock_guard lock(mutex);
    done = true;
    changed.notify_all();
  });
  disk_.WaitUntilStuck();
  {
    const std::lock_guard lock(mutex);
    EXPECT_FALSE(done);
  }
  disk_.Set(Disk::Mode::kWorks);
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done; });
}

TEST_F(DurabilityTest, ARepeatedSampleWaitsForTheFirstOne) {
  HeadUnderTest h(host_.host(), ConfigOf(), disk_.Maker());
  ASSERT_TRUE(h.head.Open().ok());
  ASSERT_TRUE(h.Write(up_, kStart, 1).ok());
  disk_.Set(Disk::Mode::kFull);
  EXPECT_EQ(h.Write(up_, kStart + 1, 2).code(), StatusCode::kUnavailable);

  // The sample is in memory but not on disk, so saying that it is there already would be a lie.
  EXPECT_EQ(h.Write(up_, kStart + 1, 2).code(), StatusCode::kUnavailable);
}

TEST_F(DurabilityTest, AFullDiskRefusesAndLosesNothing) {
  HeadUnderTest h(host_.host(), ConfigOf(), disk_.Maker());
  ASSERT_TRUE(h.head.Open().ok());
  ASSERT_TRUE(h.Write(up_, kStart, 1).ok());
  for (const Disk::Mode mode : {Disk::Mode::kFull, Disk::Mode::kFullOnSync}) {
    const int64_t t = kStart + (mode == Disk::Mode::kFull ? 10 : 20);
    disk_.Set(mode);

    const Status refused = h.Write(up_, t, 2);
    EXPECT_EQ(refused.code(), StatusCode::kUnavailable);
    EXPECT_EQ(refused.reason(), "err-kvs-wal");
    EXPECT_GT(refused.retry_after_ms(), 0u);
    EXPECT_EQ(host_.health(), KVS_HEALTH_DEGRADED);
    EXPECT_EQ(h.Write(up_, t, 2).code(), StatusCode::kUnavailable);

    // There is space again: the sender comes back until it is taken.
    disk_.Set(Disk::Mode::kWorks);
    Status taken = h.Write(up_, t, 2);
    while (!taken.ok()) taken = h.Write(up_, t, 2);
    // Told right behind the first write that is taken again.
    while (host_.health() != KVS_HEALTH_READY) std::this_thread::yield();
  }

  const std::map<std::string, std::string> expected{
      {"up", StrCat(kStart, "=1 ", kStart + 10, "=2 ", kStart + 20, "=2")}};
  EXPECT_EQ(h.Read(), expected);
  EXPECT_EQ(AfterRestart(), expected);
}

TEST_F(DurabilityTest, AStartOnAFullDiskAnswersQueriesAndWaitsForSpace) {
  {
    HeadUnderTest before(host_.host(), ConfigOf());
    ASSERT_TRUE(before.head.Open().ok());
    ASSERT_TRUE(before.Write(up_, kStart, 1).ok());
  }
  disk_.Set(Disk::Mode::kFull);
  HeadUnderTest h(host_.host(), ConfigOf(), disk_.Maker());

  ASSERT_TRUE(h.head.Open().ok());

  EXPECT_EQ(host_.health(), KVS_HEALTH_DEGRADED);
  EXPECT_EQ(h.Read().at("up"), StrCat(kStart, "=1"));
  EXPECT_EQ(h.Write(up_, kStart + 10, 2).reason(), "err-kvs-wal");

  disk_.Set(Disk::Mode::kWorks);
  Status taken = h.Write(up_, kStart + 10, 2);
  while (!taken.ok()) taken = h.Write(up_, kStart + 10, 2);
  EXPECT_EQ(host_.health(), KVS_HEALTH_READY);
  EXPECT_EQ(AfterRestart().at("up"), StrCat(kStart, "=1 ", kStart + 10, "=2"));
}

TEST_F(DurabilityTest, AFailedSyncIsFinal) {
  HeadUnderTest h(host_.host(), ConfigOf(), disk_.Maker());
  ASSERT_TRUE(h.head.Open().ok());
  ASSERT_TRUE(h.Write(up_, kStart, 1).ok());
  disk_.Set(Disk::Mode::kBreaks);
  EXPECT_EQ(h.Write(up_, kStart + 1, 1).reason(), "err-kvs-wal");

  disk_.Set(Disk::Mode::kWorks);

  EXPECT_EQ(h.Write(up_, kStart + 2, 1).reason(), "err-kvs-wal");
  EXPECT_EQ(host_.health(), KVS_HEALTH_FAILED);
  EXPECT_EQ(AfterRestart().begin()->second.find(StrCat(kStart, "=1")), 0u);
}

TEST_F(DurabilityTest, ManyWritersShareSyncs) {
  HeadUnderTest h(host_.host(), ConfigOf(), disk_.Maker());
  ASSERT_TRUE(h.head.Open().ok());
  const int before = disk_.syncs();
  disk_.Set(Disk::Mode::kStuck);
  std::vector<std::thread> writers;
  for (int w = 0; w < 8; ++w) {
    writers.emplace_back([&, w] {
      const model::Labels labels{{"__name__", "m"}, {"w", StrCat(w)}};
      model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
      builder.BeginSeries(labels);
      builder.AddSample(kStart, w);
      const model::WriteBatch batch = builder.Take();
      BatchView view(batch);
      auto result = sdk::Record<kvs_write_result_t>();
      EXPECT_TRUE(sdk::Await(h.sink().write(), sdk::OwnedCall("a"), &view.view(), &result).ok());
    });
  }
  disk_.WaitUntilStuck();
  while (h.head.n_waiting() < 8) std::this_thread::yield();
  disk_.Set(Disk::Mode::kWorks);
  for (std::thread& writer : writers) writer.join();

  EXPECT_LE(disk_.syncs() - before, 2);
}

TEST_F(DurabilityTest, StoppingWritesWhatIsStaged) {
  Config config = ConfigOf();
  config.durability = "none";
  HeadUnderTest h(host_.host(), config);
  ASSERT_TRUE(h.head.Open().ok());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(h.Write(up_, kStart + i, i).ok());
  const auto before = h.Read();

  const sdk::OwnedCall call("");
  std::promise<void> stopped;
  const kvs_completion_t completion{
      [](void* ctx, kvs_status_t) noexcept { static_cast<std::promise<void>*>(ctx)->set_value(); },
      &stopped};
  sdk::Completer completer(&completion, nullptr);
  ASSERT_TRUE(h.head.Stop(call, completer).is_raw());
  stopped.get_future().wait();

  EXPECT_EQ(AfterRestart(), before);
  EXPECT_EQ(h.Write(up_, kStart + 1000, 1).code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kvs::head
