// SPDX-License-Identifier: Apache-2.0
#include "instance.h"

#include <gtest/gtest.h>

namespace kvs::ring::kv {
namespace {

TEST(RingInstanceTest, ComesBackAsItWasWritten) {
  const Instance written{"a", "10.0.0.1:9095", "zone-a", State::kLeaving, 512, 5, 6, true, 7};

  const StatusOr<Instance> read = Instance::FromJson("a", written.ToJson());

  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->ToJson(), written.ToJson());
  EXPECT_EQ(read->id, "a");
}

TEST(RingInstanceTest, DamageIsSaid) {
  EXPECT_EQ(Instance::FromJson("a", "").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(Instance::FromJson("a", R"({"state":"ACTIVE"})").status().code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(Instance::FromJson("a", R"({"addr":"x:1","state":"DANCING"})").status().code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(Instance::FromJson("a", R"({"addr":"x:1","state":"ACTIVE","tokens":4000000000})")
                .status()
                .code(),
            StatusCode::kDataLoss);
}

}  // namespace
}  // namespace kvs::ring::kv
