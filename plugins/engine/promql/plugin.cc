// SPDX-License-Identifier: Apache-2.0
// Entry point of engine.promql: the only file of the plugin that meets the C ABI.

#include "kvs/sdk/component.h"

#include "config.h"
#include "engine.h"

namespace {

const kvs_component_type_t* PromqlType() {
  using kvs::engine::promql::Config;
  using kvs::engine::promql::PromqlEngine;
  static const auto kType =
      kvs::sdk::ComponentType<PromqlEngine, Config>(
          "engine.promql", "Answers PromQL queries from a series source", KVS_BETA)
          .Provides<kvs::sdk::QueryEngine>("engine", "Answers queries", KVS_PORT_BLOCKING)
          .Requires("source", &PromqlEngine::source, "Where series come from")
          .MayRequire("limits", &PromqlEngine::limits, "Knows the limits of tenants");
  return kType.raw();
}

}  // namespace

KVS_MODULE(KVS_PLUGIN_ID, PromqlType())
