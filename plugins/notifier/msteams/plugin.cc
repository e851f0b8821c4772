// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.msteams.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::msteams {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Msteams, Config> kType = notify::NotifierType<Msteams, Config>(
      KVS_PLUGIN_ID, "Writes into a channel of Microsoft Teams by a connector");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::msteams

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::msteams::Type())
