// SPDX-License-Identifier: Apache-2.0
// Any bytes as OpenMetrics: an error, or samples with sorted labels that are read again the same.
#include <cstdlib>

#include "kvs/wire/openmetrics.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  kvs::wire::OpenMetricsReader reader(text);
  kvs::wire::OpenMetricsSample sample, again;
  while (true) {
    const kvs::StatusOr<bool> more = reader.Next(&sample);
    if (!more.ok() || !*more) return 0;
    for (size_t i = 1; i < sample.labels.size(); ++i) {
      if (sample.labels[i - 1].name >= sample.labels[i].name) std::abort();
    }
    if (!reader.ReadAt(sample.offset, &again).ok()) std::abort();
    if (again.labels != sample.labels || again.t_ms != sample.t_ms) std::abort();
  }
}
