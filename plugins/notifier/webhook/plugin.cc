// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.webhook.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::webhook {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Webhook, Config> kType =
      notify::NotifierType<Webhook, Config>(KVS_PLUGIN_ID, "Posts alerts as JSON to any URL");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::webhook

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::webhook::Type())
