// SPDX-License-Identifier: Apache-2.0
// What is read once and what again. That it is a store: see tests/conformance.
#include "store.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/store_client.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::store::cache {
namespace {

using ::testing::ElementsAre;

sdk::StoreRef RefOf(sdk::ObjectStore* store) {
  return sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(store));
}

std::string Numbered(size_t n) {
  std::string out;
  for (size_t i = 0; out.size() < n; ++i) StrAppend(out, i, ",");
  out.resize(n);
  return out;
}

class StoreCacheTest : public ::testing::Test {
 protected:
  StoreCacheTest() { config_.page_size.bytes = 1024; }
  testkit::StoreClient& Client() {
    if (store_ == nullptr) {
      store_ = std::make_unique<Store>(host_.host(), config_);
      store_->next = RefOf(&below_);
      EXPECT_TRUE(testkit::StartComponent(*store_).ok());
      client_ = std::make_unique<testkit::StoreClient>(RefOf(store_.get()));
    }
    return *client_;
  }
  void Restart() {
    TearDown();
    store_.reset();
  }
  void TearDown() override {
    if (store_ == nullptr) return;
    host_.WaitIdle();
    EXPECT_TRUE(testkit::StopComponent(*store_).ok());
  }
  // Makes an object without passing through the cache.
  void Have(const std::string& key, const std::string& bytes) {
    ASSERT_TRUE(testkit::StoreClient(RefOf(&below_)).Put(key, bytes).ok());
    below_.Forget();
  }
  double Pages(const char* from) {
    return host_.metrics().Value("kvs_store_cache_pages_total", {{"from", from}});
  }

  Config config_;
  testkit::TempDir dir_;
  testkit::TestHost host_;
  testkit::FakeStore below_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<testkit::StoreClient> client_;
  const std::string bytes_ = Numbered(3000);
};

TEST_F(StoreCacheTest, WhatWasReadIsNotReadAgain) {
  Have("t/01/index", bytes_);

  EXPECT_EQ(*Client().Get("t/01/index", 1500, 100), bytes_.substr(1500, 100));
  EXPECT_EQ(*Client().Get("t/01/index", 1024, 1024), bytes_.substr(1024, 1024));

  EXPECT_THAT(below_.asked(), ElementsAre("get t/01/index 1024 1024"));
  EXPECT_EQ(Pages("memory"), 1);
}

TEST_F(StoreCacheTest, OnlyWhatIsMissingIsReadInOnePiece) {
  Have("t/01/index", bytes_);
  ASSERT_TRUE(Client().Get("t/01/index", 0, 10).ok());
  below_.Forget();

  EXPECT_EQ(*Client().Get("t/01/index", 5, 2900), bytes_.substr(5, 2900));

  EXPECT_THAT(below_.asked(), ElementsAre("get t/01/index 1024 2048"));
}

TEST_F(StoreCacheTest, AWholeObjectIsKeptWithItsEnd) {
  Have("t/01/index", bytes_);

  EXPECT_EQ(*Client().Get("t/01/index"), bytes_);
  EXPECT_EQ(*Client().Get("t/01/index"), bytes_);
  EXPECT_EQ(*Client().Get("t/01/index", 2990, 100), bytes_.substr(2990));
  EXPECT_EQ(*Client().Get("t/01/index", 3000, 1), "");
  EXPECT_EQ(Client().Get("t/01/index", 3001, 1).status().code(), StatusCode::kOutOfRange);

  EXPECT_THAT(below_.asked(), ElementsAre("get t/01/index 0 0"));
}

TEST_F(StoreCacheTest, AnObjectOfExactlyWholePagesHasAnEnd) {
  Have("t/01/index", bytes_.substr(0, 2048));

  EXPECT_EQ(*Client().Get("t/01/index"), bytes_.substr(0, 2048));
  EXPECT_EQ(*Client().Get("t/01/index"), bytes_.substr(0, 2048));
  EXPECT_EQ(*Client().Get("t/01/index", 2048, 5), "");

  EXPECT_EQ(below_.asked().size(), 1u);
}

TEST_F(StoreCacheTest, EveryRangeIsWhatTheStoreWouldAnswer) {
  Have("t/01/index", bytes_);
  const testkit::StoreClient direct(RefOf(&below_));
  for (uint64_t i = 0; i < 600; ++i) {
    const uint64_t offset = (i * 7919) % 3100, size = (i * 104729) % 2500;
    const auto want = direct.Get("t/01/index", offset, size);
    const auto got = Client().Get("t/01/index", offset, size);
    ASSERT_EQ(got.status().code(), want.status().code()) << offset << " " << size;
    ASSERT_TRUE(!want.ok() || *got == *want) << offset << " " << size;
    if (i % 50 == 0) Restart();
  }
}

TEST_F(StoreCacheTest, OtherKeysPassThrough) {
  Have("t/01/meta.json", "{}");

  ASSERT_TRUE(Client().Get("t/01/meta.json").ok());
  ASSERT_TRUE(Client().Get("t/01/meta.json").ok());

  EXPECT_EQ(below_.asked().size(), 2u);
}

