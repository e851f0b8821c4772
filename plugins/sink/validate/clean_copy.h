// SPDX-License-Identifier: Apache-2.0
// CleanCopy: a batch of its own, of what is good in another one, with the labels of every series in
// order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kvs/abi/write_batch.h"

#include "tenant_limits.h"

namespace kvs::sink::validate {

/// Shares a copied batch; the last holder frees it.
class SharedCopy {
 public:
  struct Unref {
    void operator()(const kvs_write_batch_t* batch) const { batch->ref->release(batch->ref); }
  };
  using Ptr = std::unique_ptr<const kvs_write_batch_t, Unref>;
};

/// What of a batch is copied.
struct Selection {
  std::span<const uint32_t> rows;
  /// One an exemplar of the batch; empty: all are good.
  const std::vector<bool>* bad_exemplars = nullptr;
  /// Whether metadata are copied: those that are refused are left out, long texts are cut.
  bool metadata = false;
};

/// Labels are sorted by name, empty ones dropped; those of the rows are not damaged. Native
/// histograms are in as coarse buckets as the limits ask for, or left out. `seed` is for the keys
/// of the copy. [any]
SharedCopy::Ptr CleanCopy(const kvs_write_batch_t& batch, const Selection& what,
                          const TenantLimits& limits, uint64_t seed);

}  // namespace kvs::sink::validate
