// SPDX-License-Identifier: Apache-2.0
// OpenMetricsReader: samples out of OpenMetrics text 1.0, with what Prometheus 3 takes beyond it:
// names in quotes. What Prometheus refuses is refused.
// https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
//
//   OpenMetricsReader reader(text);
//   OpenMetricsSample sample;
//   while (true) {
//     KVS_ASSIGN_OR_RETURN(const bool more, reader.Next(&sample));
//     if (!more) break;
//     Use(sample.labels, sample.t_ms, sample.value);
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"

namespace kvs::wire {

/// Reusable: the memory stays from sample to sample.
struct OpenMetricsSample {
  size_t offset = 0;        ///< Where its line begins.
  std::string_view series;  ///< Name and labels as they are written: equal texts are equal series.
  std::optional<int64_t> t_ms;
  double value = 0;
  /// Sorted by name, which are distinct; without empty values. Borrowed from the text and from
  /// `unescaped`, until the sample is read into again.
  std::vector<model::LabelView> labels;
  std::string unescaped;
};

/// Bears any bytes. Immutable text, which outlives it. Not synchronised. [any]
class OpenMetricsReader {
 public:
  explicit OpenMetricsReader(std::string_view text) : text_(text) {}

  /// The next sample; false at `# EOF`, which has to be there and to be the end. InvalidArgument
  /// names the line and what is wrong with it.
  StatusOr<bool> Next(OpenMetricsSample* out);
  /// The sample whose line begins at `offset`, where a reader has read one before.
  Status ReadAt(size_t offset, OpenMetricsSample* out) const;

 private:
  static Status ReadComment(std::string_view line);
  static Status ReadSample(std::string_view line, OpenMetricsSample* out);

  const std::string_view text_;
  size_t at_ = 0;
  uint64_t line_ = 0;
};

}  // namespace kvs::wire
