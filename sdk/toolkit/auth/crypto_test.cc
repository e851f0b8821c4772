// SPDX-License-Identifier: Apache-2.0
#include "kvs/auth/crypto.h"

#include <gtest/gtest.h>

namespace kvs::auth {
namespace {

TEST(CryptoTest, DigestsAreThoseOfTheStandard) {
  const Digest digest = Sha256("abc");

  EXPECT_EQ(ToHex({reinterpret_cast<const char*>(digest.data()), digest.size()}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(*ParseDigest("BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            digest);
  EXPECT_FALSE(ParseDigest("ba78").ok());
  EXPECT_FALSE(ParseDigest(std::string(64, 'g')).ok());
}

TEST(CryptoTest, Base64HasOneSpelling) {
  EXPECT_EQ(*DecodeBase64(""), "");
  EXPECT_EQ(*DecodeBase64("Zg=="), "f");
  EXPECT_EQ(*DecodeBase64("Zm9vYmE="), "fooba");
  EXPECT_EQ(*DecodeBase64Url("-_8"), "\xfb\xff");
  for (const char* bad : {"Zg", "Zh==", "Z===", "====", "Zg=a", "Zm 9", "-_8="})
    EXPECT_FALSE(DecodeBase64(bad).ok()) << bad;
  for (const char* bad : {"+/8", "Z", "Zg==", "Zh"}) EXPECT_FALSE(DecodeBase64Url(bad).ok()) << bad;
}

TEST(CryptoTest, SchemesAreComparedWithoutCase) {
  EXPECT_EQ(CredentialsOf("Bearer abc", "Bearer"), "abc");
  EXPECT_EQ(CredentialsOf("bearer  abc ", "Bearer"), "abc");
  EXPECT_EQ(CredentialsOf("Bearerabc", "Bearer"), "");
  EXPECT_EQ(CredentialsOf("Basic abc", "Bearer"), "");
  EXPECT_EQ(CredentialsOf("", "Bearer"), "");
}

TEST(CryptoTest, ComparesWholeTexts) {
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "ab"));
}

}  // namespace
}  // namespace kvs::auth
