// SPDX-License-Identifier: Apache-2.0
// cache.memory against the suite of its port.
#include <gtest/gtest.h>

#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "backend.h"

namespace kvs::cache::memory {
namespace {

class CacheMemoryConformance : public ::testing::TestWithParam<testkit::Case> {};

TEST_P(CacheMemoryConformance, Holds) {
  testkit::TestHost host;
  Backend backend{host.host(), Config()};
  testkit::Context context(sdk::IfaceOf<sdk::Cache>(&backend));

  const Status status = GetParam().run(context);

  EXPECT_TRUE(status.ok()) << status.ToString();
}

INSTANTIATE_TEST_SUITE_P(Cache, CacheMemoryConformance,
                         ::testing::ValuesIn(testkit::CacheSuite().cases), testkit::CaseName());

}  // namespace
}  // namespace kvs::cache::memory
