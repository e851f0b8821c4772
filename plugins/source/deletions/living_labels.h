// SPDX-License-Identifier: Apache-2.0
// Which label names and values are left when deleted series do not count. Only those that a deleted
// series has are in question, and of these one living series each is looked for.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "deleted_series.h"

namespace kvs::source::deletions {

/// A question about labels in a source.
struct LabelQuestion {
  const sdk::SourceRef& next;
  const sdk::Call& call;
  const kvs_label_query_t& query;
  const DeletedSeries& deleted;
};

/// The names, ascending, that a series has which is not deleted. [worker]
StatusOr<std::vector<std::string>> LivingNames(const LabelQuestion& question);
/// Likewise the values of query.name. [worker]
StatusOr<std::vector<std::string>> LivingValues(const LabelQuestion& question);

}  // namespace kvs::source::deletions
