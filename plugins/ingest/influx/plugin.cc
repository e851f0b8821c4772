// SPDX-License-Identifier: Apache-2.0
// Entry point of ingest.influx.
#include "kvs/sdk/component.h"

#include "config.h"
#include "handler.h"

namespace kvs::ingest::influx {
namespace {

const kvs_component_type_t* HandlerType() {
  static const sdk::ComponentType<InfluxHandler, Config> kType =
      sdk::ComponentType<InfluxHandler, Config>(KVS_PLUGIN_ID,
                                                "Takes Influx line protocol over HTTP", KVS_BETA)
          .Requires("http", &InfluxHandler::http, "Where senders post")
          .Requires("next", &InfluxHandler::next, "Takes the batches");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::ingest::influx

KVS_MODULE(KVS_PLUGIN_ID, kvs::ingest::influx::HandlerType())
