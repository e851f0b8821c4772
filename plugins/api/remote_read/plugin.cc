// SPDX-License-Identifier: Apache-2.0
// Entry point of api.remote_read.
#include "kvs/sdk/component.h"

#include "config.h"
#include "handler.h"

namespace kvs::api::remote_read {
namespace {

const kvs_component_type_t* HandlerType() {
  static const sdk::ComponentType<ReadHandler, Config> kType =
      sdk::ComponentType<ReadHandler, Config>(
          KVS_PLUGIN_ID, "Gives samples by Prometheus' remote read protocol", KVS_BETA)
          .Requires("http", &ReadHandler::http, "Where readers post")
          .Requires("source", &ReadHandler::source, "Gives the series")
          .MayRequire("limits", &ReadHandler::limits, "Knows the limits of tenants");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::api::remote_read

KVS_MODULE(KVS_PLUGIN_ID, kvs::api::remote_read::HandlerType())
