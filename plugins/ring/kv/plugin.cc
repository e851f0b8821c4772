// SPDX-License-Identifier: Apache-2.0
// Entry point of ring.kv: the only file of the plugin that meets the C ABI.
#include "kvs/sdk/component.h"

#include "config.h"
#include "ring.h"

namespace kvs::ring::kv {
namespace {

const kvs_component_type_t* Type() {
  static const sdk::ComponentType<KvRing, Config> kType =
      sdk::ComponentType<KvRing, Config>(
          KVS_PLUGIN_ID, "A hash ring whose members are entries of a kv store", KVS_BETA)
          .Provides<sdk::Ring>("ring", "Who owns what")
          .Requires("kv", &KvRing::kv, "Where the members are, eg: kv.etcd")
          .MayRequire("http", &KvRing::http, "Where the pages of the ring are hung up")
          .MayRequireMany("holders", &KvRing::holders,
                          "What hands its data over before this member leaves, eg: the head");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::ring::kv

KVS_MODULE(KVS_PLUGIN_ID, kvs::ring::kv::Type())
