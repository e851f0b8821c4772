// SPDX-License-Identifier: Apache-2.0
// Settings of net.http.
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::net::http {

struct Config {
  std::string listen = "127.0.0.1:9009";
  std::string admin_listen;
  bool admin_pages = true;
  bool allow_open_admin = false;
  bool label_policies = false;
  bool multitenancy = true;
  std::string no_auth_tenant = "anonymous";
  bool tenant_federation = true;
  int64_t max_federated_tenants = 0;
  int64_t threads = 2;
  int64_t max_connections = 10000;
  sdk::ByteSize max_header_size{64 << 10};
  sdk::ByteSize max_body_size{100 << 20};
  sdk::ByteSize max_decoded_size{100 << 20};
  sdk::Duration header_timeout{10'000};
  sdk::Duration body_timeout{60'000};
  sdk::Duration idle_timeout{120'000};
  sdk::Duration write_timeout{30'000};
  sdk::Duration request_timeout{120'000};
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_client_ca_file;
  std::string tls_client_auth = "require";
  sdk::Duration tls_reload_period{10'000};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::net::http
