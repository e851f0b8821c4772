// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kvs/grpc_tls/tls_files.h"
#include "kvs/sdk/config.h"

namespace kvs::remote::grpc {

/// Of remote.grpc_server: what it exports is wired to it.
struct ServerConfig {
  std::string listen = "127.0.0.1:9095";
  sdk::ByteSize max_message_size{100 << 20};
  sdk::ByteSize known_labels_size{256 << 20};
  sdk::Duration drain_timeout{30'000};
  std::string service_name;
  std::string tls_cert_file, tls_key_file, tls_client_ca_file;

  grpc_tls::TlsFiles tls() const { return {tls_cert_file, tls_key_file, tls_client_ca_file}; }
  static const sdk::Schema<ServerConfig>& Schema();
  Status Validate() const;
};

/// Of remote.grpc_client.
struct ClientConfig {
  std::vector<std::string> addresses;
  sdk::ByteSize max_message_size{100 << 20};
  sdk::Duration timeout{120'000};
  sdk::Duration keepalive_time{10'000}, keepalive_timeout{5'000};
  std::string tls_ca_file, tls_cert_file, tls_key_file;
  std::string tls_server_name;
  std::string token_file;

  grpc_tls::TlsFiles tls() const { return {tls_cert_file, tls_key_file, tls_ca_file}; }
  static const sdk::Schema<ClientConfig>& Schema();
  Status Validate() const;
};

/// Of remote.grpc_dialer: as a client, whose addresses come when it runs.
struct DialerConfig : ClientConfig {
  static const sdk::Schema<DialerConfig>& Schema();
};

}  // namespace kvs::remote::grpc
