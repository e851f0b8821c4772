// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/file_watch.h"

#include <gtest/gtest.h>

#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::sdk {
namespace {

TEST(FileWatchTest, TellsOfEachChangeOnce) {
  testkit::TestHost host({.manual_clock = true});
  const testkit::TempDir folder;
  const std::string path = folder.path() + "/file";
  testkit::WriteFile(path, "a");
  int changes = 0;
  FileWatch watch(host.host(), {path, ""}, [&] { ++changes; });
  watch.Start(1000);

  host.Advance(3000);
  EXPECT_EQ(changes, 0);
  testkit::WriteFile(path, "longer");
  host.Advance(3000);
  EXPECT_EQ(changes, 1);
  std::remove(path.c_str());
  host.Advance(1000);
  EXPECT_EQ(changes, 2);
  watch.Stop();
  testkit::WriteFile(path, "again");
  host.Advance(5000);
  EXPECT_EQ(changes, 2);
}

TEST(FileWatchTest, ReadsWholeFilesUpToALimit) {
  const testkit::TempDir folder;
  const std::string path = folder.path() + "/file";
  testkit::WriteFile(path, std::string(50'000, 'x'));

  EXPECT_EQ(ReadFile(path)->size(), 50'000u);
  EXPECT_EQ(ReadFile(path, 49'999).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(ReadFile(folder.path() + "/none").status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kvs::sdk
