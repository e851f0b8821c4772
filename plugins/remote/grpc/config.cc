// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::remote::grpc {
namespace {

constexpr sdk::KeyOptions kMessageSize{.minimum = 1 << 16, .maximum = 1 << 30};
constexpr sdk::KeyOptions kAtLeastOneMs{.minimum = 1, .maximum = 3'600'000};

}  // namespace

const sdk::Schema<ServerConfig>& ServerConfig::Schema() {
  static const sdk::Schema<ServerConfig> kSchema{
      {"listen", &ServerConfig::listen, "Address and port to listen on"},
      {"max_message_size", &ServerConfig::max_message_size, "The largest message taken", kMessageSize},
      {"known_labels_size", &ServerConfig::known_labels_size,
       "Bytes of labels of series that are remembered, so that peers need not tell them with every sample; 0: they always do",
       {.minimum = 0, .maximum = 1e12}},
      {"drain_timeout", &ServerConfig::drain_timeout, "How long calls under way may go on when the process stops"},
      {"service_name", &ServerConfig::service_name,
       "The service of Mimir by whose names calls go in cortex_request_duration_seconds, such as cortex.Ingester or "
       "gatewaypb.StoreGateway; empty: they go by the port's, /kvs.series_sink/1/write"},
      {"tls.cert_file", &ServerConfig::tls_cert_file, "Certificate chain in PEM; set, the listener speaks TLS"},
      {"tls.key_file", &ServerConfig::tls_key_file, "Private key in PEM"},
      {"tls.client_ca_file", &ServerConfig::tls_client_ca_file, "Authorities in PEM; set, every client must show a certificate of theirs"},
  };
  return kSchema;
}

// What clients and dialers have in common, as keys of `C`, which is one of them or derives from it.
template <typename C, typename T>
typename sdk::Schema<C>::Key KeyOf(const char* name, T ClientConfig::*member, const char* summary, sdk::KeyOptions options = {}) {
  return {name, static_cast<T C::*>(member), summary, options};
}
#define KVS_KEYS_OF_PEERS(C) \
      KeyOf<C>("max_message_size", &ClientConfig::max_message_size, "The largest message taken", kMessageSize), \
      KeyOf<C>("timeout", &ClientConfig::timeout, "The longest a call may take that brings no deadline of its own"), \
      KeyOf<C>("keepalive_time", &ClientConfig::keepalive_time, "A peer that has sent nothing for so long while a call waits is asked whether it lives", kAtLeastOneMs), \
      KeyOf<C>("keepalive_timeout", &ClientConfig::keepalive_timeout, "One that does not answer that for so long is taken for gone, and calls to it fail", kAtLeastOneMs), \
      KeyOf<C>("tls.ca_file", &ClientConfig::tls_ca_file, "Authorities in PEM; set, peers are spoken to over TLS and must show a certificate of theirs"), \
      KeyOf<C>("tls.cert_file", &ClientConfig::tls_cert_file, "Certificate chain in PEM that is shown to peers"), \
      KeyOf<C>("tls.key_file", &ClientConfig::tls_key_file, "Its private key in PEM"), \
      KeyOf<C>("tls.server_name", &ClientConfig::tls_server_name, "Name that the peers' certificates must have, instead of the host in the address"), \
      KeyOf<C>("token_file", &ClientConfig::token_file, "File with a bearer token that is shown to peers; read again when it changes")

const sdk::Schema<ClientConfig>& ClientConfig::Schema() {
  static const sdk::Schema<ClientConfig> kSchema{
      {"addresses", &ClientConfig::addresses, "host:port of each peer; series are spread over them by their hash",
       {.flags = KVS_CONFIG_REQUIRED}},
      KVS_KEYS_OF_PEERS(ClientConfig),
  };
  return kSchema;
}

const sdk::Schema<DialerConfig>& DialerConfig::Schema() {
  static const sdk::Schema<DialerConfig> kSchema{KVS_KEYS_OF_PEERS(DialerConfig)};
  return kSchema;
}
#undef KVS_KEYS_OF_PEERS

Status ServerConfig::Validate() const {
  if (tls_cert_file.empty() != tls_key_file.empty()) return InvalidArgument("tls.cert_file and tls.key_file are set together or not at all");
  if (!tls_client_ca_file.empty() && tls_cert_file.empty()) return InvalidArgument("tls.client_ca_file needs tls.cert_file and tls.key_file");
  return OkStatus();
}

Status ClientConfig::Validate() const {
  if (tls_cert_file.empty() != tls_key_file.empty()) return InvalidArgument("tls.cert_file and tls.key_file are set together or not at all");
  if (tls_ca_file.empty() && (!tls_cert_file.empty() || !tls_server_name.empty())) return InvalidArgument("tls.cert_file and tls.server_name need tls.ca_file");
  for (const std::string& address : addresses) {
    if (address.rfind(':') == std::string::npos) return InvalidArgument("addresses: \"", address, "\" has no port (write host:port)");
  }
  return OkStatus();
}

}  // namespace kvs::remote::grpc
