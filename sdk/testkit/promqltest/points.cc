// SPDX-License-Identifier: Apache-2.0
// See points.h.

#include "kvs/testkit/promqltest/points.h"

#include <span>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/nan.h"
#include "kvs/testkit/promqltest/histograms.h"

namespace kvs::testkit::promqltest {

model::Labels LabelsOf(const std::vector<promql::LabelPair>& pairs) {
  std::vector<model::LabelView> views;
  for (const auto& pair : pairs) views.push_back({pair.name, pair.value});
  return model::Labels(std::span<const model::LabelView>(views));
}

StatusOr<std::vector<Point>> Unfold(const std::vector<promql::SequenceItem>& items) {
  std::vector<Point> out;
  for (const promql::SequenceItem& item : items) {
    Point point;
    point.kind = item.kind;
    point.value = item.value;
    chunk::FloatHistogram step;
    if (item.histogram.has_value()) {
      point.histogram = BuildHistogram(*item.histogram);
      const auto& last =
          item.histogram_increment.has_value() ? *item.histogram_increment : *item.histogram;
      point.hint_stated = last.counter_reset_hint.has_value();
      step = BuildHistogram(last);
    }
    for (uint64_t i = 0; i < item.positions; ++i) {
      if (i > 0 && item.histogram_increment.has_value()) {
        KVS_ASSIGN_OR_RETURN(point.histogram,
                             AddHistograms(point.histogram, step, item.subtract ? -1 : 1));
      }
      out.push_back(point);
      if (point.kind == Point::Kind::kFloat && !chunk::IsStaleNaN(point.value))
        point.value += item.increment;
    }
  }
  return out;
}

std::string ToString(const Point& point) {
  switch (point.kind) {
    case Point::Kind::kOmitted:
      return "_";
    case Point::Kind::kFloat:
      return chunk::IsStaleNaN(point.value) ? "stale" : StrCat(point.value);
    case Point::Kind::kHistogram:
      return ToString(point.histogram);
  }
  return {};
}

}  // namespace kvs::testkit::promqltest
