// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.sns.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::sns {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Sns, Config> kType = notify::NotifierType<Sns, Config>(
      KVS_PLUGIN_ID, "Publishes to a topic, target or phone by Amazon's SNS");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::sns

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::sns::Type())
