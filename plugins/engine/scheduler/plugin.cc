// SPDX-License-Identifier: Apache-2.0
// Entry point of engine.scheduler: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "engine.h"

namespace kvs::engine::scheduler {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Scheduler, Config> kType =
      sdk::ComponentType<Scheduler, Config>(
          KVS_PLUGIN_ID, "Many queriers as one: queries wait fairly, and go where there is room",
          KVS_BETA)
          .Provides<sdk::QueryEngine>("engine", "Answers of the queriers")
          .Provides<sdk::SeriesSource>("source", "Labels and series, from any querier")
          .MayRequireMany("engines", &Scheduler::engines, "Queriers of this process")
          .MayRequire("dialer", &Scheduler::dialer, "How queriers with an address are reached")
          .MayRequire("limits", &Scheduler::limits,
                      "Knows over how many queriers a tenant is spread");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::engine::scheduler

KVS_MODULE(KVS_PLUGIN_ID, kvs::engine::scheduler::Type())
