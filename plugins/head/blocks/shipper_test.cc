// SPDX-License-Identifier: Apache-2.0
// Blocks on their way to the store: whole or not there, once, and kept until they are.
#include <atomic>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/store_client.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/test_host.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
namespace fs = std::filesystem;

// A store that can be down for as long as a test likes.
class Switched final : public sdk::ObjectStore {
 public:
  std::atomic<bool> down{false};
  testkit::FakeStore store;

  sdk::Outcome Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out,
                    sdk::Completer& completer) override {
    if (down) return Unavailable("the store is down");
    return store.Stat(call, in, out, completer);
  }
  sdk::Outcome Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                   sdk::Completer& completer) override {
    if (down) return Unavailable("the store is down");
    return store.Get(call, in, out, completer);
  }
  sdk::Outcome Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                   sdk::Completer& completer) override {
    if (down) return Unavailable("the store is down");
    return store.Put(call, in, out, completer);
  }
  sdk::Outcome List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                    sdk::Completer& completer) override {
    return store.List(call, in, out, completer);
  }
  sdk::Outcome Remove(const sdk::Call& call, const kvs_str_t& in,
                      sdk::Completer& completer) override {
    return store.Remove(call, in, completer);
  }
};

class ShipperTest : public ::testing::Test {
 protected:
  Config ConfigOf(const std::string& folder) const {
    Config config;
    config.data_dir = folder;
    config.durability = "os";
    config.max_block_bytes.bytes = max_block_bytes_;
    return config;
  }
  std::unique_ptr<HeadUnderTest> OpenIn(testkit::TestHost& host, const std::string& folder,
                                        StageHook on_stage = {}) {
    auto h = std::make_unique<HeadUnderTest>(host.host(), ConfigOf(folder), &MakeLeanFile,
                                             std::move(on_stage));
    h->head.blocks = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_));
    EXPECT_TRUE(h->head.Open().ok());
    return h;
  }
  std::unique_ptr<HeadUnderTest> Open(StageHook on_stage = {}) {
    return OpenIn(host_, folder_.path(), std::move(on_stage));
  }
  static void WriteHour(HeadUnderTest& h, int hour) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    for (int s = 0; s < 20; ++s)
      AddSeries(builder, {{"__name__", "m"}, {"s", StrCat(s)}}, kBegin + hour * kHour, 60'000, 60);
    ASSERT_TRUE(h.Write(builder.Finish()).ok());
  }
  std::vector<std::string> Keys() {
    sdk::StoreClient client(sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_)), {});
    const auto page = client.List("");
    EXPECT_TRUE(page.ok());
    return page->keys();
  }
  std::vector<std::string> Puts() {
    std::vector<std::string> puts;
    for (const std::string& asked : store_.store.asked()) {
      if (asked.starts_with("put ")) puts.push_back(asked);
    }
    return puts;
  }
  static size_t LocalBlocks(const std::string& folder) {
    size_t n = 0;
    for (const auto& entry : fs::directory_iterator(folder + "/blocks/a"))
      n += entry.is_directory() ? 1 : 0;
    return n;
  }

  int64_t max_block_bytes_ = 0;
  TempFolder folder_;
  testkit::TestHost host_;
  Switched store_;
};

TEST_F(ShipperTest, ShipsABlockOnceAndItsMetaLast) {
  {
    const auto h = Open();
    WriteHour(*h, 0);
    h->head.FlushAndShip("a");

    const auto puts = Puts();
    ASSERT_THAT(puts, SizeIs(3));
    EXPECT_THAT(puts[0], EndsWith("/chunks/000001"));
    EXPECT_THAT(puts[1], EndsWith("/index"));
    EXPECT_THAT(puts[2], EndsWith("/meta.json"));
    EXPECT_THAT(puts[0], ::testing::StartsWith("put a/01"));
    EXPECT_EQ(host_.metrics().Value("cortex_ingester_shipper_uploads_total"), 1);
    EXPECT_EQ(host_.metrics().Value("cortex_ingester_oldest_unshipped_block_timestamp_seconds"), 0);
    h->head.FlushAndShip("a");
  }
  const auto again = Open();
  again->head.FlushAndShip();

  EXPECT_THAT(Puts(), SizeIs(3));
}

TEST_F(ShipperTest, AStoreThatIsDownIsWaitedFor) {
  store_.down = true;
  const auto h = Open();
  for (int hour = 0; hour < 4; ++hour) {
    WriteHour(*h, hour);
    h->head.FlushAndShip();
  }
  const auto before = h->Read();
  EXPECT_THAT(Keys(), IsEmpty());
  EXPECT_EQ(LocalBlocks(folder_.path()), 4u);
  EXPECT_GE(host_.metrics().Value("cortex_ingester_shipper_upload_failures_total"), 4);
  EXPECT_GT(host_.metrics().Value("cortex_ingester_oldest_unshipped_block_timestamp_seconds"), 0);

  store_.down = false;
  h->head.FlushAndShip();

  EXPECT_THAT(Keys(), SizeIs(12));
  EXPECT_EQ(h->Read(), before);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_oldest_unshipped_block_timestamp_seconds"), 0);
}

