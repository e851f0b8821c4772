// SPDX-License-Identifier: Apache-2.0
// One pass over a selection for all that is wanted of its series: each series is decoded once, and
// every tap applies its function to it and does something with the row.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"

#include "scan/scan.h"
#include "value/query.h"
#include "value/step_samples.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

/// What is made of the rows of one function. Its const functions are called on all workers at once.
class Tap {
 public:
  /// One batch in the hands of one worker.
  class Part {
   public:
    virtual ~Part() = default;
    /// Where the values of the next row go, one a step. A row without any value leaves it to its
    /// successor. `left`: how many series of the batch may still come, this one included.
    virtual StatusOr<double*> Room(uint32_t left) = 0;
    /// The row of series `s`, which has values. False: this tap takes no such rows, and no more.
    virtual bool Take(uint32_t s, RowOut& row) = 0;
  };

  /// `function` outlives the tap. Annotations point at `pos`.
  Tap(const RowFunction& function, ::kvs::promql::PosRange pos) : function_(function), pos_(pos) {}
  virtual ~Tap() = default;

  const RowFunction& function() const { return function_; }
  ::kvs::promql::PosRange pos() const { return pos_; }
  /// Lets another tap of the same function tell the annotations, before the pass.
  void BeQuiet() { quiet_ = true; }
  bool quiet() const { return quiet_; }

  /// The labels it looks at are added to `names`; false: all of them.
  virtual bool Labels(std::vector<std::string>& names) const = 0;
  /// Whether Begin() looks at labels, rather than End().
  virtual bool LabelsFirst() const = 0;
  /// Begins a batch. Needs LabelStore::mutex() if LabelsFirst().
  virtual std::unique_ptr<Part> Begin(Query& query, Morsel& m) const = 0;
  /// All rows were given. Needs LabelStore::mutex() unless LabelsFirst().
  virtual void End(Query& query, Morsel& m, Part& part) const = 0;
  /// In the order of batches, one at a time.
  virtual Status Merge(Query& query, std::unique_ptr<Part> part) = 0;

 private:
  const RowFunction& function_;
  const ::kvs::promql::PosRange pos_;
  bool quiet_ = false;
};

/// Runs the pass; where there are aggregates over windows of at most `resolution_ms`, these are
/// read instead of samples. The functions of `taps` look through the same windows at samples that
/// are decoded in the same way, and see all series in the same order, whatever other taps there
/// are. Ends early, with OK, when no tap takes its rows. With `counted` the samples of each step
/// are added to it.
Status ScanTaps(Query& query, const ast::VectorSelector& selector, std::string_view hint,
                int64_t resolution_ms, std::span<Tap* const> taps, StepSamples* counted);

/// Whether functions of one selector can share a pass.
bool ReadAlike(const RowFunction& a, const RowFunction& b);

}  // namespace kvs::engine::promql
