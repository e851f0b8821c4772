// SPDX-License-Identifier: Apache-2.0
// Entry point of sink.usage.
#include "kvs/sdk/component.h"

#include "config.h"
#include "sink.h"

namespace kvs::sink::usage {
namespace {

const kvs_component_type_t* SinkType() {
  static const sdk::ComponentType<UsageSink, Config> kType =
      sdk::ComponentType<UsageSink, Config>(KVS_PLUGIN_ID,
                                            "Counts active series and attributes usage", KVS_BETA)
          .Provides<sdk::SeriesSink>("sink", "Takes batches")
          .Requires("next", &UsageSink::next, "Gets them as they came")
          .MayRequire("limiter", &UsageSink::limiter, "Trackers and cost labels of tenants")
          .MayRequire("http", &UsageSink::http, "Where the figures hang");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::sink::usage

KVS_MODULE(KVS_PLUGIN_ID, kvs::sink::usage::SinkType())
