// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/traceparent.h"

#include <gtest/gtest.h>

#include "kvs/sdk/str.h"

namespace kvs::sdk {
namespace {

// The one of the specification's examples.
constexpr std::string_view kHeader = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceparentTest, IsReadAndWritten) {
  auto call = Record<kvs_call_t>();

  ReadTraceparent(kHeader, call);

  EXPECT_EQ(call.trace_id[0], 0x4b);
  EXPECT_EQ(call.trace_id[15], 0x36);
  EXPECT_EQ(call.span_id[1], 0xf0);
  EXPECT_EQ(call.span_id[7], 0xb7);
  EXPECT_EQ(TraceparentOf(call), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
}

TEST(TraceparentTest, WhatIsNoneIsNoTrace) {
  for (const std::string_view header :
       {std::string_view(), kHeader.substr(0, 54),
        std::string_view("00-XXf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        std::string_view("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
        std::string_view("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
        std::string_view("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")}) {
    auto call = Record<kvs_call_t>();
    ReadTraceparent(header, call);
    EXPECT_EQ(TraceparentOf(call), "") << header;
  }
}

}  // namespace
}  // namespace kvs::sdk
