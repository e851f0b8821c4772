// SPDX-License-Identifier: Apache-2.0
// What a plan will select, found out by letting it.
#pragma once

#include <vector>

#include "batch/wanted.h"
#include "scan/select_only.h"

namespace kvs::engine::promql {

/// A source that has nothing, and notes what it is asked for. An evaluation that reads from it
/// computes nothing, and asks for what it would ask any other: windows, offsets, labels and hints
/// are found in one place. What depends on data (the long way of histograms) is not asked for; who
/// reads it then reads it alone. One query at a time.
class Rehearsal final : public SelectOnly {
 public:
  sdk::Outcome Select(const sdk::Call&, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer&) override {
    // Without chunks nothing tells which time a series is of.
    if ((in.flags & KVS_SELECT_NO_CHUNKS) == 0) wanted_.emplace_back(in);
    sdk::HandOutCursor(out, std::make_unique<Nothing>());
    return OkStatus();
  }
  const std::vector<Wanted>& wanted() const { return wanted_; }

 private:
  class Nothing final : public sdk::SeriesCursor {
   public:
    sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*&, sdk::Completer&) override {
      return sdk::End();
    }
  };
  std::vector<Wanted> wanted_;
};

}  // namespace kvs::engine::promql
