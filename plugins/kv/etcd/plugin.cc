// SPDX-License-Identifier: Apache-2.0
// Entry point of kv.etcd: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "store.h"

namespace kvs::kv::etcd {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Store, Config> kType =
      sdk::ComponentType<Store, Config>(
          KVS_PLUGIN_ID, "Keys and values in etcd, shared by many processes", KVS_BETA)
          .Provides<sdk::Kv>("kv", "The keys");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::kv::etcd

KVS_MODULE(KVS_PLUGIN_ID, kvs::kv::etcd::Type())
