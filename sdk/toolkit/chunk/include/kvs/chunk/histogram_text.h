// SPDX-License-Identifier: Apache-2.0
// Samples as Go's %g and Prometheus' histograms print them. [any]
#pragma once

#include <string>

#include "kvs/chunk/histogram.h"

namespace kvs::chunk {

/// Shortest digits, with an exponent below 1e-4 and from 1e6 on.
std::string FloatText(double v);

/// {count:3, sum:4.5, [-1,-0.5):1, [-0.1,0.1]:1, (0.5,1]:1}; buckets without observations are left
/// out.
std::string HistogramText(const FloatHistogram& h);

}  // namespace kvs::chunk
