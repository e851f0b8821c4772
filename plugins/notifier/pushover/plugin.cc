// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.pushover.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::pushover {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Pushover, Config> kType = notify::NotifierType<Pushover, Config>(
      KVS_PLUGIN_ID, "Pushes messages to phones by Pushover");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::pushover

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::pushover::Type())
