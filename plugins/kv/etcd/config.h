// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kvs/grpc_tls/tls_files.h"
#include "kvs/sdk/config.h"

namespace kvs::kv::etcd {

struct Config {
  std::vector<std::string> endpoints;
  std::string prefix = "kvasir/";
  std::string username;
  sdk::Secret password;
  sdk::Duration server_timeout{5'000};
  sdk::Duration timeout{10'000};
  std::string tls_ca_file, tls_cert_file, tls_key_file;
  std::string tls_server_name;

  grpc_tls::TlsFiles tls() const { return {tls_cert_file, tls_key_file, tls_ca_file}; }
  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

/// "host:port" of an endpoint, which may begin with http:// or https://.
std::string AddressOf(const std::string& endpoint);

}  // namespace kvs::kv::etcd
