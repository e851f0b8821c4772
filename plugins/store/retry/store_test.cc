// SPDX-License-Identifier: Apache-2.0
// What is tried again, when, and how long. That it is a store: see tests/conformance.
#include "store.h"

#include <atomic>

#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/store_client.h"
#include "kvs/testkit/test_host.h"

namespace kvs::store::retry {
namespace {

sdk::StoreRef RefOf(sdk::ObjectStore* store) {
  return sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(store));
}

class StoreRetryTest : public ::testing::Test {
 protected:
  StoreRetryTest() {
    store_.next = RefOf(&below_);
    IgnoreError(testkit::StoreClient(RefOf(&below_)).Put("k", "bytes").status(), "cannot fail");
    below_.Forget();
  }
  // Begins to read "k".
  void Begin(const sdk::Call& call) {
    in_.key = sdk::Str("k");
    sdk::Start(RefOf(&store_).get(), call, &in_, out_.out(), [this](const Status& status) {
      status_ = status;
      ended_ = true;
    });
    host_.WaitIdle();
  }
  void Advance(int64_t ms) {
    host_.Advance(ms);
    host_.WaitIdle();
  }
  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeStore below_;
  Store store_{host_.host(),
               Config{.max_attempts = 3, .min_backoff = {100}, .max_backoff = {1000}}};
  testkit::StoreClient client_{RefOf(&store_)};
  kvs_object_get_t in_ = sdk::Record<kvs_object_get_t>();
  sdk::Owned<kvs_object_data_t> out_;
  Status status_ = Unknown("not ended");
  std::atomic<bool> ended_{false};
};

TEST_F(StoreRetryTest, ACallIsMadeAgainAfterAWait) {
  below_.FailNext(Unavailable("busy"));
  const sdk::OwnedCall call("test");
  Begin(call);
  EXPECT_FALSE(ended_);
  EXPECT_EQ(below_.asked().size(), 1u);

  Advance(100);

  ASSERT_TRUE(ended_);
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(sdk::TextOf(out_->bytes), "bytes");
  EXPECT_EQ(host_.metrics().Value("kvs_store_retry_retries_total", {{"operation", "get"}}), 1);
}

TEST_F(StoreRetryTest, AfterTheLastAttemptTheErrorIsTold) {
  for (int i = 0; i < 5; ++i) below_.FailNext(Unavailable("busy"));
  const sdk::OwnedCall call("test");
  Begin(call);
  Advance(10'000);
  Advance(10'000);

  ASSERT_TRUE(ended_);
  EXPECT_EQ(status_.code(), StatusCode::kUnavailable);
  EXPECT_NE(status_.message().find("3 attempts"), std::string::npos);
  EXPECT_EQ(below_.asked().size(), 3u);
  EXPECT_EQ(host_.metrics().Value("kvs_store_retry_given_up_total"), 1);
}

TEST_F(StoreRetryTest, WhatCannotPassIsToldAtOnce) {
  EXPECT_EQ(client_.Get("nothing").status().code(), StatusCode::kNotFound);
  below_.FailNext(PermissionDenied("no"));
  EXPECT_EQ(client_.Get("k").status().code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(below_.asked().size(), 2u);
}

TEST_F(StoreRetryTest, NoWaitReachesPastTheDeadline) {
  below_.FailNext(Unavailable("busy"));
  const sdk::OwnedCall lasting("test");
  kvs_call_t raw = *lasting.call().raw();
  raw.deadline_ns = host_.host().clock().MonotonicNs() + 20'000'000;

  Begin(sdk::Call(&raw));

  ASSERT_TRUE(ended_);
  EXPECT_EQ(status_.code(), StatusCode::kUnavailable);
}

TEST_F(StoreRetryTest, AWaitEndsWhenTheCallerGoesAway) {
  below_.FailNext(Unavailable("busy"));
  sdk::CancelSource cancel;
  const sdk::OwnedCall call("test", cancel.raw());
  Begin(call);

  cancel.Cancel();
  host_.WaitIdle();

  ASSERT_TRUE(ended_);
  EXPECT_EQ(status_.code(), StatusCode::kCancelled);
}

TEST_F(StoreRetryTest, AStoreThatAsksForAWaitIsWaitedFor) {
  below_.FailNext(ResourceExhausted("slow down").WithRetryAfterMs(5000));
  const sdk::OwnedCall call("test");
  Begin(call);
  Advance(4999);
  EXPECT_FALSE(ended_);
  Advance(1);

  EXPECT_TRUE(ended_);
}

TEST_F(StoreRetryTest, APutWithAConditionIsMadeOnce) {
  below_.LoseNextPut(Unavailable("the answer got lost"));

  EXPECT_EQ(client_.Put("new", "x", KVS_PUT_IF_ABSENT).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(below_.asked().size(), 1u);
}

TEST_F(StoreRetryTest, ASlowAttemptIsMadeAgain) {
  Store store(host_.host(),
              Config{.max_attempts = 2, .min_backoff = {1}, .attempt_timeout = {60'000}});
  store.next = RefOf(&below_);
  below_.FailNext(DeadlineExceeded("slow"));
  const sdk::OwnedCall call("test");
  in_.key = sdk::Str("k");
  sdk::Start(RefOf(&store).get(), call, &in_, out_.out(),
             [this](const Status& status) { ended_ = status.ok(); });
  EXPECT_NE(below_.last_deadline_ns(), 0);

  Advance(1);

  EXPECT_TRUE(ended_);
}

TEST_F(StoreRetryTest, TheCallsOwnDeadlineIsFinal) {
  below_.FailNext(DeadlineExceeded("over"));

  EXPECT_EQ(client_.Get("k").status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(below_.asked().size(), 1u);
}

}  // namespace
}  // namespace kvs::store::retry
