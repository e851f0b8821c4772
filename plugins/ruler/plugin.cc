// SPDX-License-Identifier: Apache-2.0
// Entry point of ruler: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "ruler.h"

namespace kvs::ruler {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Ruler, Config> kType =
      sdk::ComponentType<Ruler, Config>(
          KVS_PLUGIN_ID,
          "Evaluates recording and alerting rules, and sends alerts to Alertmanagers", KVS_BETA)
          .Requires("store", &Ruler::store, "Where rule groups are kept")
          .Requires("engine", &Ruler::engine, "Answers the queries of rules")
          .Requires("sink", &Ruler::sink, "Takes what rules give")
          .Requires("http", &Ruler::http, "Where both APIs are hung up")
          .MayRequire("limiter", &Ruler::limiter, "Limits of tenants")
          .MayRequire("ring", &Ruler::ring, "Of rulers, which share the groups by it");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::ruler

KVS_MODULE(KVS_PLUGIN_ID, kvs::ruler::Type())
