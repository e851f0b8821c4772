// SPDX-License-Identifier: Apache-2.0
// Entry point of source.blocks: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "source.h"

namespace kvs::source::blocks {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<BlocksSource, Config> kType =
      sdk::ComponentType<BlocksSource, Config>(
          KVS_PLUGIN_ID, "The blocks of an object store, as a source of series", KVS_BETA)
          .Provides<sdk::SeriesSource>("source", "The series of all blocks of a tenant",
                                       KVS_PORT_BLOCKING)
          .Requires("store", &BlocksSource::store, "Where the blocks are");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::source::blocks

KVS_MODULE(KVS_PLUGIN_ID, kvs::source::blocks::Type())
