// SPDX-License-Identifier: Apache-2.0
// Entry point of net.proxy.
#include "kvs/sdk/component.h"

#include "config.h"
#include "proxy.h"

namespace kvs::net::proxy {
namespace {

const kvs_component_type_t* ProxyType() {
  static const sdk::ComponentType<Proxy, Config> kType =
      sdk::ComponentType<Proxy, Config>(KVS_PLUGIN_ID,
                                        "Hands requests on to upstream servers, by path", KVS_BETA)
          .Requires("http", &Proxy::http, "Where requests come in");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::net::proxy

KVS_MODULE(KVS_PLUGIN_ID, kvs::net::proxy::ProxyType())
