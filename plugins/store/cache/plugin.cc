// SPDX-License-Identifier: Apache-2.0
// Entry point of store.cache: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "store.h"

namespace kvs::store::cache {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Store, Config> kType =
      sdk::ComponentType<Store, Config>(
          KVS_PLUGIN_ID, "Keeps what was read from a store, in memory and on a local disk",
          KVS_BETA)
          .Provides<sdk::ObjectStore>("store", "The objects")
          .Requires("next", &Store::next, "Where the objects are");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::store::cache

KVS_MODULE(KVS_PLUGIN_ID, kvs::store::cache::Type())
