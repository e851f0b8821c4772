// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.slack.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::slack {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Slack, Config> kType =
      notify::NotifierType<Slack, Config>(KVS_PLUGIN_ID, "Writes into a channel of Slack");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::slack

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::slack::Type())
