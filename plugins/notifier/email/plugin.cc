// SPDX-License-Identifier: Apache-2.0
// Entry point of notifier.email.
#include "config.h"
#include "notifier.h"

namespace kvs::notifier::email {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Email, Config> kType =
      notify::NotifierType<Email, Config>(KVS_PLUGIN_ID, "Sends mails by an SMTP server");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::notifier::email

KVS_MODULE(KVS_PLUGIN_ID, kvs::notifier::email::Type())
