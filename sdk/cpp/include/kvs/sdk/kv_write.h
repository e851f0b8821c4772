// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/kv.h"

namespace kvs::sdk {

/// Applies one write alone. Gives its revision. Errors of kvs.kv/1. [worker]
inline StatusOr<uint64_t> ApplyOne(const KvRef& kv, const Call& call, const kvs_kv_write_t& write) {
  auto batch = Record<kvs_kv_batch_t>();
  batch.writes = &write;
  batch.n_writes = 1;
  uint64_t revision = 0;
  KVS_RETURN_IF_ERROR(Await(kv.apply(), call, &batch, &revision));
  return revision;
}

}  // namespace kvs::sdk
