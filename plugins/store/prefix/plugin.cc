// SPDX-License-Identifier: Apache-2.0
// Entry point of store.prefix: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "store.h"

namespace kvs::store::prefix {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Store, Config> kType =
      sdk::ComponentType<Store, Config>(
          KVS_PLUGIN_ID, "Keeps the keys of a store below a prefix of another", KVS_BETA)
          .Provides<sdk::ObjectStore>("store", "The objects")
          .Requires("next", &Store::next, "Where the objects are");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::store::prefix

KVS_MODULE(KVS_PLUGIN_ID, kvs::store::prefix::Type())
