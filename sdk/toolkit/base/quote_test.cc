// SPDX-License-Identifier: Apache-2.0
// Go's quoting in both directions, and UTF-8 decoding at its edges.
#include "kvs/base/quote.h"

#include <gtest/gtest.h>

namespace kvs {
namespace {

TEST(QuoteTest, EscapesAsGoDoes) {
  EXPECT_EQ(Quote("plain ☺"), "\"plain ☺\"");
  EXPECT_EQ(Quote("\a\b\f\n\r\t\v\\\""), R"("\a\b\f\n\r\t\v\\\"")");
  EXPECT_EQ(Quote(std::string_view("\x00\x7f", 2)), R"("\x00\x7f")");
  EXPECT_EQ(Quote("\xff\xc3"), R"("\xff\xc3")");
  EXPECT_EQ(Quote("\u200b\u00a0\uFEFF"), R"("\u200b\u00a0\ufeff")");
  EXPECT_EQ(Quote("\U000E0001"), R"("\U000e0001")");
  EXPECT_EQ(Quote("'"), "\"'\"");
}

TEST(QuoteTest, QuotesRunes) {
  EXPECT_EQ(QuoteRune('a'), "'a'");
  EXPECT_EQ(QuoteRune('\''), R"('\'')");
  EXPECT_EQ(QuoteRune('"'), "'\"'");
  EXPECT_EQ(QuoteRune(kEofRune), "'\uFFFD'");
  EXPECT_EQ(RuneName('c'), "U+0063 'c'");
  EXPECT_EQ(RuneName('\n'), "U+000A");
  EXPECT_EQ(RuneName(0x1F600), "U+1F600 '\U0001F600'");
}

TEST(QuoteTest, UnquotesEveryEscape) {
  EXPECT_EQ(Unquote(R"("\a\b\f\n\r\t\v\\\" - \xFF\377\u1234\U00010111\U0001011111☺")"),
            "\a\b\f\n\r\t\v\\\" - \xff\xff\u1234\U00010111\U00010111"
            "11☺");
  EXPECT_EQ(Unquote(R"('it\'s')"), "it's");
  EXPECT_EQ(Unquote("`a\\nb`"), "a\\nb");
  EXPECT_EQ(Unquote("\"\""), "");
}

TEST(QuoteTest, UnquoteUndoesQuote) {
  for (int first = 0; first < 256; ++first) {
    const std::string text = {static_cast<char>(first), 'x', static_cast<char>(255 - first)};
    EXPECT_EQ(Unquote(Quote(text)), text) << first;
  }
}

TEST(QuoteTest, DecodesOneByteOfWhatIsNoUtf8) {
  for (const std::string_view bad :
       {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x98"}) {
    size_t width = 0;
    EXPECT_EQ(DecodeRune(bad, 0, &width), kRuneError) << Quote(bad);
    EXPECT_EQ(width, 1u) << Quote(bad);
  }
  size_t width = 0;
  EXPECT_EQ(DecodeRune("\U0010FFFF", 0, &width), kMaxRune);
  EXPECT_EQ(width, 4u);
}

}  // namespace
}  // namespace kvs
