// SPDX-License-Identifier: Apache-2.0
// Server: what the commands that talk to a running server share: which server, whose, and a
// request.
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::tools {

struct ServerOptions {
  std::string address;  ///< "http://127.0.0.1:9009"
  std::string tenant;
  std::string user, key;   ///< Of basic authentication; empty user: none.
  std::string auth_token;  ///< Of bearer authentication.
  std::string tls_ca_path, tls_cert_path, tls_key_path;  ///< Files; empty: curl's own, and none.

  std::vector<std::string> extra_headers;  ///< "name: value"

  /// Values of options; those that are empty change nothing.
  void SetTls(std::string ca_path, std::string cert_path, std::string key_path);
};

/// `address`, `tenant` and `user` are the values of options, empty where they are not given; then
/// variables count: KVASIR_ADDRESS, KVASIR_TENANT_ID, KVASIR_API_USER, KVASIR_TLS_CA_PATH,
/// KVASIR_TLS_CERT_PATH, KVASIR_TLS_KEY_PATH; and of secrets they alone: KVASIR_API_KEY,
/// KVASIR_AUTH_TOKEN. Each is MIMIR_... where there is none, so that what was written for mimirtool
/// goes on to work. A key without a user is the tenant's.
ServerOptions ServerFrom(std::string address, std::string tenant, std::string user);

class Server {
 public:
  explicit Server(ServerOptions options) : options_(std::move(options)) {}

  struct Answer {
    long code = 0;
    std::string body;
    /// HTTP 400: what the first line of the body says.
    std::string Text() const;
  };
  /// Sends YAML to a path, "/api/v1/alerts". `accept`: what is wanted, "application/json"; empty:
  /// anything. Unavailable.
  StatusOr<Answer> Ask(const char* method, const std::string& path, const std::string& body,
                       const std::string& accept = {}) const;
  const std::string& address() const { return options_.address; }

 private:
  const ServerOptions options_;
};

}  // namespace kvs::tools
