// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.webex.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::webex {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Webex, Config> kType =
      notify::NotifierType<Webex, Config>(KVS_PLUGIN_ID, "Writes into a room of Webex");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::webex

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::webex::Type())
