// SPDX-License-Identifier: Apache-2.0
// Names of OpenTelemetry as names of Prometheus: metrics with or without the suffixes that tell
// their unit and type, labels, and units. The rules are those of Prometheus' OTLP receiver. Pure.
// [any]
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/wire/otlp.h"

namespace kvs::ingest::otlp {

/// How names are translated; the names of the four are Prometheus'.
struct Strategy {
  bool escape = true;     ///< What legacy names may not have becomes "_".
  bool suffixes = false;  ///< Unit and type are appended to names of metrics.
};

/// InvalidArgument that lists the four.
StatusOr<Strategy> StrategyOf(std::string_view name);
std::string_view NameOf(const Strategy& strategy);

/// InvalidArgument when nothing, or nothing but underscores, is left of a name.
StatusOr<std::string> MetricName(const wire::otlp::Metric& metric, const Strategy& strategy);

struct LabelRules {
  bool escape = true;
  bool prefix_underscore = true;  ///< "_x" becomes "key_x".
  bool keep_underscores = true;   ///< Or runs of them become one.
};
StatusOr<std::string> LabelName(std::string_view attribute, const LabelRules& rules);

/// "By/s" is "bytes_per_second": the unit in metadata, always escaped.
std::string UnitName(std::string_view unit);

}  // namespace kvs::ingest::otlp
