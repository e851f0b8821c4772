// SPDX-License-Identifier: Apache-2.0
// Status and StatusOr: what they carry, how they copy, and what the macros do.
#include "kvs/base/status.h"

#include <gtest/gtest.h>

namespace kvs {
namespace {

TEST(StatusTest, OkCarriesNothing) {
  const Status ok;

  EXPECT_TRUE(ok.ok());
  EXPECT_EQ(ok.ToString(), "OK");
  EXPECT_EQ(ok.message(), "");
}

TEST(StatusTest, CopiesKeepEveryPart) {
  const Status error = ResourceExhausted("over ", 10, " a second")
                           .WithReason("err-rate")
                           .WithRetryAfterMs(250)
                           .Partial();

  const Status copy = error;

  EXPECT_EQ(copy.ToString(), "RESOURCE_EXHAUSTED: over 10 a second");
  EXPECT_EQ(copy.reason(), "err-rate");
  EXPECT_EQ(copy.retry_after_ms(), 250u);
  EXPECT_TRUE(copy.retryable());
  EXPECT_TRUE(copy.partial());
}

TEST(StatusTest, AnnotateKeepsCodeAndReason) {
  const Status error = Annotate(NotFound("no such key").WithReason("gone"), "reading ", "a/b");

  EXPECT_EQ(error.ToString(), "NOT_FOUND: reading a/b: no such key");
  EXPECT_EQ(error.reason(), "gone");
}

StatusOr<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument(n, " is odd");
  return n / 2;
}

StatusOr<int> Quarter(int n) {
  KVS_ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

TEST(StatusOrTest, MacrosPassValuesAndErrorsOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "3 is odd");
}

TEST(StatusOrTest, HoldsTypesThatOnlyMove) {
  StatusOr<std::unique_ptr<int>> made = std::make_unique<int>(7);

  const std::unique_ptr<int> taken = std::move(made).value();

  EXPECT_EQ(*taken, 7);
}

// Counts those that live: a destruction of what was never made shows.
struct Counted {
  explicit Counted(int* counter) : alive(counter) { ++*alive; }
  Counted(const Counted& other) : alive(other.alive) { ++*alive; }
  ~Counted() { --*(alive_at_all() ? alive : &of_none); }
  bool alive_at_all() const { return alive != nullptr && mark == kMark; }
  static constexpr unsigned kMark = 0xfeedu;
  static inline int of_none = 0;
  unsigned mark = kMark;
  int* alive;
};

TEST(StatusOrTest, CanBeAssignedValuesAndErrors) {
  int alive = 0;
  {
    StatusOr<Counted> held = Counted(&alive);
    held = StatusOr<Counted>(NotFound("gone"));
    EXPECT_EQ(held.status().message(), "gone");
    EXPECT_EQ(alive, 0);
    held = Counted(&alive);
    EXPECT_EQ(alive, 1);
    held = StatusOr<Counted>(Internal("gone again"));
    EXPECT_EQ(held.status().code(), StatusCode::kInternal);
  }

  EXPECT_EQ(alive, 0);
  EXPECT_EQ(Counted::of_none, 0) << "something was destroyed that had never been made";
}

}  // namespace
}  // namespace kvs
