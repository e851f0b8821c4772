// SPDX-License-Identifier: Apache-2.0
// What storage.filesystem promises beyond the suite of its port: nothing leads out of its folder, a
// crash leaves nothing behind, and files that others put there are objects.
#include "backend.h"

#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kvs/testkit/store_client.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::storage::filesystem {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StorageFilesystemTest : public ::testing::Test {
 protected:
  StorageFilesystemTest() { EXPECT_TRUE(testkit::StartComponent(store_).ok()); }

  std::string PathOf(std::string_view key) const { return StrCat(dir_.path(), "/store/", key); }
  bool Exists(const std::string& path) const { return access(path.c_str(), F_OK) == 0; }

  testkit::TempDir dir_;
  testkit::TestHost host_;
  Config config_{.dir = dir_.path() + "/store"};
  Backend store_{host_.host(), config_};
  testkit::StoreClient client_{sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_))};
};

TEST_F(StorageFilesystemTest, NoKeyLeadsOutOfTheFolder) {
  testkit::WriteFile(dir_.path() + "/secret", "keep");

  for (const char* key : {"../secret", "a/../../secret", "..", "/etc/passwd", "a/./../../secret"}) {
    EXPECT_EQ(client_.Get(key).status().code(), StatusCode::kInvalidArgument) << key;
    EXPECT_EQ(client_.Put(key, "x").status().code(), StatusCode::kInvalidArgument) << key;
    EXPECT_EQ(client_.Remove(key).code(), StatusCode::kInvalidArgument) << key;
  }

  EXPECT_EQ(testkit::ReadFile(dir_.path() + "/secret"), "keep");
  EXPECT_THAT(client_.List("../")->keys(), IsEmpty());
}

TEST_F(StorageFilesystemTest, ItsOwnFilesAreNoObjects) {
  ASSERT_TRUE(client_.Put("a", "1").ok());

  EXPECT_THAT(client_.List("")->keys(), ElementsAre("a"));
  EXPECT_EQ(client_.Put(".kvasir/locks/1", "x").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(client_.Get(".kvasir/locks/1").status().code(), StatusCode::kInvalidArgument);
}

TEST_F(StorageFilesystemTest, AStartSweepsWhatACrashLeft) {
  const std::string left = PathOf(".kvasir/staging/1234-5");
  testkit::WriteFile(left, "half an obj");
  Backend again(host_.host(), config_);

  ASSERT_TRUE(testkit::StartComponent(again).ok());

  EXPECT_FALSE(Exists(left));
  EXPECT_TRUE(host_.Logged("swept unfinished objects"));
}

TEST_F(StorageFilesystemTest, AListingTakesAwayTheEmptyFoldersThatACrashLeft) {
  ASSERT_TRUE(client_.Put("t/index", "1").ok());
  for (const char* folder : {"t/01H/chunks", "t/01J", "u"})
    ASSERT_TRUE(MakeFolders(PathOf(folder)).ok());
  const auto make_old = [this](std::string_view folder) {
    const timespec times[2] = {};
    ASSERT_EQ(utimensat(AT_FDCWD, PathOf(folder).c_str(), times, 0), 0);
  };
  make_old("t/01H/chunks");
  make_old("u");

  EXPECT_THAT(client_.List("t/")->keys(), ElementsAre("t/index"));
  EXPECT_FALSE(Exists(PathOf("t/01H/chunks")));
  EXPECT_TRUE(Exists(PathOf("t/01J"))) << "somebody may be about to put something into it";
  EXPECT_TRUE(Exists(PathOf("u"))) << "nobody asked for what is in it";

  make_old("t/01H");
  EXPECT_THAT(client_.List("t/")->keys(), ElementsAre("t/index"));
  EXPECT_FALSE(Exists(PathOf("t/01H")));
}

TEST_F(StorageFilesystemTest, AStartLeavesAloneWhatAnotherProcessIsWriting) {
  const std::string busy = PathOf(".kvasir/staging/1234-5");
  testkit::WriteFile(busy, "half an obj");
  const Fd fd(open(busy.c_str(), O_RDONLY));
  ASSERT_EQ(flock(fd.get(), LOCK_EX), 0);
  Backend again(host_.host(), config_);

  ASSERT_TRUE(testkit::StartComponent(again).ok());

  EXPECT_TRUE(Exists(busy));
}

TEST_F(StorageFilesystemTest, APutThatIsKilledLeavesTheOldObject) {
  ASSERT_TRUE(client_.Put("k", std::string(1 << 20, 'a')).ok());
  for (const int after_puts : {1, 3, 10}) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      Backend store{sdk::Host(), config_};
      const testkit::StoreClient client{sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store))};
      for (char c = 'b';; c = c == 'z' ? 'b' : static_cast<char>(c + 1)) {
        if (!client.Put("k", std::string(1 << 20, c)).ok() || write(pipe_ends[1], &c, 1) != 1)
          _exit(1);
      }
    }
    char done;
    for (int i = 0; i < after_puts; ++i) ASSERT_EQ(read(pipe_ends[0], &done, 1), 1);
    kill(child, SIGKILL);  // In the middle of the next one.
    waitpid(child, nullptr, 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);

    const auto read = client_.Get("k");
    ASSERT_TRUE(read.ok());
    ASSERT_EQ(read->size(), size_t{1} << 20);
    EXPECT_EQ(*read, std::string(1 << 20, read->front()));
  }
  Backend again(host_.host(), config_);
  ASSERT_TRUE(testkit::StartComponent(again).ok());
  EXPECT_TRUE(testkit::FilesIn(PathOf(".kvasir/staging")).empty());
}

