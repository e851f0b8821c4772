// SPDX-License-Identifier: Apache-2.0
// What a series adds to the statistics of a query.
#pragma once

#include <vector>

#include "scan/samples.h"
#include "value/step_samples.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

/// Adds the samples that `function` looks at, to `counts`, one a step of its grid: all in each
/// window, or, for a function that takes the newest one and so keeps stale markers, that one.
void CountSamples(const RowFunction& function, const Samples& samples,
                  std::vector<StepSamples::Count>& counts);

/// As many samples as Prometheus counts for these.
int64_t SizeOf(const Samples& samples);

}  // namespace kvs::engine::promql
