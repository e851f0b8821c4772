// SPDX-License-Identifier: Apache-2.0
// Firewall: addresses that no receiver may have, so that a tenant's configuration cannot reach what
// only the operator should. [any]
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kvs/base/status.h"

struct sockaddr;

namespace kvs::notify {

class Firewall {
 public:
  /// InvalidArgument for a network that is none: "10.0.0.0/8", "fd00::/8".
  static StatusOr<Firewall> Make(bool block_private, const std::vector<std::string>& networks);

  /// FailedPrecondition, with the reason "receiver-firewall", for an address that is blocked.
  Status Check(const sockaddr& address) const;
  /// Blocks what the other one blocks, too.
  void Add(const Firewall& other) {
    networks_.insert(networks_.end(), other.networks_.begin(), other.networks_.end());
  }
  bool blocks_anything() const { return !networks_.empty(); }

 private:
  // IPv4 as IPv6 has it: ::ffff:a.b.c.d.
  using Address = std::array<uint8_t, 16>;
  struct Network {
    Address address{};
    int bits = 0;
  };
  static bool Within(const Address& address, const Network& network);
  static StatusOr<Network> ParseNetwork(const std::string& text);

  std::vector<Network> networks_;
};

}  // namespace kvs::notify
