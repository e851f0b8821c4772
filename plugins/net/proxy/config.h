// SPDX-License-Identifier: Apache-2.0
// Settings of net.proxy.
#pragma once

#include <map>
#include <string>

#include "kvs/sdk/config.h"

namespace kvs::net::proxy {

struct Config {
  std::map<std::string, std::string> upstreams;
  std::map<std::string, std::string> routes;
  bool forward_authorization = false;
  sdk::Duration connect_timeout{5'000};
  sdk::Duration stall_timeout{300'000};
  sdk::Duration idle_timeout{60'000};
  int64_t max_connections = 1000;
  sdk::ByteSize max_answer_size{0};
  std::string health_path = "/ready";
  sdk::Duration health_period{5'000};
  std::string tls_ca_file;
  std::string tls_cert_file;
  std::string tls_key_file;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::net::proxy
