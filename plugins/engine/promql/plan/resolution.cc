// SPDX-License-Identifier: Apache-2.0
#include "plan/resolution.h"

#include <algorithm>
#include <array>
#include <optional>

#include <absl/container/flat_hash_map.h>

#include "kvs/base/units.h"

#include "scan/aggregate_view.h"

namespace kvs::engine::promql::plan {
namespace {

constexpr std::array<int64_t, 2> kResolutions = {kOneHourMs, kFiveMinutesMs};
// With KVS_RESOLUTION_AUTO steps are so many windows of aggregates, and ranges of counters, too.
constexpr int64_t kAutoWindows = 5;

/// The times of the steps, as far as it matters whether they are multiples of something.
struct Steps {
  int64_t start_ms;
  int64_t step_ms;
  bool one;

  friend bool operator==(const Steps&, const Steps&) = default;
};

/// How a function gets along with aggregates.
enum class Fitness : uint8_t { kExact, kEstimate, kNone };

Fitness FitnessOf(ast::FunctionId id) {
  using enum ast::FunctionId;
  switch (id) {
    case kSumOverTime:
    case kCountOverTime:
    case kAvgOverTime:
    case kMinOverTime:
    case kMaxOverTime:
    case kPresentOverTime:
      return Fitness::kExact;
    case kRate:
    case kIncrease:
    case kDelta:
    case kDeriv:
    case kPredictLinear:
    case kFirstOverTime:
    case kLastOverTime:
      return Fitness::kEstimate;
    default:
      return Fitness::kNone;
  }
}

/// How many windows of aggregates a range must have, at the least, to give a result.
int64_t WindowsNeeded(ast::FunctionId id) {
  using enum ast::FunctionId;
  switch (id) {
    case kRate:
    case kIncrease:
    case kDelta:
    case kDeriv:
    case kPredictLinear:
      return 2;
    default:
      return 1;
  }
}

class Chooser {
 public:
  explicit Chooser(const ResolutionRules& rules) : rules_(rules) {}

  void Visit(Node& node, const Steps& steps) {
    const auto [seen, is_new] = seen_.try_emplace(&node, steps);
    if (!is_new) {
      if (seen->second != steps && node.op == Op::kScan)
        node.resolution = {0, true, "it is read for steps of several kinds"};
      if (seen->second == steps) return;
      seen->second = steps;
    } else if (node.op == Op::kScan) {
      node.resolution = Choose(node, steps);
    }
    Steps inner = steps;
    if (node.op == Op::kSubquery) {
      const auto& subquery = ast::As<ast::Subquery>(node.expr());
      // Steps of subqueries are multiples of their length.
      inner = {0, subquery.step_ms != 0 ? subquery.step_ms : rules_.default_step_ms, false};
    } else if (node.op == Op::kRepeat) {
      inner.one = true;
    }
    for (Node* input : node.inputs) Visit(*input, inner);
  }

 private:
  Resolution Choose(const Node& node, const Steps& steps) const {
    if (rules_.estimates_ms == KVS_RESOLUTION_SAMPLES)
      return {0, true, "max_source_resolution asks for samples"};
    const ast::VectorSelector* const selector = SelectorOf(node);
    const auto* const call = ast::AsIf<ast::Call>(&node.expr());
    const ast::Expr* const range = call != nullptr ? RangeOf(*call) : nullptr;
    if (selector == nullptr || (range == nullptr && call != nullptr))
      return {0, true, "it looks at the times of samples"};
    if (selector->anchored || selector->smoothed)
      return {0, true, "it looks at single samples at the ends of its windows"};
    if (range == nullptr) return Estimate("an instant vector", steps, rules_.lookback_ms, 1, true);

    const ast::FunctionId id = call->function->id;
    const std::string name = StrCat(call->function->name, "()");
    const Fitness fitness = FitnessOf(id);
    if (fitness == Fitness::kNone) return {0, true, StrCat(name, " needs every sample")};
    const int64_t range_ms = ast::As<ast::MatrixSelector>(*range).range_ms;
    if (fitness == Fitness::kExact) {
      for (const int64_t r : kResolutions) {
        if (range_ms % r == 0 && EndsAreMultiples(*selector, steps, r)) {
          return {r, true,
                  StrCat("range", steps.one ? " and time" : ", step and start",
                         " are multiples of ", FormatDurationMs(r))};
        }
      }
    }
    Resolution out = Estimate(name, steps, range_ms, WindowsNeeded(id), false);
    if (out.max_ms == 0 && fitness == Fitness::kExact && rules_.estimates_ms == 0) {
      out.why = StrCat("range", steps.one ? " and time" : ", step and start",
                       " are not multiples of ", FormatDurationMs(kResolutions.back()));
    }
    return out;
  }

  /// What the query allows of a function that aggregates answer roughly.
  Resolution Estimate(std::string_view what, const Steps& steps, int64_t range_ms,
                      int64_t windows_needed, bool instant) const {
    const int64_t allowed = rules_.estimates_ms;
    if (allowed == 0) return {0, true, StrCat(what, " is only estimated from aggregates")};
    const bool is_auto = allowed == KVS_RESOLUTION_AUTO;
    if (is_auto && steps.one) return {0, true, "max_source_resolution=auto goes by the step"};
    const int64_t limit = is_auto ? steps.step_ms / kAutoWindows : allowed;
    const int64_t needed = is_auto && windows_needed > 1 ? kAutoWindows : windows_needed;
    for (const int64_t r : kResolutions) {
      if (r > limit || (!instant && range_ms < needed * r)) continue;
      return {r, false,
              StrCat(what, " is estimated: max_source_resolution allows ",
                     is_auto ? std::string("a fifth of the step") : FormatDurationMs(allowed))};
    }
    if (limit < kResolutions.back()) {
      return {0, true,
              is_auto ? "a fifth of the step is shorter than any aggregates"
                      : "max_source_resolution is shorter than any aggregates"};
    }
    return {
        0, true,
        StrCat("the range has not the ", needed, " windows of aggregates that ", what, " needs")};
  }

  bool EndsAreMultiples(const ast::VectorSelector& selector, const Steps& steps, int64_t r) const {
    int64_t first = steps.start_ms;
    bool one = steps.one;
    switch (selector.at.kind) {
      case ast::AtKind::kNone:
        break;
      case ast::AtKind::kTimestamp:
        first = selector.at.timestamp_ms;
        one = true;
        break;
      case ast::AtKind::kStart:
        first = rules_.grid.start_ms;
        one = true;
        break;
      case ast::AtKind::kEnd:
        first = rules_.end_ms;
        one = true;
        break;
    }
    return (first - selector.offset_ms) % r == 0 && (one || steps.step_ms % r == 0);
  }

  const ResolutionRules& rules_;
  absl::flat_hash_map<const Node*, Steps> seen_;
};

}  // namespace

StatusOr<int64_t> ParseEstimates(std::string_view text) {
  if (text == "exact") return int64_t{0};
  if (text == "samples") return int64_t{KVS_RESOLUTION_SAMPLES};
  if (text == "auto") return int64_t{KVS_RESOLUTION_AUTO};
  const StatusOr<int64_t> ms = ParseDurationMs(text);
  if (!ms.ok() || *ms <= 0)
    return InvalidArgument("must be exact, samples, auto or a duration such as 5m, not \"", text,
                           "\"");
  return ms;
}

void ChooseResolutions(Plan& plan, const ResolutionRules& rules) {
  Chooser(rules).Visit(*plan.root, {rules.grid.start_ms, rules.grid.step_ms, rules.grid.n == 1});
}

}  // namespace kvs::engine::promql::plan
