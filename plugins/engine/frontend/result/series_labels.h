// SPDX-License-Identifier: Apache-2.0
// The labels of series in results, compared across results.
#pragma once

#include <cstdint>
#include <string>

#include "kvs/abi/port/query_engine.h"

namespace kvs::engine::frontend {

/// One series of one result. Borrows the result.
struct SeriesRef {
  const kvs_query_result_t* result = nullptr;
  uint32_t series = 0;
};

/// Appends the labels so that equal ones give equal bytes, and others do not.
void AppendLabelBytes(std::string& out, const SeriesRef& ref);
/// The order of Prometheus: by name and value, label by label; what is a beginning comes first.
bool LabelsLess(const SeriesRef& a, const SeriesRef& b);

}  // namespace kvs::engine::frontend
