// SPDX-License-Identifier: Apache-2.0
#include "kvs/auth/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kFile = R"(
grants:
  - subjects: [alice, "*@example.com"]
    tenants: [team-a, "shared-*"]
    rights: [read, write]
    matchers: '{env="prod",team=~"a|b"}'
  - subjects: root
    rights: admin
)";

TEST(GrantsTest, ReadsWhoMayDoWhat) {
  const auto grants = ParseGrants(kFile);

  ASSERT_TRUE(grants.ok()) << grants.status().ToString();
  ASSERT_EQ(grants->size(), 2u);
  EXPECT_THAT((*grants)[0].tenants, ElementsAre("team-a", "shared-*"));
  EXPECT_EQ((*grants)[0].rights, uint32_t{kRead | kWrite});
  EXPECT_THAT((*grants)[0].matchers,
              ElementsAre(LabelMatcher{"env", 0, "prod"}, LabelMatcher{"team", 2, "a|b"}));
  EXPECT_EQ((*grants)[1].rights, uint32_t{kAdmin});
  EXPECT_EQ((*grants)[1].line, 7);
}

TEST(GrantsTest, TheFirstThatFitsOneOfTheNamesCounts) {
  const auto grants = ParseGrants(kFile);
  const auto find = [&](std::vector<std::string_view> names) { return FindGrant(*grants, names); };

  EXPECT_EQ(find({"alice"}), grants->data());
  EXPECT_EQ(find({"x", "bob@example.com"}), grants->data());
  EXPECT_EQ(find({"root"}), grants->data() + 1);
  EXPECT_EQ(find({"root", "alice"}), grants->data());
  EXPECT_EQ(find({"bob"}), nullptr);
  EXPECT_EQ(find({}), nullptr);
}

TEST(GrantsTest, ASlipIsAnErrorWithItsLine) {
  const std::pair<const char*, const char*> bad[] = {
      {"", "line 1"},
      {"- a", "line 1"},
      {"users: []", "unknown key users"},
      {"grants: x", "line 1: grants is no list"},
      {"grants: [x]", "line 1: an entry"},
      {"grants:\n - rights: [read]\n   tenants: [a]", "line 2: the entry names no subject"},
      {"grants:\n - subjects: [a]\n   tenants: [a]", "gives no rights"},
      {"grants:\n - subjects: [a]\n   rights: [read]", "names no tenants"},
      {"grants:\n - subjects: [a]\n   rights: [raed]\n   tenants: [a]",
       "line 3: unknown right raed"},
      {"grants:\n - subjects: [a]\n   tenant: [b]\n   rights: [read]",
       "line 3: unknown key tenant"},
      {"grants:\n - subjects: ['']\n   tenants: [b]\n   rights: [read]", "empty entry"},
      {"grants:\n - subjects: [a]\n   tenants: {}\n   rights: [read]", "no list of texts"},
      {"grants:\n - subjects: [a]\n   tenants: [b]\n   rights: [read]\n   matchers: '{a=~\"[\"}'",
       "line 5: matchers"},
      {"grants:\n - subjects: [a]\n   tenants: [b]\n   rights: [read]\n   matchers: 'a{'",
       "line 5: matchers"},
      {"grants: [", "line"},
  };
  for (const auto& [text, what] : bad) {
    const auto grants = ParseGrants(text);
    ASSERT_FALSE(grants.ok()) << text;
    EXPECT_THAT(grants.status().message(), HasSubstr(what)) << text;
  }
}

TEST(GrantsTest, AFormatMayHaveFurtherKeys) {
  const GrantsFormat format{"tokens", {"sha256"}};

  const auto tokens =
      ParseGrants("tokens:\n - {subject: a, tenants: b, rights: read, sha256: ff}", format);

  ASSERT_TRUE(tokens.ok()) << tokens.status().ToString();
  EXPECT_EQ((*tokens)[0].more.at("sha256"), "ff");
  EXPECT_FALSE(
      ParseGrants("tokens:\n - {subject: a, tenants: b, rights: read, md5: ff}", format).ok());
}

}  // namespace
}  // namespace kvs::auth