TEST_F(StoreCacheTest, ErrorsAreNotKept) {
  EXPECT_EQ(Client().Get("t/01/index").status().code(), StatusCode::kNotFound);
  Have("t/01/index", bytes_);
  below_.FailNext(Unavailable("busy"));
  EXPECT_EQ(Client().Get("t/01/index").status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(*Client().Get("t/01/index"), bytes_);
}

TEST_F(StoreCacheTest, AWriteDropsWhatIsKept) {
  Have("t/01/index", "old");
  ASSERT_EQ(*Client().Get("t/01/index"), "old");
  ASSERT_TRUE(Client().Put("t/01/index", "new").ok());
  EXPECT_EQ(*Client().Get("t/01/index"), "new");

  ASSERT_TRUE(Client().Remove("t/01/index").ok());
  EXPECT_EQ(Client().Get("t/01/index").status().code(), StatusCode::kNotFound);
}

TEST_F(StoreCacheTest, AReadThatAWriteOvertakesIsNotKept) {
  Have("t/01/index", "old");
  Client();
  below_.Hold();
  std::thread reader([&] { EXPECT_EQ(*Client().Get("t/01/index"), "new"); });
  below_.WaitForHeld(1);
  std::thread writer([&] { EXPECT_TRUE(Client().Put("t/01/index", "new").ok()); });
  below_.WaitForHeld(2);

  below_.Release();
  reader.join();
  writer.join();

  EXPECT_EQ(*Client().Get("t/01/index"), "new");
}

TEST_F(StoreCacheTest, WhatManyWantAtOnceIsReadOnce) {
  Have("t/01/index", bytes_);
  Client();
  below_.Hold();
  std::vector<std::thread> readers;
  readers.emplace_back([&] { EXPECT_EQ(*Client().Get("t/01/index", 0, 3000), bytes_); });
  below_.WaitForHeld(1);
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&, i] {
      EXPECT_EQ(*Client().Get("t/01/index", static_cast<uint64_t>(i) * 500, 100),
                bytes_.substr(static_cast<size_t>(i) * 500, 100));
    });
  }
  while (Pages("flight") < 4) std::this_thread::yield();

  below_.Release();
  for (std::thread& reader : readers) reader.join();

  EXPECT_EQ(below_.asked().size(), 1u);
}

TEST_F(StoreCacheTest, AReaderThatGoesAwayDoesNotTakeTheOthersWithIt) {
  Have("t/01/index", bytes_);
  Client();
  below_.Hold();
  sdk::CancelSource cancel;
  const sdk::OwnedCall call("test", cancel.raw());
  auto in = sdk::Record<kvs_object_get_t>();
  in.key = sdk::Str("t/01/index");
  sdk::Owned<kvs_object_data_t> out;
  std::atomic<int> first{-1};
  sdk::Start(RefOf(store_.get()).get(), call, &in, out.out(),
             [&](const Status& status) { first = static_cast<int>(status.code()); });
  below_.WaitForHeld(1);
  std::thread second([&] { EXPECT_EQ(*Client().Get("t/01/index"), bytes_); });
  while (Pages("flight") < 1) std::this_thread::yield();

  cancel.Cancel();
  while (first < 0) std::this_thread::yield();
  EXPECT_EQ(first, static_cast<int>(StatusCode::kCancelled));
  below_.Release();
  second.join();

  EXPECT_EQ(below_.asked().size(), 1u);
}

TEST_F(StoreCacheTest, WhatIsOnDiskOutlivesARestart) {
  config_.disk_dir = dir_.path() + "/cache";
  Have("t/01/index", bytes_);
  ASSERT_EQ(*Client().Get("t/01/index"), bytes_);
  Restart();
  below_.Forget();

  EXPECT_EQ(*Client().Get("t/01/index"), bytes_);
  EXPECT_EQ(*Client().Get("t/01/index", 100, 2000), bytes_.substr(100, 2000));

  EXPECT_THAT(below_.asked(), ElementsAre());
  EXPECT_GT(Pages("disk"), 0);
}

TEST_F(StoreCacheTest, AWriteDropsWhatIsOnDisk) {
  config_.disk_dir = dir_.path() + "/cache";
  Have("t/01/index", "old");
  ASSERT_EQ(*Client().Get("t/01/index"), "old");
  host_.WaitIdle();

  ASSERT_TRUE(Client().Put("t/01/index", "new").ok());
  Restart();

  EXPECT_EQ(*Client().Get("t/01/index"), "new");
}

TEST_F(StoreCacheTest, AnObjectThatWouldFillTheMemoryIsNotKept) {
  config_.memory_size.bytes = 16'000;
  Have("t/01/index", bytes_);

  ASSERT_EQ(*Client().Get("t/01/index"), bytes_);

  EXPECT_EQ(host_.metrics().Value("kvs_store_cache_bytes", {{"tier", "memory"}}), 0);
}

// Readers beside writers see whole objects, whichever: for the sanitizers, too.
TEST_F(StoreCacheTest, ReadersNeverMixTwoObjects) {
  config_.disk_dir = dir_.path() + "/cache";
  Have("t/01/index", std::string(5000, 'a'));
  Client();
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&, t] {
      for (uint64_t i = static_cast<uint64_t>(t); !stop; ++i) {
        const auto read = Client().Get("t/01/index", i % 3 == 0 ? 0 : 500, i % 2 == 0 ? 0 : 4000);
        ASSERT_TRUE(read.ok()) << read.status().ToString();
        ASSERT_EQ(*read, std::string(read->size(), read->front()));
      }
    });
  }
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(
        Client().Put("t/01/index", std::string(5000, static_cast<char>('a' + i % 26))).ok());
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace kvs::store::cache
