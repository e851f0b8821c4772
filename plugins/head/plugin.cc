// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/component.h"

#include "config.h"
#include "head.h"

namespace kvs::head {
namespace {

const kvs_component_type_t* HeadType() {
  static const sdk::ComponentType<Head, Config> kType =
      sdk::ComponentType<Head, Config>(
          "head", "Keeps recent samples in memory and in a log, and ships blocks of them", KVS_BETA)
          .Provides<sdk::SeriesSink>("sink",
                                     "Takes batches; a success is as durable as `durability` says")
          .Provides<sdk::SeriesSource>("source", "Gives the samples in memory and in local blocks")
          .Provides<sdk::Holder>("holder", "Hands over what is here alone, before a member leaves")
          .MayRequire("blocks", &Head::blocks, "The bucket that blocks are shipped to")
          .MayRequire("http", &Head::http, "Where operators flush and prepare a shutdown")
          .Requires("index", &Head::index, "Knows the labels of series; for this head alone")
          .MayRequire("limits", &Head::limits, "Limits by tenant");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::head

KVS_MODULE(KVS_PLUGIN_ID, kvs::head::HeadType())
