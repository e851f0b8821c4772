// SPDX-License-Identifier: Apache-2.0
// Entry point of sink.replicate: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "sink.h"

namespace kvs::sink::replicate {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<ReplicateSink, Config> kType =
      sdk::ComponentType<ReplicateSink, Config>(
          KVS_PLUGIN_ID, "Series spread over the instances of a ring, with copies", KVS_BETA)
          .Provides<sdk::SeriesSink>("sink", "Takes batches")
          .Requires("ring", &ReplicateSink::ring, "Who owns which series")
          .Requires("dialer", &ReplicateSink::dialer, "How instances are reached")
          .MayRequire("limiter", &ReplicateSink::limiter,
                      "Knows over how many instances a tenant is spread");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::sink::replicate

KVS_MODULE(KVS_PLUGIN_ID, kvs::sink::replicate::Type())
