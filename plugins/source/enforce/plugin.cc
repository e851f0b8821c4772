// SPDX-License-Identifier: Apache-2.0
// Entry point of source.enforce.
#include "kvs/sdk/component.h"

#include "config.h"
#include "source.h"

namespace kvs::source::enforce {
namespace {

const kvs_component_type_t* SourceType() {
  static const sdk::ComponentType<EnforceSource, Config> kType =
      sdk::ComponentType<EnforceSource, Config>(
          KVS_PLUGIN_ID, "Shows callers that are bound to labels nothing but those series",
          KVS_BETA)
          .Provides<sdk::SeriesSource>("source", "What the caller may see")
          .Requires("next", &EnforceSource::next, "All there is");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::source::enforce

KVS_MODULE(KVS_PLUGIN_ID, kvs::source::enforce::SourceType())
