// SPDX-License-Identifier: Apache-2.0
// What is counted, and what counts as a failure. That it is a store: see tests/conformance.
#include "store.h"

#include <gtest/gtest.h>

#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/store_client.h"
#include "kvs/testkit/test_host.h"

namespace kvs::store::metrics {
namespace {

sdk::StoreRef RefOf(sdk::ObjectStore* store) {
  return sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(store));
}

class StoreMetricsTest : public ::testing::Test {
 protected:
  StoreMetricsTest() { store_.next = RefOf(&below_); }
  double Of(const std::string& what, const std::string& operation) {
    return host_.metrics().Value(
        "thanos_objstore_bucket_" + what,
        {{"bucket", "blocks"}, {"component", "tester"}, {"operation", operation}});
  }
  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeStore below_;
  Store store_{host_.host(), Config{"blocks", "tester"}};
  testkit::StoreClient client_{RefOf(&store_)};
};

TEST_F(StoreMetricsTest, EveryOperationIsCountedUnderItsName) {
  ASSERT_TRUE(client_.Put("k", "12345").ok());
  ASSERT_TRUE(client_.Get("k").ok());
  ASSERT_TRUE(client_.Get("k", 1, 2).ok());
  ASSERT_TRUE(client_.Stat("k").ok());
  ASSERT_TRUE(client_.List("").ok());
  ASSERT_TRUE(client_.Remove("k").ok());

  for (const char* operation : kOperationNames) {
    EXPECT_EQ(Of("operations_total", operation), 1) << operation;
    EXPECT_EQ(Of("operation_duration_seconds", operation), 1) << operation;
    EXPECT_EQ(Of("operation_failures_total", operation), 0) << operation;
  }
  EXPECT_EQ(host_.metrics().Sum("thanos_objstore_bucket_operation_transferred_bytes",
                                {{"operation", "upload"}}),
            5);
  EXPECT_EQ(host_.metrics().Sum("thanos_objstore_bucket_operation_transferred_bytes",
                                {{"operation", "get_range"}}),
            2);
}

TEST_F(StoreMetricsTest, OnlyTroubleOfTheStoreIsAFailure) {
  below_.FailNext(Unavailable("busy"));
  EXPECT_FALSE(client_.Get("k").ok());
  EXPECT_FALSE(client_.Get("k").ok());

  EXPECT_EQ(Of("operations_total", "get"), 2);
  EXPECT_EQ(Of("operation_failures_total", "get"), 1);
  EXPECT_EQ(Of("operation_duration_seconds", "get"), 0);
}

TEST_F(StoreMetricsTest, TimeIsThatOfTheWholeCall) {
  below_.Hold();
  auto in = sdk::Record<kvs_object_list_t>();
  auto out = sdk::Record<kvs_object_page_t>();
  const sdk::OwnedCall call("test");
  bool ended = false;
  sdk::Start(RefOf(&store_).list(), call, &in, &out, [&](const Status&) { ended = true; });

  host_.Advance(2000);
  ASSERT_TRUE(below_.Release());

  ASSERT_TRUE(ended);
  out.release(&out);
  EXPECT_EQ(host_.metrics().Sum("thanos_objstore_bucket_operation_duration_seconds"), 2);
}

TEST_F(StoreMetricsTest, TheLastUploadIsTold) {
  ASSERT_TRUE(client_.Put("k", "x").ok());
  host_.Advance(5000);
  below_.FailNext(Unavailable("busy"));
  ASSERT_FALSE(client_.Put("k", "x").ok());

  EXPECT_EQ(host_.metrics().Value("thanos_objstore_bucket_last_successful_upload_time"),
            static_cast<double>(host_.now_ms() - 5000) / 1000);
}

}  // namespace
}  // namespace kvs::store::metrics