TEST_F(StorageFilesystemTest, KeysArePaths) {
  ASSERT_TRUE(client_.Put("t/01H/meta.json", "{}").ok());
  testkit::WriteFile(PathOf("t/01H/index"), "by hand");

  EXPECT_EQ(testkit::ReadFile(PathOf("t/01H/meta.json")), "{}");
  EXPECT_EQ(*client_.Get("t/01H/index"), "by hand");
  EXPECT_THAT(client_.List("t/")->keys(), ElementsAre("t/01H/index", "t/01H/meta.json"));
}

TEST_F(StorageFilesystemTest, EmptyFoldersGoAway) {
  ASSERT_TRUE(client_.Put("a/b/c", "1").ok());
  ASSERT_TRUE(client_.Put("a/d", "1").ok());

  ASSERT_TRUE(client_.Remove("a/b/c").ok());
  EXPECT_FALSE(Exists(PathOf("a/b")));
  EXPECT_TRUE(Exists(PathOf("a/d")));

  ASSERT_TRUE(client_.Remove("a/d").ok());
  EXPECT_FALSE(Exists(PathOf("a")));
  EXPECT_TRUE(Exists(dir_.path() + "/store"));
}

TEST_F(StorageFilesystemTest, AnEmptyFolderIsNoObstacleAndNoPrefix) {
  ASSERT_EQ(mkdir(PathOf("a").c_str(), 0777), 0);

  EXPECT_THAT(client_.List("", "/")->keys(), IsEmpty());
  EXPECT_TRUE(client_.Put("a", "1").ok());
  EXPECT_EQ(*client_.Get("a"), "1");
}

TEST_F(StorageFilesystemTest, APartLongerThanANameIsInvalid) {
  EXPECT_EQ(client_.Put(std::string(256, 'k'), "1").status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(client_.Put(std::string(255, 'k'), "1").ok());
}

TEST_F(StorageFilesystemTest, ObjectsSurviveARestart) {
  ASSERT_TRUE(client_.Put("k", "1").ok());
  const std::string etag = client_.Stat("k")->etag;
  Backend again(host_.host(), config_);
  ASSERT_TRUE(testkit::StartComponent(again).ok());
  const testkit::StoreClient client{sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&again))};

  EXPECT_EQ(*client.Get("k"), "1");
  EXPECT_EQ(client.Stat("k")->etag, etag);
}

TEST_F(StorageFilesystemTest, AFolderThatCannotBeMadeFailsTheStart) {
  testkit::WriteFile(dir_.path() + "/file", "");
  Backend store(host_.host(), Config{.dir = dir_.path() + "/file/store"});

  EXPECT_FALSE(testkit::StartComponent(store).ok());
}

}  // namespace
}  // namespace kvs::storage::filesystem
