// SPDX-License-Identifier: Apache-2.0
// Keys go down with the prefix and come up without it. That it is a store: see tests/conformance.
#include "store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/store_client.h"

namespace kvs::store::prefix {
namespace {

using ::testing::ElementsAre;

sdk::StoreRef RefOf(sdk::ObjectStore* store) {
  return sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(store));
}

class StorePrefixTest : public ::testing::Test {
 protected:
  StorePrefixTest() { store_.next = RefOf(&below_); }
  testkit::FakeStore below_;
  Store store_{sdk::Host(), Config{"/team/blocks/"}};
  testkit::StoreClient client_{RefOf(&store_)};
};

TEST_F(StorePrefixTest, EveryCallGoesBelowThePrefix) {
  ASSERT_TRUE(client_.Put("k", "x").ok());
  ASSERT_EQ(*client_.Get("k"), "x");
  ASSERT_TRUE(client_.Stat("k").ok());
  ASSERT_TRUE(client_.List("a").ok());
  ASSERT_TRUE(client_.Remove("k").ok());

  EXPECT_THAT(below_.asked(),
              ElementsAre("put team/blocks/k", "get team/blocks/k 0 0", "stat team/blocks/k",
                          "list team/blocks/a", "remove team/blocks/k"));
}

TEST_F(StorePrefixTest, NothingBesideThePrefixIsSeen) {
  const testkit::StoreClient all(RefOf(&below_));
  ASSERT_TRUE(all.Put("team/blocks/a", "x").ok());
  ASSERT_TRUE(all.Put("team/blocksize", "x").ok());
  ASSERT_TRUE(all.Put("other", "x").ok());

  EXPECT_THAT(client_.List("")->keys(), ElementsAre("a"));
  EXPECT_THAT(client_.List("", "", "a")->keys(), ElementsAre());
}

TEST_F(StorePrefixTest, NoKeyLeadsOut) {
  for (const char* key : {"", "../x", "/x", "x/.."})
    EXPECT_EQ(client_.Put(key, "x").status().code(), StatusCode::kInvalidArgument) << key;
  EXPECT_EQ(client_.Get(std::string(1020, 'k')).status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(below_.asked(), ElementsAre());
}

TEST_F(StorePrefixTest, AnEmptyPrefixIsRefused) {
  EXPECT_FALSE(Config{"/"}.Validate().ok());
  EXPECT_FALSE(Config{"a//b"}.Validate().ok());
  EXPECT_TRUE(Config{"a/b"}.Validate().ok());
}

}  // namespace
}  // namespace kvs::store::prefix
