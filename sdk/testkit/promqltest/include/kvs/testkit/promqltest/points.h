// SPDX-License-Identifier: Apache-2.0
// The values of a line of a script, one by one.
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/histogram.h"
#include "kvs/model/labels.h"
#include "kvs/promql/series_description.h"

namespace kvs::testkit::promqltest {

/// Nothing, a float, or a histogram.
struct Point {
  using Kind = promql::SequenceItem::Kind;
  Kind kind = Kind::kOmitted;
  double value = 0;
  chunk::FloatHistogram histogram;
  bool hint_stated = false;  ///< The line says which counter-reset hint the histogram has.
};

/// The label set of a described series.
model::Labels LabelsOf(const std::vector<promql::LabelPair>& pairs);

/// Every position of the line, repetitions unfolded. InvalidArgument when a histogram cannot be
/// added.
StatusOr<std::vector<Point>> Unfold(const std::vector<promql::SequenceItem>& items);

/// As a script would write it.
std::string ToString(const Point& point);

}  // namespace kvs::testkit::promqltest