TEST_F(ShipperTest, AStoreThatIsDownForADayLosesNothingThroughRestartsAndABudget) {
  store_.down = true;
  max_block_bytes_ = 1;
  std::map<std::string, std::string> before;
  for (int hour = 0; hour < 24; ++hour) {
    const auto h = Open();  // Anew each time.
    WriteHour(*h, hour);
    h->head.FlushAndShip();
    h->head.Maintain();
    EXPECT_EQ(host_.health(), KVS_HEALTH_DEGRADED);
    before = h->Read();
  }
  EXPECT_EQ(LocalBlocks(folder_.path()), 24u)
      << "the budget takes nothing that the store does not have";
  EXPECT_THAT(Keys(), IsEmpty());

  store_.down = false;
  {
    max_block_bytes_ =
        0;  // The budget is looked after in the background, too: not while it is read.
    const auto h = Open();
    h->head.FlushAndShip();
    EXPECT_THAT(Keys(), SizeIs(3 * 24));
    EXPECT_EQ(h->Read(), before);
  }
  max_block_bytes_ = 1;
  const auto h = Open();
  h->head.Maintain();
  EXPECT_EQ(LocalBlocks(folder_.path()), 0u) << "now they may go";
  EXPECT_EQ(host_.health(), KVS_HEALTH_READY);
}

TEST_F(ShipperTest, AKillAtAnyStageIsMadeUpFor) {
  std::vector<std::pair<std::string, std::unique_ptr<TempFolder>>> kills;
  std::mutex mutex;
  auto h = Open([&](std::string_view stage) {
    const std::lock_guard lock(mutex);
    auto copy = std::make_unique<TempFolder>();
    fs::copy(folder_.path(), copy->path(), fs::copy_options::recursive);
    kills.emplace_back(stage, std::move(copy));
  });
  WriteHour(*h, 0);
  const auto before = h->Read();
  h->head.FlushAndShip();
  h.reset();
  const auto shipped = Keys();
  const size_t puts = Puts().size();

  size_t shipping = 0;
  for (const auto& [stage, folder] : kills) {
    if (!stage.starts_with("ship")) continue;
    ++shipping;
    testkit::TestHost host;
    const auto after = OpenIn(host, folder->path());
    after->head.FlushAndShip();
    EXPECT_EQ(Keys(), shipped) << stage;
    EXPECT_EQ(after->Read(), before) << stage;
  }
  EXPECT_EQ(shipping, 4u);
  EXPECT_EQ(Puts().size(), puts) << "what is there is not sent again";
}

TEST_F(ShipperTest, ShippedBlocksGoAfterTheirRetentionAndOthersNever) {
  testkit::TestHost host({.manual_clock = true, .now_ms = kBegin});
  const auto h = OpenIn(host, folder_.path());
  WriteHour(*h, 0);
  h->head.FlushAndShip();
  store_.down = true;
  WriteHour(*h, 1);
  h->head.FlushAndShip();
  ASSERT_EQ(LocalBlocks(folder_.path()), 2u);

  host.Advance(14 * kHour);
  h->head.Maintain();
  EXPECT_EQ(LocalBlocks(folder_.path()), 1u);

  host.Advance(1000 * kHour);
  h->head.Maintain();
  EXPECT_EQ(LocalBlocks(folder_.path()), 1u);
}

TEST_F(ShipperTest, TheBudgetTakesShippedBlocksAndTellsOfOthers) {
  max_block_bytes_ = 1;
  const auto h = Open();
  WriteHour(*h, 0);
  h->head.FlushAndShip();
  h->head.Maintain();
  EXPECT_EQ(LocalBlocks(folder_.path()), 0u);
  EXPECT_EQ(host_.health(), KVS_HEALTH_READY);

  store_.down = true;
  WriteHour(*h, 1);
  h->head.FlushAndShip();
  EXPECT_EQ(LocalBlocks(folder_.path()), 1u);
  EXPECT_EQ(host_.health(), KVS_HEALTH_DEGRADED);
  EXPECT_TRUE(host_.Logged("exceed max_block_bytes"));

  store_.down = false;
  h->head.FlushAndShip();
  h->head.Maintain();
  EXPECT_EQ(host_.health(), KVS_HEALTH_READY);
}

}  // namespace
}  // namespace kvs::head
