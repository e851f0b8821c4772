// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.pagerduty.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::pagerduty {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Pagerduty, Config> kType =
      notify::NotifierType<Pagerduty, Config>(KVS_PLUGIN_ID,
                                              "Triggers and resolves incidents in PagerDuty");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::pagerduty

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::pagerduty::Type())
