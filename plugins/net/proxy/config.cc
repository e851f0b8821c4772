// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "routes.h"

namespace kvs::net::proxy {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"upstreams",
       &Config::upstreams,
       "Table from a name to its addresses: distributor = \"http://10.0.0.1:9009, "
       "http://10.0.0.2:9009\"",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"routes",
       &Config::routes,
       "Table from a path to an upstream and what the path is: \"/prometheus/*\" = \"querier reads "
       "labels\"",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"forward_authorization", &Config::forward_authorization,
       "Whether upstreams see the caller's credentials, for them to judge"},
      {"connect_timeout",
       &Config::connect_timeout,
       "How long connecting may take, the TLS handshake included",
       {.minimum = 1}},
      {"stall_timeout",
       &Config::stall_timeout,
       "How long an upstream may be silent",
       {.minimum = 1000}},
      {"idle_timeout",
       &Config::idle_timeout,
       "How long unused connections are kept",
       {.minimum = 1000}},
      {"max_connections",
       &Config::max_connections,
       "Requests to upstreams at a time; more wait",
       {.minimum = 1, .maximum = 100'000}},
      {"max_answer_size", &Config::max_answer_size,
       "Largest answer of an upstream, which is cut there; 0B: any"},
      {"health_path", &Config::health_path,
       "What is asked of every address; one that does not answer 2xx is passed over"},
      {"health_period", &Config::health_period, "How often it is asked; 0s: never"},
      {"tls.ca_file", &Config::tls_ca_file,
       "Authorities in PEM of https upstreams; empty: the system's"},
      {"tls.cert_file", &Config::tls_cert_file,
       "Certificate chain in PEM that is shown to upstreams"},
      {"tls.key_file", &Config::tls_key_file, "Its private key in PEM"}};
  return kSchema;
}

Status Config::Validate() const {
  if (tls_cert_file.empty() != tls_key_file.empty())
    return InvalidArgument("tls.cert_file and tls.key_file are set together or not at all");
  if (!health_path.starts_with('/'))
    return InvalidArgument("health_path does not begin with a slash");
  return ParseRoutes(upstreams, routes).status();
}

}  // namespace kvs::net::proxy
