// SPDX-License-Identifier: Apache-2.0
// Numbers as texts.
#include "kvs/wire/number_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace kvs::wire {
namespace {

std::string Decimal(double value) {
  std::string out;
  AppendDecimal(out, value);
  return out;
}

TEST(NumberTextTest, DecimalsHaveNoExponent) {
  EXPECT_EQ(Decimal(0), "0");
  EXPECT_EQ(Decimal(-0.0), "-0");
  EXPECT_EQ(Decimal(5), "5");
  EXPECT_EQ(Decimal(0.1), "0.1");
  EXPECT_EQ(Decimal(-1234.5), "-1234.5");
  EXPECT_EQ(Decimal(1e-9), "0.000000001");
  EXPECT_EQ(Decimal(1e21), "1000000000000000000000");
  EXPECT_EQ(Decimal(1.5e22), "15000000000000000000000");
  EXPECT_EQ(Decimal(std::numeric_limits<double>::max()).size(), 309u);
  EXPECT_EQ(Decimal(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(Decimal(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(Decimal(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

}  // namespace
}  // namespace kvs::wire
