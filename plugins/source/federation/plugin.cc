// SPDX-License-Identifier: Apache-2.0
// Entry point of source.federation.
#include "kvs/sdk/component.h"

#include "config.h"
#include "source.h"

namespace kvs::source::federation {
namespace {

const kvs_component_type_t* SourceType() {
  static const sdk::ComponentType<FederatedSource, Config> kType =
      sdk::ComponentType<FederatedSource, Config>(KVS_PLUGIN_ID, "Many tenants as one", KVS_BETA)
          .Provides<sdk::SeriesSource>("source", "Answers for a, for a|b and for team-*",
                                       KVS_PORT_BLOCKING)
          .Requires("next", &FederatedSource::next, "Answers for one tenant");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::source::federation

KVS_MODULE(KVS_PLUGIN_ID, kvs::source::federation::SourceType())
