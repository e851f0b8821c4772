// SPDX-License-Identifier: Apache-2.0
// Flight: one read of the store below, of a run of pages of one object, for everybody who wants
// some of them meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/pause.h"
#include "kvs/sdk/port/object_store.h"

namespace kvs::store::cache {

inline constexpr uint64_t kToTheEnd = UINT64_MAX;

/// Its own call: a caller that goes away does not take the others with it.
struct Flight {
  Flight(std::string k, std::string_view tenant, int64_t timeout_ms)
      : key(std::move(k)), call(tenant) {
    call.WithTimeoutMs(timeout_ms);
  }
  const std::string key;
  uint64_t first = 0;
  uint64_t end = 0;      ///< page behind the last; kToTheEnd
  uint64_t version = 0;  ///< of the object when it began
  sdk::OwnedCall call;
  kvs_object_get_t in = sdk::Record<kvs_object_get_t>();
  sdk::Owned<kvs_object_data_t> data;
  std::string from_disk;

  // Guarded by the lock of the store until `done`; immutable after.
  bool done = false;
  Status status;
  std::string_view bytes;  ///< of `data`, or of `from_disk`
  std::vector<sdk::Pause*> waiters;
};
using FlightPtr = std::shared_ptr<Flight>;

}  // namespace kvs::store::cache
