// SPDX-License-Identifier: Apache-2.0
#include "header_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/blocks/block_maker.h"
#include "kvs/testkit/temp_dir.h"

namespace kvs::source::blocks {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testkit::NumberedUlid;

constexpr uint64_t kBytes = 64 << 20;

TEST(HeaderStoreTest, PartsAreReadWhereTheyWereInTheIndex) {
  const testkit::TempDir dir;
  tsdb::Bytes index(300'000);
  for (size_t i = 0; i < index.size(); ++i) index[i] = static_cast<uint8_t>(i * 7 + i / 256);
  {
    const auto store = HeaderStore::Open(dir.path(), kBytes).value();
    const std::span<const uint8_t> all(index);
    ASSERT_TRUE(
        store->Put("t", NumberedUlid(1), {all.size(), all.first(140'000), all.subspan(200'000)})
            .ok());
  }
  const auto store = HeaderStore::Open(dir.path(), kBytes).value();

  const auto source = store->Find("t", NumberedUlid(1)).value();

  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->size(), index.size());
  tsdb::Bytes scratch;
  for (const auto& [offset, size] : std::vector<std::pair<size_t, size_t>>{
           {0, 5}, {65'530, 20}, {0, 140'000}, {200'000, 100'000}, {299'999, 1}}) {
    const auto bytes = source->Read(offset, size, &scratch);
    ASSERT_TRUE(bytes.ok()) << offset;
    EXPECT_TRUE(
        std::equal(bytes->begin(), bytes->end(), index.begin() + static_cast<ptrdiff_t>(offset)))
        << offset;
  }
  EXPECT_EQ(source->Read(139'999, 2, &scratch).status().code(), StatusCode::kDataLoss);
}

TEST(HeaderStoreTest, TenantsAndBlocksAreApart) {
  const testkit::TempDir dir;
  const auto store = HeaderStore::Open(dir.path(), kBytes).value();
  const uint8_t bytes[] = {1, 2, 3};
  for (const char* tenant : {"a", "ab"}) {
    for (uint64_t block : {1, 2}) {
      ASSERT_TRUE(store->Put(tenant, NumberedUlid(block), {3, bytes, {}}).ok());
    }
  }

  ASSERT_TRUE(store->Remove("a", NumberedUlid(1)).ok());

  EXPECT_EQ(store->Find("a", NumberedUlid(1)).value(), nullptr);
  EXPECT_THAT(store->List("a").value(), ElementsAre(NumberedUlid(2)));
  EXPECT_THAT(store->List("ab").value(), ElementsAre(NumberedUlid(1), NumberedUlid(2)));
  EXPECT_THAT(store->List("b").value(), IsEmpty());
}

TEST(HeaderStoreTest, WhatDoesNotFitIsAnError) {
  const testkit::TempDir dir;
  const auto store = HeaderStore::Open(dir.path(), 1 << 20).value();

  EXPECT_FALSE(store->Put("t", NumberedUlid(1), {3 << 20, tsdb::Bytes(3 << 20), {}}).ok());
  EXPECT_EQ(store->Find("t", NumberedUlid(1)).value(), nullptr);
}

}  // namespace
}  // namespace kvs::source::blocks
