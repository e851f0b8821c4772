// SPDX-License-Identifier: Apache-2.0
// Entry point of source.ring: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "source.h"

namespace kvs::source::ring {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<RingSource, Config> kType =
      sdk::ComponentType<RingSource, Config>(
          KVS_PLUGIN_ID, "The instances of a ring as one: as few as a quorum needs", KVS_BETA)
          .Provides<sdk::SeriesSource>("source", "The merged series", KVS_PORT_BLOCKING)
          .Requires("ring", &RingSource::ring, "Which instances there are")
          .Requires("dialer", &RingSource::dialer, "How instances are reached")
          .MayRequire("limiter", &RingSource::limiter,
                      "Knows over how many instances a tenant is spread");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::source::ring

KVS_MODULE(KVS_PLUGIN_ID, kvs::source::ring::Type())
