// SPDX-License-Identifier: Apache-2.0
#include "upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::net::proxy {
namespace {

using ::testing::ElementsAre;

TEST(UpstreamTest, AddressesTakeTurns) {
  Upstream upstream("u", {"a", "b", "c"});
  EXPECT_THAT(upstream.Order(), ElementsAre(0, 1, 2));
  EXPECT_THAT(upstream.Order(), ElementsAre(1, 2, 0));
  EXPECT_THAT(upstream.Order(), ElementsAre(2, 0, 1));
}

TEST(UpstreamTest, TheUnhealthyComeLast) {
  Upstream upstream("u", {"a", "b", "c"});
  upstream.SetHealthy(0, false);
  EXPECT_THAT(upstream.Order(), ElementsAre(1, 2, 0));
  upstream.SetHealthy(1, false);
  upstream.SetHealthy(2, false);
  EXPECT_THAT(upstream.Order(), ElementsAre(1, 2, 0)) << "when none is healthy, all are as good";
}

}  // namespace
}  // namespace kvs::net::proxy
