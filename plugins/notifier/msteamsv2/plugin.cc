// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.msteamsv2.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::msteamsv2 {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<MsteamsV2, Config> kType =
      notify::NotifierType<MsteamsV2, Config>(
          KVS_PLUGIN_ID, "Writes into a channel of Microsoft Teams by a workflow");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::msteamsv2

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::msteamsv2::Type())
