// SPDX-License-Identifier: Apache-2.0
// Entry point of storage.s3: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "backend.h"
#include "config.h"

namespace kvs::storage::s3 {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<Backend, Config> kType =
      sdk::ComponentType<Backend, Config>(KVS_PLUGIN_ID, "Objects in a bucket of S3", KVS_BETA)
          .Provides<sdk::ObjectStore>("store", "The objects");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::storage::s3

KVS_MODULE(KVS_PLUGIN_ID, kvs::storage::s3::Type())
