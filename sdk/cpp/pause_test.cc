// SPDX-License-Identifier: Apache-2.0
// Pauses end with time, a wake-up, the deadline or the caller's going away, each once.
#include "kvs/sdk/pause.h"

#include <gtest/gtest.h>

#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/task.h"
#include "kvs/testkit/test_host.h"

namespace kvs::sdk {
namespace {

// Waits in Apply(), for as many milliseconds as it is asked to.
class Sleeper final : public Kv {
 public:
  explicit Sleeper(Host host) : host_(host) {}
  Outcome Get(const Call&, const kvs_kv_range_t&, kvs_kv_entries_t&, Completer&) override { return OkStatus(); }
  Outcome Watch(const Call&, const kvs_kv_watch_t&, kvs_kv_entries_t&, Completer&) override { return OkStatus(); }
  Outcome Apply(const Call& call, const kvs_kv_batch_t&, uint64_t&, Completer& completer) override {
    return Run(completer, Sleep(call));
  }
  void Wake() {
    const std::lock_guard lock(mutex_);
    if (pause_ != nullptr) pause_->Wake();
  }
  int64_t ms = 100;

 private:
  Task Sleep(Call call) {
    Pause pause(host_, call, ms);
    Register(&pause);
    const Status status = co_await pause;
    Register(nullptr);
    co_return status;
  }
  void Register(Pause* pause) {
    const std::lock_guard lock(mutex_);
    pause_ = pause;
  }
  const Host host_;
  std::mutex mutex_;
  Pause* pause_ = nullptr;
};

class PauseTest : public ::testing::Test {
 protected:
  // Starts a sleep; `status_` holds how it ended.
  void Begin(const Call& call) {
    kvs::sdk::Start(KvRef(IfaceOf<Kv>(&sleeper_)).apply(), call, &batch_, &out_, [this](const Status& status) {
      status_ = status;
      ended_ = true;
    });
  }
  testkit::TestHost host_{{.manual_clock = true}};
  Sleeper sleeper_{host_.host()};
  kvs_kv_batch_t batch_ = Record<kvs_kv_batch_t>();
  uint64_t out_ = 0;
  Status status_ = Unknown("not ended");
  std::atomic<bool> ended_{false};
};

TEST_F(PauseTest, EndsWhenTheTimeHasPassedAndNotBefore) {
  const OwnedCall call("test");
  Begin(call);

  host_.Advance(99);
  host_.WaitIdle();
  EXPECT_FALSE(ended_);
  host_.Advance(1);
  host_.WaitIdle();

  EXPECT_TRUE(ended_);
  EXPECT_TRUE(status_.ok());
}

TEST_F(PauseTest, EndsWhenWoken) {
  sleeper_.ms = -1;
  const OwnedCall call("test");
  Begin(call);
  host_.Advance(1'000'000);
  host_.WaitIdle();
  ASSERT_FALSE(ended_);

  sleeper_.Wake();
  sleeper_.Wake();
  host_.WaitIdle();

  EXPECT_TRUE(ended_);
  EXPECT_TRUE(status_.ok());
}

TEST_F(PauseTest, EndsWhenTheCallerGoesAway) {
  CancelSource cancel;
  const OwnedCall call("test", cancel.raw());
  Begin(call);

  cancel.Cancel();
  host_.WaitIdle();

  ASSERT_TRUE(ended_);
  EXPECT_EQ(status_.code(), StatusCode::kCancelled);
}

TEST_F(PauseTest, EndsAtOnceWhenTheCallerHasGoneAlready) {
  CancelSource cancel;
  cancel.Cancel();
  const OwnedCall call("test", cancel.raw());

  Begin(call);
  host_.WaitIdle();

  ASSERT_TRUE(ended_);
  EXPECT_EQ(status_.code(), StatusCode::kCancelled);
}

TEST_F(PauseTest, EndsWithTheDeadlineOfTheCall) {
  const OwnedCall lasting("test");
  kvs_call_t raw = *lasting.call().raw();
  raw.deadline_ns = host_.host().clock().MonotonicNs() + 40'000'000;
  Begin(Call(&raw));

  host_.Advance(39);
  host_.WaitIdle();
  EXPECT_FALSE(ended_);
  host_.Advance(1);
  host_.WaitIdle();

  ASSERT_TRUE(ended_);
  EXPECT_EQ(status_.code(), StatusCode::kDeadlineExceeded);
}

TEST_F(PauseTest, WithoutAHostNoTimeIsWaitedFor) {
  Sleeper sleeper{Host()};
  const OwnedCall call("test");

  EXPECT_TRUE(Await(KvRef(IfaceOf<Kv>(&sleeper)).apply(), call, &batch_, &out_).ok());
}

// Wakes, cancels and timers that come together must not resume twice: this is for the sanitizers.
TEST(PauseRaceTest, WhateverComesFirstEndsItOnce) {
  testkit::TestHost host;
  for (int i = 0; i < 200; ++i) {
    Sleeper sleeper(host.host());
    sleeper.ms = i % 3;
    CancelSource cancel;
    const OwnedCall call("test", cancel.raw());
    auto batch = Record<kvs_kv_batch_t>();
    uint64_t out = 0;
    std::atomic<int> ends{0};
    kvs::sdk::Start(KvRef(IfaceOf<Kv>(&sleeper)).apply(), call, &batch, &out, [&](const Status&) { ++ends; });

    std::thread waker([&] { sleeper.Wake(); });
    cancel.Cancel();
    waker.join();
    while (ends == 0) std::this_thread::yield();
    host.WaitIdle();

    EXPECT_EQ(ends, 1);
  }
}

}  // namespace
}  // namespace kvs::sdk
