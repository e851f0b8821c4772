// SPDX-License-Identifier: Apache-2.0
// What the waiting client makes of a store's answers.
#include "kvs/sdk/store_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/call.h"
#include "kvs/testkit/fake_store.h"

namespace kvs::sdk {
namespace {

using ::testing::ElementsAre;

class StoreClientTest : public ::testing::Test {
 protected:
  testkit::FakeStore store_;
  CancelSource cancel_;
  StoreClient client_{StoreRef(IfaceOf<ObjectStore>(&store_)),
                      {.tenant = "a", .cancel = cancel_.raw(), .timeout_ms = 60'000}};
};

TEST_F(StoreClientTest, WhatIsPutIsThere) {
  ASSERT_TRUE(client_.Put("a/k", "0123456789").ok());

  EXPECT_EQ(client_.Get("a/k").value(), "0123456789");
  EXPECT_EQ(client_.Get("a/k", 2, 3).value(), "234");
  EXPECT_EQ(client_.Stat("a/k").value().size, 10);
  EXPECT_TRUE(client_.Exists("a/k").value());
  EXPECT_GT(store_.last_deadline_ns(), 0);
}

TEST_F(StoreClientTest, WhatIsNotThereIsNoError) {
  EXPECT_EQ(client_.GetIfThere("a/k").value(), std::nullopt);
  EXPECT_FALSE(client_.Exists("a/k").value());
  EXPECT_TRUE(client_.Remove("a/k").ok());
}

TEST_F(StoreClientTest, AStoreThatFailsIsAnErrorEverywhere) {
  const auto failing = [this](auto ask) {
    store_.FailNext(Unavailable("down"));
    return ask().status().code();
  };

  EXPECT_EQ(failing([&] { return client_.GetIfThere("a/k"); }), StatusCode::kUnavailable);
  EXPECT_EQ(failing([&] { return client_.Exists("a/k"); }), StatusCode::kUnavailable);
  store_.FailNext(Unavailable("down"));
  EXPECT_EQ(client_.ForEach("a/", {}, [](const auto&) { return OkStatus(); }).code(),
            StatusCode::kUnavailable);
}

TEST_F(StoreClientTest, ForEachSeesEveryPage) {
  for (const char* key : {"a/1/x", "a/1/y", "a/2/x", "a/3", "b/1"})
    ASSERT_TRUE(client_.Put(key, "").ok());
  store_.SetPageKeys(2);
  std::vector<std::string> seen;

  const Status status = client_.ForEach("a/", "/", [&seen](const StoreClient::Entry& entry) {
    seen.push_back(entry.key);
    return OkStatus();
  });

  EXPECT_TRUE(status.ok());
  EXPECT_THAT(seen, ElementsAre("a/1/", "a/2/", "a/3"));
}

TEST_F(StoreClientTest, ForEachEndsWithTheVisitorsError) {
  ASSERT_TRUE(client_.Put("a/1", "").ok());

  EXPECT_EQ(client_.ForEach("a/", {}, [](const auto&) { return Aborted("enough"); }).code(),
            StatusCode::kAborted);
}

}  // namespace
}  // namespace kvs::sdk
