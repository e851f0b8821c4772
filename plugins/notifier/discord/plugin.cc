// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.discord.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::discord {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Discord, Config> kType =
      notify::NotifierType<Discord, Config>(KVS_PLUGIN_ID, "Writes into a channel of Discord");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::discord

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::discord::Type())
