// SPDX-License-Identifier: Apache-2.0
#include "mime.h"

#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::notifier::email {
namespace {

TEST(MimeTest, Headers) {
  EXPECT_EQ(EncodeHeader("[FIRING:1] plain = text?"), "[FIRING:1] plain = text?");
  EXPECT_EQ(EncodeHeader("ü a=b"), "=?utf-8?q?=C3=BC_a=3Db?=");
  EXPECT_EQ(EncodeHeader("a\r\nBcc: x@y.org"), "=?utf-8?q?a=0D=0ABcc:_x@y.org?=");
  const std::string lines = EncodeHeader(StrCat(std::string(30, 'x'), "üüüüüüüüüüüüüüüüüüüü"));
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = std::min(lines.find("\r\n", begin), lines.size());
    EXPECT_LE(end - begin, 76u);
    EXPECT_NE(lines[end - 1], '\n');
    begin = end + 2;
  }
  EXPECT_TRUE(IsHeaderName("X-Priority"));
  for (const char* name : {"", "a b", "a:", "a\r\nb", "ü"})
    EXPECT_FALSE(IsHeaderName(name)) << name;
}

TEST(MimeTest, Bodies) {
  EXPECT_EQ(QuotedPrintable("a = ü\nb \r\nc\t\n.\n"), "a =3D =C3=BC\r\nb=20\r\nc=09\r\n.\r\n");
  const std::string wrapped = QuotedPrintable(std::string(100, 'x'));
  EXPECT_EQ(wrapped, StrCat(std::string(75, 'x'), "=\r\n", std::string(25, 'x')));
}

}  // namespace
}  // namespace kvs::notifier::email
