// SPDX-License-Identifier: Apache-2.0
// Entry point of sink.relabel.
#include "kvs/sdk/component.h"

#include "config.h"
#include "sink.h"

namespace kvs::sink::relabel {
namespace {

const kvs_component_type_t* SinkType() {
  static const sdk::ComponentType<RelabelSink, Config> kType =
      sdk::ComponentType<RelabelSink, Config>(KVS_PLUGIN_ID,
                                              "Keeps, drops and rewrites series by rules", KVS_BETA)
          .Provides<sdk::SeriesSink>("sink", "Takes batches")
          .Requires("next", &RelabelSink::next, "Gets what the rules leave")
          .MayRequire("limiter", &RelabelSink::limiter, "Rules of tenants");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::sink::relabel

KVS_MODULE(KVS_PLUGIN_ID, kvs::sink::relabel::SinkType())
