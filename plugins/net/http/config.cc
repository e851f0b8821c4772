// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::net::http {

namespace {

constexpr const char* kClientAuth[] = {"require", "request", nullptr};

}  // namespace

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"listen", &Config::listen, "Address and port of the listener; port 0 takes a free one"},
      {"admin_listen", &Config::admin_listen,
       "Address and port of a second listener, without TLS, which then is the only one to serve "
       "admin pages"},
      {"admin_pages", &Config::admin_pages,
       "Whether this component serves admin pages, such as /metrics; off where another one does"},
      {"allow_open_admin", &Config::allow_open_admin,
       "Whether admin pages may be served beyond this machine without an authenticator"},
      {"label_policies", &Config::label_policies,
       "Whether callers that are bound to labels get in: say so once source.enforce and "
       "sink.enforce stand before all data"},
      {"multitenancy", &Config::multitenancy,
       "Whether requests name their tenant in X-Scope-OrgID; else the header is ignored"},
      {"no_auth_tenant", &Config::no_auth_tenant,
       "Tenant of every request while multitenancy is off"},
      {"tenant_federation", &Config::tenant_federation,
       "Whether reads may name several tenants, as in a|b"},
      {"max_federated_tenants",
       &Config::max_federated_tenants,
       "Most tenants in one request; 0: any number",
       {.minimum = 0, .maximum = 1e6}},
      {"threads", &Config::threads, "Event loop threads", {.minimum = 1, .maximum = 256}},
      {"max_connections",
       &Config::max_connections,
       "Connections at a time; more are answered 503",
       {.minimum = 1, .maximum = 1e7}},
      {"max_header_size",
       &Config::max_header_size,
       "Largest request line and headers; more is answered 431",
       {.minimum = 1024, .maximum = 16 << 20}},
      {"max_body_size", &Config::max_body_size,
       "Largest body as received, unless a route says otherwise; more is answered 413"},
      {"max_decoded_size", &Config::max_decoded_size,
       "Largest body after decompression, unless a route says otherwise"},
      {"header_timeout", &Config::header_timeout, "How long headers and a TLS handshake may take"},
      {"body_timeout", &Config::body_timeout, "How long a body may take"},
      {"idle_timeout", &Config::idle_timeout,
       "How long a connection may be quiet between requests"},
      {"write_timeout", &Config::write_timeout,
       "How long the client may take to read an answer, and a second for each 128 KiB"},
      {"request_timeout", &Config::request_timeout, "Deadline of a request's handling; 0s: none"},
      {"tls.cert_file", &Config::tls_cert_file,
       "Certificate chain in PEM; set, the listener speaks TLS"},
      {"tls.key_file", &Config::tls_key_file, "Private key in PEM"},
      {"tls.client_ca_file", &Config::tls_client_ca_file,
       "Authorities in PEM; set, clients are asked for a certificate of theirs"},
      {"tls.client_auth",
       &Config::tls_client_auth,
       "Whether a client without a certificate is turned away, or left to the authenticators",
       {.choices = kClientAuth}},
      {"tls.reload_period", &Config::tls_reload_period,
       "How often the files are looked at; connections keep what they began with; 0s: never"}};
  return kSchema;
}

Status Config::Validate() const {
  if (tls_cert_file.empty() != tls_key_file.empty()) {
    return InvalidArgument("tls.cert_file and tls.key_file are set together or not at all");
  }
  if (!tls_client_ca_file.empty() && tls_cert_file.empty()) {
    return InvalidArgument("tls.client_ca_file needs tls.cert_file and tls.key_file");
  }
  if (!multitenancy && no_auth_tenant.empty()) return InvalidArgument("no_auth_tenant is empty");
  return OkStatus();
}

}  // namespace kvs::net::http
