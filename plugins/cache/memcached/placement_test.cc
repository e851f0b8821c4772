// SPDX-License-Identifier: Apache-2.0
#include "placement.h"

#include <map>

#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::cache::memcached {
namespace {

TEST(Placement, SpreadsKeysEvenly) {
  const Placement placement({"a:1", "b:1", "c:1"});
  std::map<size_t, int> keys;
  for (int i = 0; i < 30'000; ++i) ++keys[placement.Of(StrCat("key-", i))];

  ASSERT_EQ(keys.size(), 3u);
  for (const auto& [server, n] : keys) EXPECT_NEAR(n, 10'000, 500) << server;
}

TEST(Placement, AServerThatLeavesMovesItsOwnKeysAlone) {
  const std::vector<std::string> all{"a:1", "b:1", "c:1", "d:1"}, fewer{"d:1", "c:1", "a:1"};
  const Placement before(all), after(fewer);
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = StrCat("key-", i);
    const std::string& was = all[before.Of(key)];
    if (was == "b:1") continue;
    ASSERT_EQ(fewer[after.Of(key)], was) << key;
  }
}

}  // namespace
}  // namespace kvs::cache::memcached
