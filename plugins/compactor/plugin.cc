// SPDX-License-Identifier: Apache-2.0
// Entry point of the compactor.
#include "kvs/sdk/component.h"

#include "compactor.h"
#include "config.h"

namespace kvs::compactor {
namespace {

const kvs_component_type_t* CompactorType() {
  static const sdk::ComponentType<Compactor, Config> kType =
      sdk::ComponentType<Compactor, Config>(
          KVS_PLUGIN_ID, "Merges, splits and cleans up the blocks of a bucket", KVS_BETA)
          .Requires("store", &Compactor::store, "The bucket of blocks")
          .MayRequire("limits", &Compactor::limits, "Limits of tenants: retention, shards, uploads")
          .MayRequire("http", &Compactor::http, "Where the pages are hung up")
          .MayRequire("ring", &Compactor::ring, "Of compactors, which share the work by it")
          .MayRequire("kv", &Compactor::kv,
                      "Where leases are, so that no two compactors do one job, eg: kv.etcd");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::compactor

KVS_MODULE(KVS_PLUGIN_ID, kvs::compactor::CompactorType())
