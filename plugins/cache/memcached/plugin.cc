// SPDX-License-Identifier: Apache-2.0
// Entry point of cache.memcached: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "backend.h"
#include "config.h"

namespace kvs::cache::memcached {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Backend, Config> kType =
      sdk::ComponentType<Backend, Config>(
          KVS_PLUGIN_ID, "Values in memcached servers, which several processes share", KVS_BETA)
          .Provides<sdk::Cache>("cache", "The values");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::cache::memcached

KVS_MODULE(KVS_PLUGIN_ID, kvs::cache::memcached::Type())
