// SPDX-License-Identifier: Apache-2.0
// Entry point of sink.ha_dedup.
#include "kvs/sdk/component.h"

#include "config.h"
#include "sink.h"

namespace kvs::sink::ha_dedup {
namespace {

const kvs_component_type_t* SinkType() {
  static const sdk::ComponentType<HaDedupSink, Config> kType =
      sdk::ComponentType<HaDedupSink, Config>(KVS_PLUGIN_ID, "Of several replicas, takes one",
                                              KVS_BETA)
          .Provides<sdk::SeriesSink>("sink", "Takes batches of all replicas")
          .Requires("next", &HaDedupSink::next, "Gets those of the elected one")
          .Requires("kv", &HaDedupSink::kv, "Keeps who is elected, for every process")
          .MayRequire("limiter", &HaDedupSink::limiter, "Settings of tenants")
          .MayRequire("http", &HaDedupSink::http, "Where /distributor/ha_tracker hangs");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::sink::ha_dedup

KVS_MODULE(KVS_PLUGIN_ID, kvs::sink::ha_dedup::SinkType())
