// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.telegram.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::telegram {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Telegram, Config> kType =
      notify::NotifierType<Telegram, Config>(KVS_PLUGIN_ID, "Writes into a chat of Telegram");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::telegram

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::telegram::Type())
