// SPDX-License-Identifier: Apache-2.0
// Entry point of api.prometheus: the only file of the plugin that meets the C ABI.
#include "api.h"
#include "config.h"
#include "kvs/sdk/component.h"

namespace kvs::api::prometheus {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Api, Config> kType =
      sdk::ComponentType<Api, Config>(KVS_PLUGIN_ID, "The Prometheus HTTP API: queries, series, labels, metadata, exemplars", KVS_BETA)
          .Requires("http", &Api::http, "Where its paths are hung up")
          .Requires("engine", &Api::engine, "Answers queries")
          .Requires("source", &Api::source, "Answers series, labels, metadata and exemplars")
          .MayRequire("limits", &Api::limits, "Says how much time reads of labels and series may span");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::api::prometheus

KVS_MODULE(KVS_PLUGIN_ID, kvs::api::prometheus::Type())
