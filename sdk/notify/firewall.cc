// SPDX-License-Identifier: Apache-2.0
#include "firewall.h"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "kvs/base/quote.h"

namespace kvs::notify {
namespace {

// What is nobody's on the internet: "this" network, private, shared, loopback, link-local, for
// documentation and tests, multicast and reserved; RFC 6890 and those that followed.
constexpr const char* kPrivate[] = {
    "0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",   "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",    "::/128",
    "::1/128",         "64:ff9b::/96",   "64:ff9b:1::/48", "100::/64",       "2001:db8::/32",
    "2002::/16",       "fc00::/7",       "fe80::/10",      "fec0::/10",      "ff00::/8",
};

}  // namespace

StatusOr<Firewall::Network> Firewall::ParseNetwork(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string host = text.substr(0, slash);
  Network out;
  int most = 128;
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    out.address[10] = out.address[11] = 0xff;
    std::memcpy(out.address.data() + 12, &four, 4);
    most = 32;
  } else if (inet_pton(AF_INET6, host.c_str(), out.address.data()) != 1) {
    return InvalidArgument(Quote(text), " is no network, such as 10.0.0.0/8 or fd00::/8");
  }
  int bits = most;
  if (slash != std::string::npos) {
    const auto [at, error] =
        std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
    if (error != std::errc() || at != text.data() + text.size() || bits < 0 || bits > most)
      return InvalidArgument(Quote(text), " is no network: /0 to /", most);
  }
  out.bits = bits + (128 - most);
  return out;
}

StatusOr<Firewall> Firewall::Make(bool block_private, const std::vector<std::string>& networks) {
  Firewall out;
  if (block_private) {
    for (const char* network : kPrivate) {
      KVS_ASSIGN_OR_RETURN(const Network parsed, ParseNetwork(network));
      out.networks_.push_back(parsed);
    }
  }
  for (const std::string& network : networks) {
    KVS_ASSIGN_OR_RETURN(const Network parsed, ParseNetwork(network));
    out.networks_.push_back(parsed);
  }
  return out;
}

bool Firewall::Within(const Address& address, const Network& network) {
  const auto whole = static_cast<size_t>(network.bits / 8);
  if (std::memcmp(address.data(), network.address.data(), whole) != 0) return false;
  const int rest = network.bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - rest));
  return (address[whole] & mask) == (network.address[whole] & mask);
}

Status Firewall::Check(const sockaddr& address) const {
  Address bytes{};
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof(four));
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &four.sin_addr, 4);
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof(six));
    std::memcpy(bytes.data(), &six.sin6_addr, 16);
  } else {
    return FailedPrecondition("the receiver has an address that is not of the internet")
        .WithReason("receiver-firewall");
  }
  for (const Network& network : networks_) {
    if (Within(bytes, network))
      return FailedPrecondition(
                 "the firewall blocks the address of the receiver; an operator can allow it")
          .WithReason("receiver-firewall");
  }
  return OkStatus();
}

}  // namespace kvs::notify
