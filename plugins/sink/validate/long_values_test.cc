// SPDX-License-Identifier: Apache-2.0
#include "long_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/model/utf8.h"

namespace kvs::sink::validate {
namespace {

using ::testing::StartsWith;

// As `printf %s aaa... | sha256sum` says of 100 of them.
constexpr std::string_view kHashOf100 =
    "(hash:2816597888e4a0d3a36b82b83316ab32680eb8f00f8cd3b904d681246d285a0e)";

TEST(LongValues, TheHashReplacesTheEndOrAllOfIt) {
  const std::string value(100, 'a');
  EXPECT_EQ(Shorten(value, 80, LongValues::kTruncate), StrCat("aaaaaaaaa", kHashOf100));
  EXPECT_EQ(Shorten(value, 80, LongValues::kDrop), kHashOf100);
  EXPECT_EQ(Shorten(value, kValueHashBytes, LongValues::kTruncate), kHashOf100);
  EXPECT_EQ(kHashOf100.size(), kValueHashBytes);
}

TEST(LongValues, NoCharacterIsCut) {
  for (size_t limit = kValueHashBytes; limit < kValueHashBytes + 8; ++limit) {
    std::string value;
    for (int i = 0; i < 50; ++i) value += "\xe2\x82\xac";  // Euro signs.
    const std::string shortened = Shorten(value, limit, LongValues::kTruncate);
    EXPECT_TRUE(model::IsValidUtf8(shortened)) << limit;
    EXPECT_LE(shortened.size(), limit);
    EXPECT_GT(shortened.size() + 3, limit);
  }
}

TEST(LongValues, WhatDiffersStaysDifferent) {
  const std::string value(5000, 'b');
  EXPECT_NE(Shorten(value + "1", 80, LongValues::kTruncate),
            Shorten(value + "2", 80, LongValues::kTruncate));
}

TEST(LongValues, HaveMimirsNames) {
  EXPECT_EQ(LongValuesOf("truncate"), LongValues::kTruncate);
  EXPECT_EQ(LongValuesOf("drop"), LongValues::kDrop);
  EXPECT_EQ(LongValuesOf("error"), LongValues::kRefuse);
  EXPECT_EQ(LongValuesOf(""), LongValues::kRefuse);
}

}  // namespace
}  // namespace kvs::sink::validate
