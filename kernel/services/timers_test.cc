// SPDX-License-Identifier: Apache-2.0
// Proves that timers run, that runs of one never overlap, and that nothing runs after Cancel()
// returned.
#include "kernel/services/timers.h"

#include <atomic>
#include <latch>
#include <semaphore>
#include <thread>

#include <gtest/gtest.h>

namespace kvs::kernel {
namespace {

class TimersTest : public ::testing::Test {
 protected:
  Executor executor_{{.workers = 4}};
  Timers timers_{executor_};
};

TEST_F(TimersTest, AOneShotRunsOnceOnAWorker) {
  struct Seen {
    std::latch done{1};
    std::atomic<int> runs{0};
    ThreadKind kind = ThreadKind::kOther;
  } seen;

  EXPECT_NE(timers_.After(
                1, 0,
                [](void* arg) noexcept {
                  auto* s = static_cast<Seen*>(arg);
                  s->kind = CurrentThreadKind();
                  ++s->runs;
                  s->done.count_down();
                },
                &seen),
            0u);
  seen.done.wait();

  EXPECT_EQ(seen.kind, ThreadKind::kWorker);
  EXPECT_EQ(seen.runs, 1);
}

TEST_F(TimersTest, APeriodicOneRunsAgain) {
  struct Seen {
    std::latch three{3};
    std::atomic<int> runs{0};
  } seen;

  const uint64_t ticket = timers_.After(
      0, 1,
      [](void* arg) noexcept {
        auto* s = static_cast<Seen*>(arg);
        if (s->runs++ < 3) s->three.count_down();
      },
      &seen);
  seen.three.wait();
  timers_.Cancel(ticket);

  EXPECT_GE(seen.runs, 3);
  EXPECT_EQ(timers_.count(), 0u);
}

TEST_F(TimersTest, RunsOfOneTimerNeverOverlapThoughARunTakesLongerThanThePeriod) {
  struct Seen {
    std::atomic<int> inside{0};
    std::atomic<int> worst{0};
    std::atomic<int> runs{0};
    std::latch enough{20};
  } seen;

  const uint64_t ticket = timers_.After(
      0, 1,
      [](void* arg) noexcept {
        auto* s = static_cast<Seen*>(arg);
        s->worst = std::max<int>(s->worst, ++s->inside);
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(3);
        while (std::chrono::steady_clock::now() < until) {
        }
        --s->inside;
        if (s->runs++ < 20) s->enough.count_down();
      },
      &seen);
  seen.enough.wait();
  timers_.Cancel(ticket);

  EXPECT_EQ(seen.worst, 1);
}

TEST_F(TimersTest, CancelWaitsForARunUnderWay) {
  struct Seen {
    std::latch inside{1};
    std::binary_semaphore go_on{0};
    std::atomic<bool> ended{false};
  } seen;
  // Of one run: a second one, begun before the canceller is there, would wait for ever.
  const uint64_t ticket = timers_.After(
      0, 0,
      [](void* arg) noexcept {
        auto* s = static_cast<Seen*>(arg);
        s->inside.count_down();
        s->go_on.acquire();
        s->ended = true;
      },
      &seen);
  seen.inside.wait();

  std::thread canceller([&] {
    timers_.Cancel(ticket);
    EXPECT_TRUE(seen.ended);
  });
  seen.go_on.release();
  canceller.join();
}

TEST_F(TimersTest, ARunMayCancelItself) {
  struct Seen {
    Timers* timers;
    std::atomic<uint64_t> ticket{0};
    std::atomic<int> runs{0};
    std::latch done{1};
  } seen{&timers_};

  seen.ticket = timers_.After(
      1, 1,
      [](void* arg) noexcept {
        auto* s = static_cast<Seen*>(arg);
        s->ticket.wait(0);
        ++s->runs;
        s->timers->Cancel(s->ticket);
        s->done.count_down();
      },
      &seen);
  seen.ticket.notify_all();
  seen.done.wait();
  timers_.Cancel(seen.ticket);  // Waits for the end of the run that cancelled itself.

  EXPECT_EQ(seen.runs, 1);
  EXPECT_EQ(timers_.count(), 0u);
}

TEST_F(TimersTest, NothingRunsAfterCancelUnderLoad) {
  for (int round = 0; round < 500; ++round) {
    auto alive = std::make_unique<std::atomic<int>>(0);
    const uint64_t ticket = timers_.After(
        0, 0, [](void* arg) noexcept { ++*static_cast<std::atomic<int>*>(arg); }, alive.get());
    if (round % 2 == 0) std::this_thread::yield();
    timers_.Cancel(ticket);
    alive.reset();  // A late run would be found by the sanitizers.
  }
  EXPECT_EQ(timers_.count(), 0u);
}

TEST_F(TimersTest, CancelAllTakesThoseOfOneOwner) {
  const int mine = 0, yours = 0;
  timers_.After(
      1'000'000, 0, [](void*) noexcept {}, nullptr, &mine);
  timers_.After(
      1'000'000, 5, [](void*) noexcept {}, nullptr, &mine);
  timers_.After(
      INT64_MAX, 0, [](void*) noexcept {}, nullptr, &yours);

  EXPECT_EQ(timers_.CancelAll(&mine), 2u);
  EXPECT_EQ(timers_.count(), 1u);
}

TEST_F(TimersTest, AnUnknownTicketIsIgnored) {
  timers_.Cancel(12345);
}

}  // namespace
}  // namespace kvs::kernel
