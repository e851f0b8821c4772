// SPDX-License-Identifier: Apache-2.0
// Native histograms of test scripts. The arithmetic here is written for clearness and shares
// nothing with an engine's, which it is there to check.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/histogram.h"
#include "kvs/promql/series_description.h"

namespace kvs::testkit::promqltest {

/// Populations by bucket index, without empty ones.
using BucketMap = std::map<int64_t, double>;

BucketMap BucketsOf(const std::vector<chunk::Span>& spans, const std::vector<double>& buckets);
void SetBuckets(const BucketMap& from, std::vector<chunk::Span>* spans,
                std::vector<double>* buckets);

chunk::FloatHistogram BuildHistogram(const promql::HistogramDescription& description);

/// a + sign x b, with the hint of the usual rules. InvalidArgument when `b` is coarser than `a`, or
/// one of them has custom buckets and the other has not.
StatusOr<chunk::FloatHistogram> AddHistograms(const chunk::FloatHistogram& a,
                                              const chunk::FloatHistogram& b, double sign);

/// The float rule of scripts: equal within a relative 1e-6; NaN equals NaN, but a stale marker only
/// another.
bool AlmostEqual(double a, double b);

/// Equal up to rounding and empty buckets; the hint counts only if `with_hint`.
bool HistogramsEqual(const chunk::FloatHistogram& a, const chunk::FloatHistogram& b,
                     bool with_hint);

/// {{schema:1 count:2 sum:3 buckets:[1 1]}}; gaps between buckets are written as zeros.
std::string ToString(const chunk::FloatHistogram& h);

}  // namespace kvs::testkit::promqltest
