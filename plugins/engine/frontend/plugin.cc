// SPDX-License-Identifier: Apache-2.0
// Entry point of engine.frontend: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "engine.h"

namespace kvs::engine::frontend {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Frontend, Config> kType =
      sdk::ComponentType<Frontend, Config>(
          KVS_PLUGIN_ID, "Splits, caches and shards queries before another engine", KVS_BETA)
          .Provides<sdk::QueryEngine>("engine", "The same answers")
          .Requires("next", &Frontend::next, "Who answers")
          .MayRequire("cache", &Frontend::cache, "Where answers are kept")
          .MayRequire("limits", &Frontend::limits, "Knows the limits of tenants")
          .MayRequire("store", &Frontend::store,
                      "The bucket, where deletions of series are: what is cached ends with them");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::engine::frontend

KVS_MODULE(KVS_PLUGIN_ID, kvs::engine::frontend::Type())
