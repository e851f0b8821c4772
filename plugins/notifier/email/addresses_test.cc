// SPDX-License-Identifier: Apache-2.0
#include "addresses.h"

#include <gtest/gtest.h>

namespace kvs::notifier::email {
namespace {

TEST(AddressesTest, ReadsLists) {
  const struct {
    const char* list;
    std::vector<std::string> expected;
  } kCases[] = {
      {"a@b.org", {"a@b.org"}},
      {" a@b.org , c@d.org ", {"a@b.org", "c@d.org"}},
      {"Team A <a@b.org>, \"B, and <C>\" <c@d.org>", {"a@b.org", "c@d.org"}},
      {"<a@b.org>", {"a@b.org"}},
      {"\"quote \\\" in it\" <a@b.org>", {"a@b.org"}},
      {"ümlaut <ü@b.org>", {"ü@b.org"}},
  };
  for (const auto& c : kCases) {
    const auto out = ParseAddresses(c.list);
    ASSERT_TRUE(out.ok()) << c.list << ": " << out.status().ToString();
    EXPECT_EQ(*out, c.expected) << c.list;
  }
}

TEST(AddressesTest, RefusesWhatCouldSayMoreThanAnAddress) {
  for (const char* list : {"", ",", "a@b.org,", "a", "@b", "a@", "a@b@c", "a b@c.org", "<a@b.org",
                           "a@b.org>", "\"x <a@b.org>", "<a@b.org>\r\nRCPT TO:<x@y.org>",
                           "a@b.org\r\nDATA", "<<a@b.org>>", "x <a@b.org> y"})
    EXPECT_EQ(ParseAddresses(list).status().code(), StatusCode::kInvalidArgument) << list;
}

}  // namespace
}  // namespace kvs::notifier::email
