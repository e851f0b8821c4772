// SPDX-License-Identifier: Apache-2.0
// Gives the series of a tenant the label that says whose they are. Chunks are handed on as they
// are; labels are integers over a table of texts, so a label costs two of them for each series.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/sdk/port/series_source.h"

namespace kvs::source::federation {

/// Label columns with one label more. Borrows the texts of what they were made of.
class LabelledColumns {
 public:
  /// `tenant` outlives this.
  LabelledColumns(const kvs_label_columns_t& from, std::string_view tenant);
  /// Borrowed from this; without a release.
  kvs_label_columns_t raw() const;

 private:
  std::vector<kvs_str_t> symbols_;
  std::vector<uint32_t> begin_{0};
  std::vector<uint32_t> refs_;
};

/// The batch with the label; takes the old one over.
kvs_series_batch_t* WithTenant(sdk::BatchPtr batch, std::string tenant);

}  // namespace kvs::source::federation
