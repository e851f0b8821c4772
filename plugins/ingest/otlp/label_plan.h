// SPDX-License-Identifier: Apache-2.0
// LabelPlan: how the attributes of a point become the labels of a series. Points of one metric tend
// to have the same keys in the same order, so names are translated, sorted and merged once, and
// only the values are looked at for each point after it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/wire/otlp.h"

#include "names.h"

namespace kvs::ingest::otlp {

/// Names of labels, each translated once. The keys are borrowed until Clear().
class LabelNames {
 public:
  explicit LabelNames(const LabelRules& rules) : rules_(rules) {}
  /// Borrowed until Clear().
  StatusOr<std::string_view> Of(std::string_view attribute);

 private:
  const LabelRules rules_;
  std::unordered_map<std::string_view, StatusOr<std::string>> names_;
};

/// A label that every point of a resource or scope has.
struct SharedLabel {
  std::string name;
  std::string value;  ///< Empty: takes the label away.
  bool only_if_absent = false;
};

class LabelPlan {
 public:
  LabelPlan(LabelNames* names, bool escape, model::WriteBatchBuilder* out)
      : names_(*names), escape_(escape), out_(*out) {}

  /// For the points that follow. Attributes named in `ignored` are passed over.
  void SetShared(std::vector<SharedLabel> shared, std::vector<std::string_view> ignored);

  /// The labels of these attributes, from here on; InvalidArgument when one has no name.
  Status Set(std::span<const wire::otlp::Attribute> attributes);

  /// Begins a series with these labels and the given ones, which replace those of the same name.
  void BeginSeries(std::string_view metric, std::string_view extra_name = {},
                   std::string_view extra_value = {});
  /// Appends what tells these labels from all others, in this process.
  void AppendLabels(std::string* out) const;
  bool Has(std::string_view name) const;

 private:
  struct Slot {
    std::string_view name;
    uint32_t name_symbol;
    int32_t attribute;  // Whose value it has; below 0: `value`, whatever the point.
    uint32_t value;     // A symbol.
  };

  bool Fits(std::span<const wire::otlp::Attribute> attributes) const;
  Status Plan(std::span<const wire::otlp::Attribute> attributes);
  void PutShared(const SharedLabel& shared);

  LabelNames& names_;
  const bool escape_;
  model::WriteBatchBuilder& out_;
  std::vector<SharedLabel> shared_;
  std::vector<std::string_view> ignored_;
  std::vector<Slot> slots_;             // Sorted by name.
  std::vector<std::string_view> keys_;  // Of the attributes it was made for, in their order.
  bool reusable_ = false;               // For other values of the same keys.
  std::vector<uint32_t> values_;        // Of the slots, for the point at hand.
  std::vector<uint32_t> refs_;
  std::vector<uint32_t> order_;  // Scratch.
  std::string merged_;
};

}  // namespace kvs::ingest::otlp
