// SPDX-License-Identifier: Apache-2.0
// A scan with an aggregation right above it: rows go into group accumulators and are forgotten, so
// memory is batches in flight plus groups x steps, and the source need not give any label but the
// grouping ones.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"

#include "aggregate/accumulator.h"
#include "aggregate/grouping.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql {

/// One aggregation over a scan: an operator that has an Accumulator, and its groups.
struct ScanAggregation {
  ast::AggregateOp op;
  std::span<const std::string> labels;
  bool without = false;
};

/// Aggregates the rows, each batch by itself and then batch after batch: the result does not depend
/// on the number of threads, nor on what else is wanted of the scan.
class AggregateTap final : public Tap {
 public:
  AggregateTap(Query& query, const RowFunction& function, ast::PosRange pos, NameUse names,
               const ScanAggregation& wanted);
  ~AggregateTap() override;

  bool Labels(std::vector<std::string>& names) const override;
  bool LabelsFirst() const override { return true; }
  std::unique_ptr<Part> Begin(Query& query, Morsel& m) const override;
  void End(Query& query, Morsel& m, Part& part) const override;
  Status Merge(Query& query, std::unique_ptr<Part> part) override;

  /// After the pass; nothing where rows have histograms, which accumulators cannot take: then the
  /// caller goes the long way.
  std::optional<Vector> TakeResult();

 private:
  class Groups;
  /// The groups of all batches so far, in the order in which workers met them: what a group is
  /// called is found once, and its number is what merging goes by. Guarded by LabelStore::mutex().
  struct MetGroups {
    LabelIndex labels;
    /// The last part that has each group, and its number there.
    struct Seen {
      uint32_t part = 0;
      uint32_t number = 0;
    };
    std::vector<Seen> seen;
    uint32_t parts = 0;
  };
  static constexpr uint32_t kNone = ~uint32_t{0};
  const NameUse names_;
  const bool delayed_;
  const ScanAggregation wanted_;
  const Grouping grouping_;
  const std::unique_ptr<Accumulator> state_;
  std::unique_ptr<std::atomic<bool>> histograms_;  ///< Parts tell of them.
  const std::unique_ptr<MetGroups> met_;
  std::vector<uint32_t> place_;   ///< In state_, of each group that was met; kNone: not merged yet.
  std::vector<uint32_t> merged_;  ///< The groups in state_, in the order of the batches.
  Held held_;
};

}  // namespace kvs::engine::promql
