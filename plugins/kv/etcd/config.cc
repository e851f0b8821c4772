// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "kvs/base/str_cat.h"

namespace kvs::kv::etcd {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"endpoints",
       &Config::endpoints,
       "host:port or http(s)://host:port of the servers of one cluster; who does not answer is "
       "passed over",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"prefix", &Config::prefix, "Before every key: what else is in the cluster is never touched"},
      {"username", &Config::username, "User of etcd; empty: its authentication is not enabled"},
      {"password", &Config::password, "Password of the user"},
      {"server_timeout",
       &Config::server_timeout,
       "How long one server may take before the next is asked",
       {.minimum = 10, .maximum = 600'000}},
      {"timeout",
       &Config::timeout,
       "The longest a call may take that brings no deadline of its own",
       {.minimum = 10, .maximum = 600'000}},
      {"tls.ca_file", &Config::tls_ca_file,
       "Authorities in PEM; set, servers are spoken to over TLS and must show a certificate of "
       "theirs"},
      {"tls.cert_file", &Config::tls_cert_file,
       "Certificate chain in PEM that is shown to servers"},
      {"tls.key_file", &Config::tls_key_file, "Its private key in PEM"},
      {"tls.server_name", &Config::tls_server_name,
       "Name that the servers' certificates must have, instead of the host of the endpoint"},
  };
  return kSchema;
}

std::string AddressOf(const std::string& endpoint) {
  const size_t scheme = endpoint.find("://");
  std::string address = scheme == std::string::npos ? endpoint : endpoint.substr(scheme + 3);
  while (!address.empty() && address.back() == '/') address.pop_back();
  return address;
}

Status Config::Validate() const {
  if (endpoints.empty()) return InvalidArgument("endpoints is empty: there is nobody to ask");
  for (const std::string& endpoint : endpoints) {
    const std::string address = AddressOf(endpoint);
    if (address.rfind(':') == std::string::npos || address.back() == ':') {
      return InvalidArgument("endpoints: \"", endpoint,
                             "\" has no port (write host:port, eg: etcd-0:2379)");
    }
    const bool https = endpoint.starts_with("https://");
    if (endpoint.find("://") != std::string::npos && !https && !endpoint.starts_with("http://"))
      return InvalidArgument("endpoints: \"", endpoint, "\" is neither http:// nor https://");
    if (https && tls_ca_file.empty())
      return InvalidArgument("endpoints: \"", endpoint, "\" needs tls.ca_file");
    if (endpoint.starts_with("http://") && !tls_ca_file.empty())
      return InvalidArgument("endpoints: \"", endpoint, "\" is no https, and tls.ca_file is set");
  }
  if (tls_cert_file.empty() != tls_key_file.empty())
    return InvalidArgument("tls.cert_file and tls.key_file are set together or not at all");
  if (tls_ca_file.empty() && (!tls_cert_file.empty() || !tls_server_name.empty()))
    return InvalidArgument("tls.cert_file and tls.server_name need tls.ca_file");
  if (username.empty() != password.value.empty())
    return InvalidArgument("username and password are set together or not at all");
  return OkStatus();
}

}  // namespace kvs::kv::etcd
