// SPDX-License-Identifier: Apache-2.0
#include "protocol.h"

#include <gtest/gtest.h>

namespace kvs::cache::memcached {
namespace {

TEST(MemcachedProtocol, AKeyOfAnyBytesBecomesAKeyThatMemcachedTakes) {
  const std::string key = WireKey("kvasir:", std::string(1000, '\n'));

  EXPECT_EQ(key.size(), 7u + 32);
  EXPECT_EQ(key.find_first_of(" \r\n\t"), std::string::npos);
  EXPECT_NE(key, WireKey("kvasir:", std::string(999, '\n')));
}

TEST(MemcachedProtocol, AValueComesBackForItsOwnKeyAlone) {
  std::string set;
  AppendSet(set, "w", 60, "key", "the value");
  ASSERT_TRUE(set.starts_with("set w 0 60 16\r\n"));
  ASSERT_TRUE(set.ends_with("\r\n"));
  const std::string payload = set.substr(15, 16);

  EXPECT_EQ(ValueOf(payload, "key"), "the value");
  EXPECT_EQ(ValueOf(payload, "kez"), std::nullopt);
  EXPECT_EQ(ValueOf(payload, "keyt"), std::nullopt);
  EXPECT_EQ(ValueOf("\x10\0\0\0short", "key"), std::nullopt);
  EXPECT_EQ(ValueOf("abc", "key"), std::nullopt);
}

TEST(MemcachedProtocol, AnEmptyValueIsAValue) {
  std::string set;
  AppendSet(set, "w", 0, "k", "");
  EXPECT_EQ(ValueOf(std::string_view(set).substr(13, 5), "k"), "");
}

TEST(MemcachedProtocol, ReadsLinesOfValues) {
  const auto value = ReadValueLine("VALUE kvasir:00 0 17", 100);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->wire_key, "kvasir:00");
  EXPECT_EQ(value->size, 17u);
  EXPECT_TRUE(ReadValueLine("END", 100)->end);
}

TEST(MemcachedProtocol, RefusesLinesThatNoGetIsAnsweredWith) {
  for (const char* line :
       {"", "VALUE", "VALUE k", "VALUE k 0", "VALUE k 0 x", "VALUE k 0 1x", "VALUE k 0 -1",
        "VALUE k 0 101", "VALUE k 0 99999999999999999999", "ERROR", "value k 0 1"}) {
    EXPECT_EQ(ReadValueLine(line, 100).status().code(), StatusCode::kDataLoss) << line;
  }
}

TEST(MemcachedProtocol, ExpiryIsRelativeUpToThirtyDays) {
  constexpr int64_t kNow = 1'700'000'000'000;
  EXPECT_EQ(ExpiryOf(0, kNow), 0);
  EXPECT_EQ(ExpiryOf(1, kNow), 1);
  EXPECT_EQ(ExpiryOf(1000, kNow), 1);
  EXPECT_EQ(ExpiryOf(1001, kNow), 2);
  EXPECT_EQ(ExpiryOf(int64_t{30} * 86'400'000, kNow), 30 * 86'400);
  EXPECT_EQ(ExpiryOf(int64_t{31} * 86'400'000, kNow), 1'700'000'000 + 31 * 86'400);
}

TEST(MemcachedProtocol, TellsARefusalFromABrokenConnection) {
  EXPECT_EQ(ReadResultLine("STORED"), LineMeaning::kDone);
  EXPECT_EQ(ReadResultLine("NOT_FOUND"), LineMeaning::kDone);
  EXPECT_EQ(ReadResultLine("SERVER_ERROR object too large for cache"), LineMeaning::kRefused);
  EXPECT_EQ(ReadResultLine("CLIENT_ERROR bad data chunk"), LineMeaning::kBroken);
  EXPECT_EQ(ReadResultLine("VALUE k 0 1"), LineMeaning::kBroken);
}

}  // namespace
}  // namespace kvs::cache::memcached
