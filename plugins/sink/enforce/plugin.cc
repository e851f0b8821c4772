// SPDX-License-Identifier: Apache-2.0
// Entry point of sink.enforce.
#include "kvs/sdk/component.h"

#include "config.h"
#include "sink.h"

namespace kvs::sink::enforce {
namespace {

const kvs_component_type_t* SinkType() {
  static const sdk::ComponentType<EnforceSink, Config> kType =
      sdk::ComponentType<EnforceSink, Config>(
          KVS_PLUGIN_ID, "Takes from callers that are bound to labels nothing but those series",
          KVS_BETA)
          .Provides<sdk::SeriesSink>("sink", "Takes batches")
          .Requires("next", &EnforceSink::next, "Takes what the caller may write");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::sink::enforce

KVS_MODULE(KVS_PLUGIN_ID, kvs::sink::enforce::SinkType())
