// SPDX-License-Identifier: Apache-2.0
// Options: what an operator says about a notifier, whatever it notifies by.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/config.h"

namespace kvs::notify {

struct Options {
  sdk::Duration connect_timeout{10'000};
  sdk::Duration request_timeout{30'000};
  int64_t max_connections = 64;
  bool block_private_addresses = false;
  std::vector<std::string> block_cidr_networks;
  std::string secrets_dir;
  std::string secrets_env_prefix;

  /// InvalidArgument for a network that is none.
  Status Validate() const;
};

namespace internal {
// The same member, as one of the class it is inherited by.
template <typename C, typename T>
constexpr T C::*As(T Options::*member) {
  return member;
}
}  // namespace internal

/// The schema of a C that derives from Options: their keys, then `more` of C's own.
template <typename C, typename... Keys>
sdk::Schema<C> OptionSchema(Keys... more) {
  using internal::As;
  return {
      {"connect_timeout", As<C>(&Options::connect_timeout),
       "Until a connection stands, with its TLS handshake"},
      {"request_timeout", As<C>(&Options::request_timeout),
       "Of one attempt to tell a receiver, unless its own timeout is shorter"},
      {"max_connections",
       As<C>(&Options::max_connections),
       "Receivers that are told at once; others wait",
       {.minimum = 1, .maximum = 10'000}},
      {"firewall.block_private_addresses", As<C>(&Options::block_private_addresses),
       "No receiver is called at a private, loopback, link-local or multicast address"},
      {"firewall.block_cidr_networks", As<C>(&Options::block_cidr_networks),
       "Networks in which no receiver is called, eg: 10.0.0.0/8"},
      {"secrets.dir", As<C>(&Options::secrets_dir),
       "Folder whose files receivers may name in *_file settings; empty: none"},
      {"secrets.env_prefix", As<C>(&Options::secrets_env_prefix),
       "Receivers' secrets may say ${NAME} for variables that begin with this; empty: none"},
      std::move(more)...,
  };
}

}  // namespace kvs::notify
