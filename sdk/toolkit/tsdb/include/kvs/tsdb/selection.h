// SPDX-License-Identifier: Apache-2.0
// Selection: from matchers to the postings lists that answer them, and from these to the series.
// The two steps are apart because the lists may be far away: a plan names every range of the index
// that will be read, so that they can be fetched together beforehand. [any]
#pragma once

#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/matcher.h"
#include "kvs/tsdb/index_header.h"
#include "kvs/tsdb/postings.h"

namespace kvs::tsdb {

/// The union of some lists.
struct PostingsGroup {
  bool subtracts = false;  ///< Else it is intersected with.
  std::vector<ByteRange> lists;
};

struct SelectionPlan {
  /// At least one that does not subtract, unless nothing can match: then there is none at all.
  std::vector<PostingsGroup> groups;
};

/// A series without a label is selected where the empty value matches, as everywhere in Prometheus.
/// Without matchers, all series. Reads values from the header's source.
StatusOr<SelectionPlan> PlanSelection(const IndexHeader& header,
                                      std::span<const model::Matcher> matchers);

/// Reads the lists of `plan` from `index`, which has at least these, and combines them.
StatusOr<SeriesSet> RunSelection(const SelectionPlan& plan, const ByteSource& index);

}  // namespace kvs::tsdb
