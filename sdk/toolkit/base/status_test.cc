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

TEST(StatusOrTest, CanBeAssignedValuesAndErrors) {
  const auto alive = std::make_shared<int>(7);
  StatusOr<std::shared_ptr<int>> held = alive;

  held = StatusOr<std::shared_ptr<int>>(NotFound("gone"));
  EXPECT_EQ(held.status().message(), "gone");
  EXPECT_EQ(alive.use_count(), 1);
  held = alive;
  EXPECT_EQ(**held, 7);
  held = StatusOr<std::shared_ptr<int>>(Internal("gone again"));

  EXPECT_EQ(held.status().code(), StatusCode::kInternal);
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace kvs
