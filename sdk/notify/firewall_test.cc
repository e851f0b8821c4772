// SPDX-License-Identifier: Apache-2.0
#include "firewall.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace kvs::notify {
namespace {

bool Blocks(const Firewall& firewall, const char* address) {
  sockaddr_storage out{};
  auto* const four = reinterpret_cast<sockaddr_in*>(&out);
  auto* const six = reinterpret_cast<sockaddr_in6*>(&out);
  if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
    out.ss_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, address, &six->sin6_addr), 1) << address;
    out.ss_family = AF_INET6;
  }
  const Status status = firewall.Check(reinterpret_cast<const sockaddr&>(out));
  if (!status.ok()) {
    EXPECT_EQ(status.reason(), "receiver-firewall");
  }
  return !status.ok();
}

TEST(FirewallTest, PrivateAddresses) {
  const StatusOr<Firewall> firewall = Firewall::Make(true, {});
  ASSERT_TRUE(firewall.ok());
  for (const char* address :
       {"127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.3.4",
        "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1", "::", "fe80::1", "fd00::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "ff02::1", "2002:7f00:1::", "64:ff9b::7f00:1"})
    EXPECT_TRUE(Blocks(*firewall, address)) << address;
  for (const char* address : {"8.8.8.8", "172.15.0.1", "172.32.0.1", "192.169.0.1", "11.0.0.1",
                              "2606:4700::1111", "::ffff:8.8.8.8", "100.128.0.1"})
    EXPECT_FALSE(Blocks(*firewall, address)) << address;
}

TEST(FirewallTest, Networks) {
  const StatusOr<Firewall> firewall =
      Firewall::Make(false, {"8.8.0.0/15", "2606:4700::/33", "1.2.3.4"});
  ASSERT_TRUE(firewall.ok());
  for (const char* address : {"8.8.8.8", "8.9.1.1", "2606:4700:7fff::1", "1.2.3.4"})
    EXPECT_TRUE(Blocks(*firewall, address)) << address;
  for (const char* address : {"8.10.0.1", "2606:4700:8000::1", "1.2.3.5", "127.0.0.1"})
    EXPECT_FALSE(Blocks(*firewall, address)) << address;
}

TEST(FirewallTest, WhatIsNoNetwork) {
  for (const char* text :
       {"", "x", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "10.0.0.0/-1"})
    EXPECT_EQ(Firewall::Make(false, {text}).status().code(), StatusCode::kInvalidArgument) << text;
}

}  // namespace
}  // namespace kvs::notify
