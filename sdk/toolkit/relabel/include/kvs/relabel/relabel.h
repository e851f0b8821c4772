// SPDX-License-Identifier: Apache-2.0
// Relabelling, as Prometheus does it: a row of rules that keep, drop and rewrite label sets.
//
//   KVS_ASSIGN_OR_RETURN(const auto rules, ParseRules(json));                 // [{"source_labels":
//   [...], ...}, ...] KVS_ASSIGN_OR_RETURN(const Relabeler relabeler, Relabeler::Make(rules));
//   LabelsBuilder labels(series);
//   if (!relabeler.Apply(labels)) ...                                         // Dropped.
//
// Immutable once made. [any]
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/model/utf8.h"

namespace kvs::relabel {

enum class Action : uint8_t {
  kReplace,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
  kLowercase,
  kUppercase,
};

/// One rule as it is written, with Prometheus' defaults.
struct Rule {
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = "$1";
  Action action = Action::kReplace;
};

/// InvalidArgument for a name that is none.
StatusOr<Action> ParseAction(std::string_view name);
/// A list of rules in JSON, with Prometheus' names of fields. InvalidArgument says which rule.
StatusOr<std::vector<Rule>> ParseRules(std::string_view json);

class Relabeler {
 public:
  /// InvalidArgument says which rule, in Prometheus' words: an expression that does not compile, a
  /// target that is missing or no name ...
  static StatusOr<Relabeler> Make(std::vector<Rule> rules,
                                  model::NameScheme scheme = model::NameScheme::kLegacy);
  Relabeler(Relabeler&&) noexcept;
  Relabeler& operator=(Relabeler&&) noexcept;
  ~Relabeler();

  /// False when the set is dropped; then what is left of it says nothing.
  bool Apply(model::LabelsBuilder& labels) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Compiled;
  Relabeler() = default;
  std::vector<std::unique_ptr<const Compiled>> rules_;
};

}  // namespace kvs::relabel
