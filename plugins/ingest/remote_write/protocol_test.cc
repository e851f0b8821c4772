// SPDX-License-Identifier: Apache-2.0
// Content types of remote write.
#include "protocol.h"

#include <gtest/gtest.h>

namespace kvs::ingest::remote_write {
namespace {

TEST(ProtocolTest, TheProtoParameterDecides) {
  EXPECT_EQ(*ProtocolOf("application/x-protobuf"), Protocol::kV1);
  EXPECT_EQ(*ProtocolOf("application/x-protobuf;proto=prometheus.WriteRequest"), Protocol::kV1);
  EXPECT_EQ(*ProtocolOf("application/x-protobuf;proto=io.prometheus.write.v2.Request"),
            Protocol::kV2);
  EXPECT_EQ(
      *ProtocolOf("application/x-protobuf ; charset=x; proto=io.prometheus.write.v2.Request "),
      Protocol::kV2);
}

TEST(ProtocolTest, MissingAndOtherTypesAreV1) {
  EXPECT_EQ(*ProtocolOf(""), Protocol::kV1);
  EXPECT_EQ(*ProtocolOf("text/plain;proto=io.prometheus.write.v2.Request"), Protocol::kV1);
}

TEST(ProtocolTest, UnknownMessagesAreRefused) {
  EXPECT_EQ(ProtocolOf("application/x-protobuf;proto=x.Y").status().ToString(),
            "UNIMPLEMENTED: unknown remote write message x.Y; prometheus.WriteRequest and "
            "io.prometheus.write.v2.Request are understood");
}

}  // namespace
}  // namespace kvs::ingest::remote_write
