// SPDX-License-Identifier: Apache-2.0
// Keys below a prefix and back.
#include "kvs/objstore/key_prefix.h"

#include <gtest/gtest.h>

namespace kvs::objstore {
namespace {

TEST(KeyPrefixTest, KeysGoThereAndBack) {
  const KeyPrefix prefix("team/blocks");

  EXPECT_EQ(prefix.Add("t1/meta.json"), "team/blocks/t1/meta.json");
  EXPECT_EQ(prefix.Strip("team/blocks/t1/meta.json"), "t1/meta.json");
  EXPECT_EQ(prefix.Strip("team/blocksize"), "");
}

TEST(KeyPrefixTest, SlashesAtTheEndsDoNotMatter) {
  for (const char* text : {"a/b", "/a/b", "a/b/", "//a/b//"}) {
    EXPECT_EQ(KeyPrefix(text).text(), "a/b/") << text;
    EXPECT_TRUE(KeyPrefix(text).Check().ok()) << text;
  }
}

TEST(KeyPrefixTest, AnEmptyPrefixChangesNothing) {
  for (const char* text : {"", "/", "//"}) {
    EXPECT_TRUE(KeyPrefix(text).empty());
    EXPECT_EQ(KeyPrefix(text).Add("k"), "k");
    EXPECT_EQ(KeyPrefix(text).Strip("k"), "k");
  }
}

TEST(KeyPrefixTest, WhatNoKeyBeginsWithIsRefused) {
  for (const char* text : {"a//b", "..", "a/../b", "a\nb"})
    EXPECT_EQ(KeyPrefix(text).Check().code(), StatusCode::kInvalidArgument) << text;
}

}  // namespace
}  // namespace kvs::objstore
