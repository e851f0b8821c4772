// SPDX-License-Identifier: Apache-2.0
// Questions to a store-gateway about certain blocks alone: they are named by a matcher of a label
// that no series has, `__block_id__=~"ID|ID"`, as Mimir names it. It travels with any question, and
// whoever reads all blocks never sends it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/tsdb/ulid.h"

namespace kvs::source::blocks {

inline constexpr const char* kBlockNamesLabel = "__block_id__";

/// A question about certain blocks of another question's. Borrows the other's texts.
class NamedSelect {
 public:
  NamedSelect(const kvs_select_t& of, const std::vector<tsdb::Ulid>& blocks);
  NamedSelect(const NamedSelect&) = delete;
  NamedSelect& operator=(const NamedSelect&) = delete;
  const kvs_select_t* raw() const { return &raw_; }

 private:
  const std::string names_;
  std::vector<kvs_matcher_t> matchers_;
  kvs_select_t raw_;
};

/// Likewise.
class NamedLabelQuery {
 public:
  NamedLabelQuery(const kvs_label_query_t& of, const std::vector<tsdb::Ulid>& blocks);
  NamedLabelQuery(const NamedLabelQuery&) = delete;
  NamedLabelQuery& operator=(const NamedLabelQuery&) = delete;
  const kvs_label_query_t* raw() const { return &raw_; }

 private:
  const std::string names_;
  std::vector<std::vector<kvs_matcher_t>> matchers_;
  std::vector<kvs_matchers_t> sets_;
  kvs_label_query_t raw_;
};

/// Takes the names out of matchers, which become those that are left; nothing when no block is
/// named. InvalidArgument: what is named is no block. [any]
StatusOr<std::optional<std::vector<tsdb::Ulid>>> TakeBlockNames(
    std::vector<kvs_matcher_t>* matchers);

}  // namespace kvs::source::blocks
