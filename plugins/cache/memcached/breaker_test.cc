// SPDX-License-Identifier: Apache-2.0
#include "breaker.h"

#include <gtest/gtest.h>

namespace kvs::cache::memcached {
namespace {

TEST(Breaker, OpensAfterFailuresInARow) {
  Breaker breaker(3, 100);
  EXPECT_FALSE(breaker.Failed(0));
  EXPECT_FALSE(breaker.Failed(0));
  breaker.Succeeded();
  EXPECT_FALSE(breaker.Failed(0));
  EXPECT_FALSE(breaker.Failed(0));
  EXPECT_TRUE(breaker.Allows(0));

  EXPECT_TRUE(breaker.Failed(0));

  EXPECT_FALSE(breaker.Allows(99));
}

TEST(Breaker, LetsOneTryAndClosesWhenItSucceeds) {
  Breaker breaker(1, 100);
  EXPECT_TRUE(breaker.Failed(0));

  EXPECT_TRUE(breaker.Allows(100));
  EXPECT_FALSE(breaker.Allows(100)) << "a second one, before the first has ended";
  breaker.Succeeded();

  EXPECT_TRUE(breaker.Allows(101));
  EXPECT_TRUE(breaker.Allows(101));
}

TEST(Breaker, OneThatFailsAgainIsLeftAloneAgain) {
  Breaker breaker(1, 100);
  EXPECT_TRUE(breaker.Failed(0));
  EXPECT_TRUE(breaker.Allows(100));

  EXPECT_FALSE(breaker.Failed(110)) << "it was paused before";

  EXPECT_FALSE(breaker.Allows(209));
  EXPECT_TRUE(breaker.Allows(210));
}

}  // namespace
}  // namespace kvs::cache::memcached
