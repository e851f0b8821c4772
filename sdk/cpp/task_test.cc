// SPDX-License-Identifier: Apache-2.0
// Coroutines over ports: calls that end at once, later, elsewhere, or with an error or exception.
#include "kvs/sdk/task.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "kvs/sdk/port/kv.h"

namespace kvs::sdk {
namespace {

// Ends Apply() at once, and Watch() when the test says so.
class Leaf final : public Kv {
 public:
  Outcome Get(const Call&, const kvs_kv_range_t&, kvs_kv_entries_t&, Completer&) override { return NotFound("no such key"); }
  Outcome Apply(const Call&, const kvs_kv_batch_t&, uint64_t& out, Completer&) override {
    out += 1;
    return OkStatus();
  }
  Outcome Watch(const Call&, const kvs_kv_watch_t&, kvs_kv_entries_t&, Completer& completer) override {
    held = completer.Defer();
    return Pending();
  }
  Completion held;
};

// A decorator whose methods are coroutines.
class Twice final : public Kv {
 public:
  explicit Twice(Leaf* leaf) : next(IfaceOf<Kv>(leaf)) {}
  Outcome Get(const Call& call, const kvs_kv_range_t& in, kvs_kv_entries_t& out, Completer& completer) override {
    return Run(completer, GetOnce(call, in, out));
  }
  Outcome Apply(const Call& call, const kvs_kv_batch_t& in, uint64_t& out, Completer& completer) override {
    return Run(completer, ApplyTwice(call, in, out));
  }
  Outcome Watch(const Call& call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out, Completer& completer) override {
    return Run(completer, WatchThenThrow(call, in, out));
  }
  bool throws = false;
  bool left = false;  // Whether the variables of WatchThenThrow() are gone.

 private:
  struct Variable {
    bool* left;
    ~Variable() { *left = true; }
  };
  Task GetOnce(Call call, const kvs_kv_range_t& in, kvs_kv_entries_t& out) {
    const Status status = co_await Async(next.get(), call, &in, &out);
    co_return Annotate(status, "reading");
  }
  Task ApplyTwice(Call call, const kvs_kv_batch_t& in, uint64_t& out) {
    const Status first = co_await Async(next.apply(), call, &in, &out);
    if (!first.ok()) co_return first;
    const Status second = co_await Async(next.apply(), call, &in, &out);
    co_return second;
  }
  Task WatchThenThrow(Call call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out) {
    const Variable variable{&left};
    const Status status = co_await Async(next.watch(), call, &in, &out);
    if (throws) throw std::runtime_error("boom");
    co_return status;
  }
  const KvRef next;
};

class TaskTest : public ::testing::Test {
 protected:
  KvRef ref() { return KvRef(IfaceOf<Kv>(&twice_)); }
  Leaf leaf_;
  Twice twice_{&leaf_};
  OwnedCall call_{"tenant"};
};

TEST_F(TaskTest, CallsThatEndAtOnceEndTheTaskAtOnce) {
  auto batch = Record<kvs_kv_batch_t>();
  uint64_t calls = 0;
  bool completed_inside = true;

  Start(ref().apply(), call_, &batch, &calls, [&](const Status& status) { completed_inside = status.ok(); });

  EXPECT_EQ(calls, 2u);
  EXPECT_TRUE(completed_inside);
}

TEST_F(TaskTest, ErrorsPassThroughWithTheirContext) {
  auto range = Record<kvs_kv_range_t>();
  auto out = Record<kvs_kv_entries_t>();

  EXPECT_EQ(Await(ref().get(), call_, &range, &out).ToString(), "NOT_FOUND: reading: no such key");
}

TEST_F(TaskTest, APendingCallResumesTheTaskWhereItEnds) {
  auto watch = Record<kvs_kv_watch_t>();
  auto out = Record<kvs_kv_entries_t>();
  std::string ended;
  std::thread::id ended_on;
  Start(ref().watch(), call_, &watch, &out, [&](const Status& status) {
    ended = status.ToString();
    ended_on = std::this_thread::get_id();
  });
  EXPECT_EQ(ended, "");

  std::thread other([this] { leaf_.held(Aborted("changed")); });
  const std::thread::id other_id = other.get_id();
  other.join();

  EXPECT_EQ(ended, "ABORTED: changed");
  EXPECT_EQ(ended_on, other_id);
}

TEST_F(TaskTest, AnExceptionBecomesAnError) {
  auto watch = Record<kvs_kv_watch_t>();
  auto out = Record<kvs_kv_entries_t>();
  std::string ended;
  twice_.throws = true;
  Start(ref().watch(), call_, &watch, &out, [&](const Status& status) { ended = status.ToString(); });

  leaf_.held(OkStatus());

  EXPECT_EQ(ended, "INTERNAL: exception: boom");
}

// Who has been told of the end may take the component down.
TEST_F(TaskTest, NothingOfATaskIsLeftWhenItsCallEnds) {
  for (const bool throws : {false, true}) {
    auto watch = Record<kvs_kv_watch_t>();
    auto out = Record<kvs_kv_entries_t>();
    bool left_at_the_end = false;
    twice_.left = false;
    twice_.throws = throws;
    Start(ref().watch(), call_, &watch, &out, [&](const Status&) { left_at_the_end = twice_.left; });

    leaf_.held(OkStatus());

    EXPECT_TRUE(left_at_the_end) << "throws: " << throws;
  }
}

}  // namespace
}  // namespace kvs::sdk
