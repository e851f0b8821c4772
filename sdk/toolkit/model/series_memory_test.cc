// SPDX-License-Identifier: Apache-2.0
#include "kvs/model/series_memory.h"

#include <gtest/gtest.h>

namespace kvs::model {
namespace {

TEST(SeriesMemoryTest, WhatIsRememberedIsFoundUntilSettingsChange) {
  SeriesMemory memory(1024);
  const uint64_t tag = SeriesMemory::TagOf({123, 456}, 1);
  EXPECT_EQ(memory.Find(tag), 0u);

  memory.Remember(tag, SeriesMemory::kMaxNumber);

  EXPECT_EQ(memory.Find(tag), SeriesMemory::kMaxNumber);
  EXPECT_EQ(memory.Find(SeriesMemory::TagOf({123, 456}, 3)), 0u);
}

TEST(SeriesMemoryTest, AFullTableForgetsAndIsNeverWrong) {
  SeriesMemory memory(1024);
  const auto tag = [](uint64_t i) { return SeriesMemory::TagOf({i, i * 31}, 1); };
  for (uint64_t i = 0; i < 10'000; ++i)
    memory.Remember(tag(i), static_cast<uint32_t>(i % 1000 + 1));

  uint64_t found = 0;
  for (uint64_t i = 0; i < 10'000; ++i) {
    const uint32_t number = memory.Find(tag(i));
    if (number == 0) continue;
    ++found;
    EXPECT_EQ(number, i % 1000 + 1);
  }
  EXPECT_GT(found, 500u);
}

}  // namespace
}  // namespace kvs::model
