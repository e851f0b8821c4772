// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.opsgenie.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::opsgenie {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Opsgenie, Config> kType =
      notify::NotifierType<Opsgenie, Config>(KVS_PLUGIN_ID, "Raises and closes alerts in Opsgenie");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::opsgenie

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::opsgenie::Type())
