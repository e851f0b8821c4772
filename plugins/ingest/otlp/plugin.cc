// SPDX-License-Identifier: Apache-2.0
// Entry point of ingest.otlp.
#include "kvs/sdk/component.h"

#include "config.h"
#include "handler.h"

namespace kvs::ingest::otlp {
namespace {

const kvs_component_type_t* HandlerType() {
  static const sdk::ComponentType<OtlpHandler, Config> kType =
      sdk::ComponentType<OtlpHandler, Config>(KVS_PLUGIN_ID, "Takes metrics over OTLP/HTTP",
                                              KVS_BETA)
          .Requires("http", &OtlpHandler::http, "Where exporters post")
          .Requires("next", &OtlpHandler::next, "Takes the batches")
          .MayRequire("limiter", &OtlpHandler::limiter,
                      "Says how the metrics of a tenant are translated");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::ingest::otlp

KVS_MODULE(KVS_PLUGIN_ID, kvs::ingest::otlp::HandlerType())
