// SPDX-License-Identifier: Apache-2.0
// Native histograms with more buckets than a tenant may have: whether fewer do, and which. Pure.
// [any]
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kvs/abi/write_batch.h"
#include "kvs/base/status.h"
#include "kvs/chunk/histogram.h"
#include "kvs/model/write_batch.h"

#include "label_rules.h"
#include "tenant_limits.h"

namespace kvs::sink::validate {

/// Buckets of both signs of a histogram of a batch; that around zero is none.
uint32_t BucketsOf(const kvs_histogram_columns_t& columns, uint32_t i);

/// Whether histogram `i` is taken, if need be in coarser buckets: kOk, or one of the verdicts about
/// buckets.
Verdict JudgeBuckets(const kvs_histogram_columns_t& columns, uint32_t i,
                     const TenantLimits& limits);

/// The refusal of a series whose histogram `i` was judged so, with its id at the end.
Status BucketRefusal(Verdict verdict, const kvs_histogram_columns_t& columns, uint32_t i,
                     const std::string& series, const TenantLimits& limits);

/// A histogram in buckets that are as coarse as the limit asks for. Reused from one to the next.
class FittedHistogram {
 public:
  /// `view` itself where it has no more buckets than that, or none that are coarser fit. Borrows
  /// from `view`, and until the next call.
  const model::HistogramView& Fit(const model::HistogramView& view, int64_t max_buckets);

 private:
  struct Side {
    std::vector<int32_t> offset;
    std::vector<uint32_t> length;
    std::vector<uint64_t> bucket;
  };
  template <typename H>
  void Reduce(const model::HistogramView& view, int32_t schema);

  model::HistogramView view_;
  Side positive_;
  Side negative_;
};

}  // namespace kvs::sink::validate
