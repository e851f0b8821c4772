// SPDX-License-Identifier: Apache-2.0
// Entry point of alertmanager: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "alertmanager.h"
#include "config.h"

namespace kvs::alertmanager {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Alertmanager, Config> kType =
      sdk::ComponentType<Alertmanager, Config>(
          KVS_PLUGIN_ID, "Groups, silences and routes alerts to people", KVS_BETA)
          .Requires("store", &Alertmanager::store, "Where configurations and snapshots are kept")
          .Requires("kv", &Alertmanager::kv, "Keeps silences, notification log and alerts")
          .Requires("http", &Alertmanager::http, "Where the APIs are hung up")
          .MayRequireMany("notifiers", &Alertmanager::notifiers, "Who tells people, in each way")
          .MayRequire("limiter", &Alertmanager::limiter, "Limits of tenants")
          .MayRequire("ring", &Alertmanager::ring,
                      "Of Alertmanagers that take the same alerts, and tell people once");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::alertmanager

KVS_MODULE(KVS_PLUGIN_ID, kvs::alertmanager::Type())
