// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/truncate.h"

#include <gtest/gtest.h>

namespace kvs::notify {
namespace {

TEST(TruncateTest, InRunes) {
  const struct {
    std::string text;
    size_t n;
    std::string expected;
  } kCases[] = {
      {"", 0, ""},          {"abc", 3, "abc"},   {"abcde", 3, "abc"},
      {"abcde", 4, "abc…"}, {"äöüß", 4, "äöüß"}, {"äöüßx", 4, "äöü…"},
      {"äöüßx", 2, "äö"},   {"abcde", 0, ""},    {"a\xff\xff", 3, "a\xff\xff"},
  };
  for (const auto& c : kCases) EXPECT_EQ(TruncateInRunes(c.text, c.n), c.expected) << c.text;
}

TEST(TruncateTest, InBytes) {
  const struct {
    std::string text;
    size_t n;
    std::string expected;
  } kCases[] = {
      {"abc", 3, "abc"},    {"abcd", 3, "…"}, {"abcd", 2, ".."}, {"abcd", 0, ""},
      {"abcdef", 5, "ab…"}, {"äöü", 5, "ä…"}, {"äöüß", 6, "ä…"}, {"aaaa", 4, "aaaa"},
  };
  for (const auto& c : kCases) EXPECT_EQ(TruncateInBytes(c.text, c.n), c.expected) << c.text;
}

TEST(TruncateTest, CountsRunes) {
  EXPECT_EQ(CountRunes("äb\xff"), 3u);
}

}  // namespace
}  // namespace kvs::notify
