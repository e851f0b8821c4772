// SPDX-License-Identifier: Apache-2.0
// What is kept in memory and on disk, for how long, and that a damaged file is no answer. Patterns
// of keys.
#include <unistd.h>

#include <gtest/gtest.h>

#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "disk_tier.h"
#include "memory_tier.h"
#include "pattern.h"

namespace kvs::store::cache {
namespace {

Page Of(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

class TiersTest : public ::testing::Test {
 protected:
  std::string OnlyFile() {
    const auto files = testkit::FilesIn(dir_.path() + "/pages");
    return files.size() == 1 ? dir_.path() + "/pages/" + files[0] : "";
  }
  DiskTier Disk(uint64_t capacity = 1 << 20, int64_t ttl_ms = 0, uint64_t page_size = 1024) {
    return DiskTier(dir_.path() + "/pages", capacity, page_size, ttl_ms, metrics_);
  }
  testkit::TestHost host_;
  testkit::TempDir dir_;
  Metrics metrics_{host_.host().metrics()};
};

TEST_F(TiersTest, MemoryDropsWhatWasUsedLongestAgo) {
  MemoryTier memory(3 * 1200, 0, metrics_);
  for (uint64_t page = 0; page < 3; ++page) memory.Insert("k", page, Of(std::string(1000, 'x')), 0);
  ASSERT_NE(memory.Find("k", 0, 0), nullptr);

  memory.Insert("other", 0, Of(std::string(1000, 'x')), 0);

  EXPECT_NE(memory.Find("k", 0, 0), nullptr);
  EXPECT_EQ(memory.Find("k", 1, 0), nullptr);
  EXPECT_NE(memory.Find("k", 2, 0), nullptr);
  EXPECT_NE(memory.Find("other", 0, 0), nullptr);
  EXPECT_LE(memory.bytes(), memory.capacity());
}

TEST_F(TiersTest, MemoryNeverExceedsItsCapacity) {
  MemoryTier memory(5000, 0, metrics_);
  for (uint64_t i = 0; i < 1000; ++i) {
    memory.Insert(StrCat("k", i % 7), i % 13, Of(std::string(i % 1500, 'x')), 0);
    ASSERT_LE(memory.bytes(), 5000u);
  }
  memory.Insert("large", 0, Of(std::string(6000, 'x')), 0);
  EXPECT_EQ(memory.Find("large", 0, 0), nullptr);
  for (int k = 0; k < 7; ++k) memory.Drop(StrCat("k", k));
  EXPECT_EQ(memory.bytes(), 0u);
}

TEST_F(TiersTest, MemoryForgetsWhatIsOld) {
  MemoryTier memory(5000, 100, metrics_);
  memory.Insert("k", 0, Of("x"), 1000);

  EXPECT_NE(memory.Find("k", 0, 1100), nullptr);
  EXPECT_EQ(memory.Find("k", 0, 1101), nullptr);
  EXPECT_EQ(memory.bytes(), 0u);
}

TEST_F(TiersTest, DiskOutlivesTheProcess) {
  {
    DiskTier disk = Disk();
    ASSERT_TRUE(disk.Open().ok());
    disk.Write({&disk, "t/01/index"}, 3, "bytes", 0);
  }
  DiskTier disk = Disk();
  ASSERT_TRUE(disk.Open().ok());

  EXPECT_EQ(*disk.Read("t/01/index", 3, 0), "bytes");
  EXPECT_EQ(disk.Read("t/01/index", 2, 0), nullptr);
  EXPECT_EQ(disk.Read("t/02/index", 3, 0), nullptr);
}

TEST_F(TiersTest, EveryDamageOfAFileIsAMiss) {
  DiskTier disk = Disk();
  ASSERT_TRUE(disk.Open().ok());
  disk.Write({&disk, "k"}, 0, "some bytes", 0);
  const std::string path = OnlyFile();
  const std::string sound = testkit::ReadFile(path);

  for (size_t i = 0; i < sound.size(); ++i) {
    std::string flipped = sound;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    disk.Write({&disk, "k"}, 0, "some bytes", 0);
    testkit::WriteFile(path, flipped);
    EXPECT_EQ(disk.Read("k", 0, 0), nullptr) << "byte " << i;
    disk.Write({&disk, "k"}, 0, "some bytes", 0);
    testkit::WriteFile(path, sound.substr(0, i));
    EXPECT_EQ(disk.Read("k", 0, 0), nullptr) << "cut at " << i;
  }
  disk.Write({&disk, "k"}, 0, "some bytes", 0);
  EXPECT_EQ(*disk.Read("k", 0, 0), "some bytes");
}

TEST_F(TiersTest, PagesOfAnotherSizeAreNotUsed) {
  DiskTier disk = Disk();
  ASSERT_TRUE(disk.Open().ok());
  disk.Write({&disk, "k"}, 0, "bytes", 0);

  DiskTier other = Disk(1 << 20, 0, 2048);
  ASSERT_TRUE(other.Open().ok());

  EXPECT_EQ(other.Read("k", 0, 0), nullptr);
}

TEST_F(TiersTest, DiskKeepsToItsCapacity) {
  DiskTier disk = Disk(5000);
  ASSERT_TRUE(disk.Open().ok());
  for (uint64_t page = 0; page < 20; ++page) disk.Write({&disk, "k"}, page, std::string(1000, 'x'), 0);

  EXPECT_EQ(testkit::FilesIn(dir_.path() + "/pages").size(), 4u);
  EXPECT_NE(disk.Read("k", 19, 0), nullptr);
  EXPECT_EQ(disk.Read("k", 0, 0), nullptr);
}

TEST_F(TiersTest, DiskForgetsWhatIsOldAndWhatIsDropped) {
  DiskTier disk = Disk(1 << 20, 100);
  ASSERT_TRUE(disk.Open().ok());
  disk.Write({&disk, "old"}, 0, "x", 1000);
  disk.Write({&disk, "dropped"}, 0, "x", 1000);
  disk.Write({&disk, "dropped"}, 1, "x", 1000);

  EXPECT_EQ(disk.Read("old", 0, 1101), nullptr);
  EXPECT_EQ(disk.Drop("dropped").size(), 2u);
  EXPECT_EQ(disk.Read("dropped", 0, 1000), nullptr);
}

TEST_F(TiersTest, WhatWasReadBeforeADropIsNotKeptBehindIt) {
  DiskTier disk = Disk();
  ASSERT_TRUE(disk.Open().ok());
  const DiskTier::Reservation before(&disk, "k"), other(&disk, "other");
  disk.Write(before, 0, "old", 0);

  for (const std::string& file : disk.Drop("k")) unlink(file.c_str());
  disk.Write(before, 0, "old", 0);
  EXPECT_EQ(disk.Read("k", 0, 0), nullptr);
  disk.Write({&disk, "k"}, 0, "new", 0);
  disk.Write(before, 0, "old", 0);
  disk.Write(other, 0, "other", 0);

  EXPECT_EQ(*disk.Read("k", 0, 0), "new");
  EXPECT_EQ(*disk.Read("other", 0, 0), "other");
  EXPECT_EQ(testkit::FilesIn(dir_.path() + "/pages").size(), 2u);
}

TEST_F(TiersTest, UnfinishedFilesAreSwept) {
  ASSERT_TRUE(Disk().Open().ok());
  testkit::WriteFile(dir_.path() + "/pages/7.part", "half");
  testkit::WriteFile(dir_.path() + "/pages/README", "of somebody else");

  ASSERT_TRUE(Disk().Open().ok());

  EXPECT_EQ(testkit::FilesIn(dir_.path() + "/pages"), std::vector<std::string>{"README"});
}

TEST_F(TiersTest, AFolderThatCannotBeMadeIsTold) {
  testkit::WriteFile(dir_.path() + "/file", "x");

  EXPECT_FALSE(DiskTier(dir_.path() + "/file/pages", 1, 1024, 0, metrics_).Open().ok());
}

TEST(PatternTest, StarsStandForAnything) {
  EXPECT_TRUE(Matches("*/chunks/*", "t/01/chunks/000001"));
  EXPECT_TRUE(Matches("*/index", "t/01/index"));
  EXPECT_FALSE(Matches("*/index", "t/01/index.new"));
  EXPECT_FALSE(Matches("*/index", "index"));
  EXPECT_TRUE(Matches("*", ""));
  EXPECT_TRUE(Matches("", ""));
  EXPECT_FALSE(Matches("", "k"));
  EXPECT_TRUE(Matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(Matches("a*b*c", "a-c-b"));
  EXPECT_FALSE(Matches("*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace kvs::store::cache
