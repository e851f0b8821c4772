// SPDX-License-Identifier: Apache-2.0
// Entry point of source.blocks: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "ring_source.h"
#include "source.h"

namespace kvs::source::blocks {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<BlocksSource, Config> kType =
      sdk::ComponentType<BlocksSource, Config>(
          KVS_PLUGIN_ID, "The blocks of an object store, as a source of series", KVS_BETA)
          .Provides<sdk::SeriesSource>("source", "The series of all blocks of a tenant",
                                       KVS_PORT_BLOCKING)
          .Requires("store", &BlocksSource::store, "Where the blocks are")
          .MayRequire("ring", &BlocksSource::ring,
                      "Of store-gateways: headers are kept of the blocks that it gives to this one")
          .MayRequire("limiter", &BlocksSource::limiter, "Shard sizes of tenants");
  return kType.raw();
}

const kvs_component_type_t* RingType() {
  static const sdk::ComponentType<RingSource, RingConfig> kType =
      sdk::ComponentType<RingSource, RingConfig>(
          "source.blocks_ring",
          "The blocks of an object store, read by store-gateways that share them by a ring",
          KVS_BETA)
          .Provides<sdk::SeriesSource>("source", "The series of all blocks of a tenant",
                                       KVS_PORT_BLOCKING)
          .Requires("store", &RingSource::store, "Where the bucket indexes are")
          .Requires("ring", &RingSource::ring, "Which store-gateways there are")
          .Requires("dialer", &RingSource::dialer, "Connections to them")
          .MayRequire("limiter", &RingSource::limiter, "Shard sizes of tenants");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::source::blocks

KVS_MODULE(KVS_PLUGIN_ID, kvs::source::blocks::Type(), kvs::source::blocks::RingType())
