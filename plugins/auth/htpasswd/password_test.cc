// SPDX-License-Identifier: Apache-2.0
// The hashes were made by the command htpasswd and by openssl passwd.
#include "password.h"

#include <gtest/gtest.h>

namespace kvs::auth::htpasswd {
namespace {

TEST(PasswordTest, KnowsTheHashesOfHtpasswd) {
  const std::string hashes[] = {
      "$2y$05$abcdefghijklmnopqrstuuz29TNT43FrbrkSgusq0SUVtGQkhH2mm",
      "$5$saltsalt$KX7CMp12BeV71yjMlVfG0Zwgcbg4VVRj3.na/ymLkF4",
      "$6$saltsalt$Jv6SqkiPFOQnGqKahOnGY51ChXzWzziq8eFqy/"
      "vxBYbZHFIirMkOAW8pQzy8xB.kPhS02cevoES8uYosUddER.",
      "{SHA}C+7Hteo/D9vJXQ3UfzxbwnXaijM=",
  };
  for (const std::string& hash : hashes) {
    EXPECT_TRUE(CheckHashKind(hash).ok()) << hash;
    EXPECT_TRUE(PasswordFits("foo", hash)) << hash;
    EXPECT_FALSE(PasswordFits("bar", hash)) << hash;
    EXPECT_FALSE(PasswordFits("", hash)) << hash;
    EXPECT_FALSE(PasswordFits(std::string("foo\0x", 5), hash)) << hash;
  }
}

TEST(PasswordTest, WeakAndUnknownHashesAreRefused) {
  for (const char* hash : {"foo", "", "$apr1$mf6yY3Jp$hEBVYYIZWaIXHFYXmW2gT/", "$1$x$y",
                           "rqXexS6ZhobKA", "{SHA}", "{SHA}Zg=="}) {
    EXPECT_EQ(CheckHashKind(hash).code(), StatusCode::kInvalidArgument) << hash;
  }
}

TEST(PasswordTest, ABrokenHashFitsNothing) {
  for (const char* hash :
       {"$2y$", "$2y$05$", "$6$", "$5$rounds=999999999999$x$", "$2y$05$*", "*0"}) {
    EXPECT_FALSE(PasswordFits("foo", hash)) << hash;
  }
}

}  // namespace
}  // namespace kvs::auth::htpasswd
