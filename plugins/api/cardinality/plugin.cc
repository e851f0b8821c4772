// SPDX-License-Identifier: Apache-2.0
// Entry point of api.cardinality.
#include "kvs/sdk/component.h"

#include "api.h"
#include "config.h"

namespace kvs::api::cardinality {
namespace {

const kvs_component_type_t* ApiType() {
  static const sdk::ComponentType<Api, Config> kType =
      sdk::ComponentType<Api, Config>(KVS_PLUGIN_ID, "What a tenant's series are made of", KVS_BETA)
          .Requires("http", &Api::http, "Where the API hangs")
          .Requires("source", &Api::source, "Whose series are counted")
          .MayRequire("limits", &Api::limits, "Knows the limits of tenants");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::api::cardinality

KVS_MODULE(KVS_PLUGIN_ID, kvs::api::cardinality::ApiType())
