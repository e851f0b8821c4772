// SPDX-License-Identifier: Apache-2.0
// What cache.memory promises beyond the suite of its port: bounds, order, and time to the
// millisecond.
#include "backend.h"

#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/test_host.h"

namespace kvs::cache::memory {
namespace {

class CacheMemoryTest : public ::testing::Test {
 protected:
  // Three items of 100 bytes and a key of one fit, a fourth does not.
  static constexpr int64_t kThreeItems = 3 * (100 + 1 + 200);

  void Put(std::string_view key, size_t bytes, int64_t ttl_ms = 0) {
    const std::string value(bytes, 'v');
    const kvs_cache_item_t item{sdk::Str(key), sdk::Bytes(value), ttl_ms};
    auto in = sdk::Record<kvs_cache_items_t>();
    in.items = &item;
    in.n_items = 1;
    EXPECT_TRUE(sdk::Await(ref_.put(), sdk::OwnedCall("t"), &in, nullptr).ok());
  }
  // The size of the value, -1 for a miss.
  int64_t Get(std::string_view key) {
    const kvs_str_t raw = sdk::Str(key);
    auto in = sdk::Record<kvs_cache_keys_t>();
    in.keys = &raw;
    in.n_keys = 1;
    sdk::Owned<kvs_cache_values_t> out;
    EXPECT_TRUE(sdk::Await(ref_.get(), sdk::OwnedCall("t"), &in, out.out()).ok());
    return out->values[0].data == nullptr ? -1 : static_cast<int64_t>(out->values[0].size);
  }
  double Metric(const char* name) { return host_.metrics().Value(name); }

  testkit::TestHost host_{{.manual_clock = true}};
  Backend backend_{host_.host(), Config{.capacity = {kThreeItems}, .max_item_size = {500}}};
  sdk::CacheRef ref_{sdk::IfaceOf<sdk::Cache>(&backend_)};
};

TEST_F(CacheMemoryTest, TheLeastRecentlyUsedMakesRoom) {
  for (const char* key : {"a", "b", "c"}) Put(key, 100);
  ASSERT_EQ(Get("a"), 100);

  Put("d", 100);

  EXPECT_EQ(Get("b"), -1);
  EXPECT_EQ(Get("a"), 100);
  EXPECT_EQ(Get("c"), 100);
  EXPECT_EQ(Get("d"), 100);
  EXPECT_EQ(Metric("kvs_cache_memory_evictions_total"), 1);
  EXPECT_EQ(Metric("kvs_cache_memory_bytes"), kThreeItems);
}

TEST_F(CacheMemoryTest, AValueThatIsTooLongReplacesTheOldOneByNothing) {
  Put("a", 100);

  Put("a", 501);

  EXPECT_EQ(Get("a"), -1);
  EXPECT_EQ(Metric("kvs_cache_memory_bytes"), 0);
}

TEST_F(CacheMemoryTest, AnItemLargerThanTheCacheEvictsNothing) {
  Put("a", 100);

  const std::string long_key(kThreeItems, 'k');
  Put(long_key, 1);

  EXPECT_EQ(Get(long_key), -1);
  EXPECT_EQ(Get("a"), 100);
}

TEST_F(CacheMemoryTest, TimeToLiveEndsExactly) {
  Put("a", 100, 1000);

  host_.Advance(999);
  EXPECT_EQ(Get("a"), 100);
  host_.Advance(1);
  EXPECT_EQ(Get("a"), -1);
  EXPECT_EQ(Metric("kvs_cache_memory_items"), 0);
}

TEST_F(CacheMemoryTest, AValueInUseOutlivesItsItem) {
  Put("a", 100);
  const kvs_str_t raw = sdk::Str("a");
  auto in = sdk::Record<kvs_cache_keys_t>();
  in.keys = &raw;
  in.n_keys = 1;
  sdk::Owned<kvs_cache_values_t> out;
  ASSERT_TRUE(sdk::Await(ref_.get(), sdk::OwnedCall("t"), &in, out.out()).ok());

  ASSERT_TRUE(sdk::Await(ref_.remove(), sdk::OwnedCall("t"), &in, nullptr).ok());

  EXPECT_EQ(sdk::TextOf(out->values[0]), std::string(100, 'v'));
}

}  // namespace
}  // namespace kvs::cache::memory
