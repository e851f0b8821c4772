// SPDX-License-Identifier: Apache-2.0
// Peer: how a receiver is called, as the table http_config of its settings says
// (https://prometheus.io/docs/alerting/latest/configuration/#http_config).
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/http_client/http_client.h"
#include "kvs/notify/settings.h"

#include "secrets.h"

namespace kvs::notify {

struct Peer {
  http_client::PeerOptions options;
  std::vector<std::string>
      headers;      ///< Of every request, that of basic and bearer credentials among them.
  Settings oauth2;  ///< Empty: none.
};

/// Whether ReadPeer() would take it; reads no file. InvalidArgument else. [any]
Status CheckPeer(const Settings& http_config, const Secrets& secrets);
/// With what files and the environment say now. [worker]
StatusOr<Peer> ReadPeer(const Settings& http_config, const Secrets& secrets);

/// The table tls_config alone.
Status ReadTls(const Settings& tls_config, const Secrets& secrets, http_client::PeerOptions& out);

/// "Authorization: Basic ..."
std::string BasicHeader(std::string_view user, std::string_view password);

}  // namespace kvs::notify
