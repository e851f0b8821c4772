// SPDX-License-Identifier: Apache-2.0
// Entry point of limiter.static.
#include "kvs/sdk/component.h"

#include "config.h"
#include "limiter.h"

namespace kvs::limiter::static_limits {
namespace {

const kvs_component_type_t* LimiterType() {
  static const sdk::ComponentType<StaticLimiter, Config> kType =
      sdk::ComponentType<StaticLimiter, Config>(
          KVS_PLUGIN_ID, "Limits from the configuration and a file of overrides", KVS_BETA)
          .Provides<sdk::Limiter>("limiter", "What tenants may do")
          .MayRequire("http", &StaticLimiter::http, "Where limits are shown and set")
          .MayRequire("kv", &StaticLimiter::kv, "Keeps what is set over HTTP, for every process")
          .MayRequire("ring", &StaticLimiter::ring,
                      "Of those who share the rates of tenants, eg: all distributors");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::limiter::static_limits

KVS_MODULE(KVS_PLUGIN_ID, kvs::limiter::static_limits::LimiterType())
