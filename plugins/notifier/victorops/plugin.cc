// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.victorops.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::victorops {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Victorops, Config> kType =
      notify::NotifierType<Victorops, Config>(KVS_PLUGIN_ID,
                                              "Raises incidents in VictorOps (Splunk On-Call)");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::victorops

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::victorops::Type())
