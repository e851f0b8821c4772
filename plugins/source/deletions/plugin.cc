// SPDX-License-Identifier: Apache-2.0
// Entry point of source.deletions.
#include "kvs/sdk/component.h"

#include "config.h"
#include "source.h"

namespace kvs::source::deletions {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<DeletionSource, Config> kType =
      sdk::ComponentType<DeletionSource, Config>(
          KVS_PLUGIN_ID, "Leaves out the samples that tenants have deleted", KVS_BETA)
          .Provides<sdk::SeriesSource>("source", "What is not deleted", KVS_PORT_BLOCKING)
          .Requires("next", &DeletionSource::next, "Everything")
          .Requires("store", &DeletionSource::store, "The bucket that has the requests")
          .MayRequire("http", &DeletionSource::http, "Where the deletion API is hung up");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::source::deletions

KVS_MODULE(KVS_PLUGIN_ID, kvs::source::deletions::Type())
