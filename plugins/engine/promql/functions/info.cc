// SPDX-License-Identifier: Apache-2.0
// info(): adds the labels of info metrics. The rules are those of reference/promql.md, 11.

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "kvs/model/matcher.h"
#include "kvs/promql/walk.h"

#include "functions/functions.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql {
namespace {

constexpr std::string_view kDefaultInfoMetric = "target_info";
/// The labels by which an info series belongs to others. Prometheus knows no others either.
constexpr std::array<std::string_view, 2> kIdentifying = {"instance", "job"};

/// What the second argument asks for.
struct InfoSelector {
  std::vector<ast::Matcher> names;   ///< Of info metrics.
  std::vector<ast::Matcher> labels;  ///< Of data labels; empty: all labels are wanted.
};

InfoSelector ParseSelector(const ast::Call& call) {
  InfoSelector out;
  if (call.args.size() > 1) {
    for (const ast::Matcher& m : ast::As<ast::VectorSelector>(Unwrap(*call.args[1])).matchers)
      (m.name == ast::kMetricNameLabel ? out.names : out.labels).push_back(m);
  }
  const std::string name(ast::kMetricNameLabel);
  const bool positive = std::ranges::any_of(out.names, [](const ast::Matcher& m) {
    return m.op == ast::MatchOp::kEqual || m.op == ast::MatchOp::kRegex;
  });
  if (out.names.empty()) {
    out.names.push_back({name, ast::MatchOp::kEqual, std::string(kDefaultInfoMetric)});
  } else if (!positive) {
    out.names.push_back({name, ast::MatchOp::kRegex, ".+_info"});
  }
  return out;
}

StatusOr<std::vector<model::Matcher>> Compile(const std::vector<ast::Matcher>& matchers) {
  std::vector<model::Matcher> out;
  for (const ast::Matcher& m : matchers) {
    KVS_ASSIGN_OR_RETURN(
        model::Matcher matcher,
        model::Matcher::Make(static_cast<model::MatchType>(m.op), m.name, m.value));
    out.push_back(std::move(matcher));
  }
  return out;
}

/// When the info series are looked at: as the first selector of `expr`, with what the subqueries
/// around it add. An @ makes everything further out irrelevant.
Windows InfoWindows(Evaluator& eval, const ast::Expr& expr, const Grid& grid) {
  ast::AtModifier at;
  int64_t offset_ms = 0;
  bool found = false;
  ast::WalkWithPath(expr, [&](const ast::Expr& node, ast::ExprPath path) {
    const auto* selector = ast::AsIf<ast::VectorSelector>(&node);
    if (found || selector == nullptr) return !found;
    found = true;
    at = selector->at;
    offset_ms = selector->offset_ms;
    for (size_t i = path.size(); i-- > 0 && !at.present();) {
      if (const auto* subquery = ast::AsIf<ast::Subquery>(path[i])) {
        offset_ms += subquery->offset_ms;
        at = subquery->at;
      }
    }
    return false;
  });
  return eval.WindowsOf(grid, eval.query().lookback_ms, offset_ms, at);
}

/// Joins the rows of the first argument with info series, step by step.
class InfoJoin {
 public:
  InfoJoin(Query& query, const Vector& base, std::vector<bool> passed, InfoSelector selector)
      : query_(query),
        store_(query.labels),
        base_(base),
        passed_(std::move(passed)),
        selector_(std::move(selector)) {
    for (const std::string_view name : kIdentifying) identifying_.push_back(store_.Intern(name));
    for (const ast::Matcher& m : selector_.labels) wanted_.insert(store_.Intern(m.name));
  }

  /// The matchers for the info series of any base row; false when there can be none.
  bool SelectorOfSeries(ast::VectorSelector& out) const {
    for (size_t k = 0; k < kIdentifying.size(); ++k) {
      std::set<std::string_view> values;
      for (size_t r = 0; r < base_.rows.size(); ++r) {
        const uint32_t value = base_.rows[r].labels.Get(identifying_[k]);
        if (!passed_[r] && value != kSymEmpty) values.insert(store_.text(value));
      }
      if (values.empty()) continue;
      std::string pattern;
      for (const std::string_view value : values) {
        if (!pattern.empty()) pattern += '|';
        pattern += QuotePattern(value);
      }
      out.matchers.push_back({std::string(kIdentifying[k]), ast::MatchOp::kRegex, pattern});
    }
    if (out.matchers.empty()) return false;
    out.matchers.insert(out.matchers.end(), selector_.labels.begin(), selector_.labels.end());
    out.matchers.insert(out.matchers.end(), selector_.names.begin(), selector_.names.end());
    return true;
  }

  /// `info`: the times of info samples in milliseconds. The result borrows rows of the base.
  StatusOr<Vector> Run(const Vector& info) {
    KVS_RETURN_IF_ERROR(FindNewest(info));
    KVS_ASSIGN_OR_RETURN(const std::vector<model::Matcher> labels, Compile(selector_.labels));
    keep_unmatched_ = std::ranges::all_of(
        labels, [](const model::Matcher& matcher) { return matcher.Matches(""); });
    out_ = Vector(base_.grid);
    for (size_t r = 0; r < base_.rows.size(); ++r) KVS_RETURN_IF_ERROR(AddRow(info, r));
    return std::move(out_);
  }

 private:
  /// Which info series belong to a row.
  struct Identity {
    uint32_t name;
    uint32_t values[kIdentifying.size()];
    friend bool operator==(const Identity&, const Identity&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Identity& id) {
      return H::combine(H::combine_contiguous(std::move(h), id.values, kIdentifying.size()),
                        id.name);
    }
  };
  static constexpr int32_t kNone = -1;

  static std::string QuotePattern(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
    return out;
  }

  Identity IdentityOf(LabelSet labels, uint32_t name) const {
    Identity out{name, {}};
    for (size_t k = 0; k < kIdentifying.size(); ++k) out.values[k] = labels.Get(identifying_[k]);
    return out;
  }

  /// Fills newest_: of the info series with one identity the one with the newest sample.
  Status FindNewest(const Vector& info) {
    const uint32_t steps = base_.grid.n;
    std::vector<bool> needed(steps, false);
    for (const Row& row : base_.rows) {
      for (uint32_t i = 0; i < steps; ++i) needed[i] = needed[i] || row.Has(i);
    }
    for (const uint32_t r :
         LabelOrder(store_, info.rows)) {  // Errors are the same from any source.
      const Row& row = info.rows[r];
      if (row.histograms != nullptr) {
        return ExecutionError("this should be an info metric, with float samples: ",
                              store_.ToString(row.labels));
      }
      const uint32_t name = row.labels.Get(kSymName);
      if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
      std::vector<int32_t>& newest =
          newest_.try_emplace(IdentityOf(row.labels, name), steps, kNone).first->second;
      for (uint32_t i = 0; i < steps; ++i) {
        if (!needed[i] || !Present(row.values[i])) continue;
        if (newest[i] != kNone) {
          const Row& other = info.rows[static_cast<size_t>(newest[i])];
          if (other.values[i] == row.values[i]) return DuplicateError(other, row, i);
          if (other.values[i] > row.values[i]) continue;
        }
        newest[i] = static_cast<int32_t>(r);
      }
    }
    return OkStatus();
  }

  Status DuplicateError(const Row& a, const Row& b, uint32_t i) const {
    return ExecutionError("found duplicate series for info metric: existing ",
                          store_.ToString(a.labels), " @ ", static_cast<int64_t>(a.values[i]),
                          ", new ", store_.ToString(b.labels), " @ ",
                          static_cast<int64_t>(b.values[i]));
  }

  Status AddRow(const Vector& info, size_t r) {
    const Row& row = base_.rows[r];
    std::vector<const std::vector<int32_t>*> candidates;  // By info metric.
    if (!passed_[r]) {
      for (const uint32_t name : names_) {
        const auto it = newest_.find(IdentityOf(row.labels, name));
        if (it != newest_.end()) candidates.push_back(&it->second);
      }
    }
    std::vector<int32_t> chosen(candidates.size());
    std::vector<int32_t> last;
    size_t target = 0;
    bool first = true;
    for (uint32_t i = 0; i < base_.grid.n; ++i) {
      if (!row.Has(i)) continue;
      bool matched = false;
      for (size_t c = 0; c < candidates.size(); ++c) {
        chosen[c] = (*candidates[c])[i];
        matched |= chosen[c] != kNone;
      }
      if (!passed_[r] && !matched && !keep_unmatched_) continue;
      if (first || chosen != last) {
        KVS_ASSIGN_OR_RETURN(const LabelSet labels, LabelsWith(info, row.labels, chosen));
        KVS_ASSIGN_OR_RETURN(target, TargetRow(labels, row.drop_name));
        last = chosen;
        first = false;
      }
      Row& to = out_.rows[target];
      if (to.Has(i)) return DuplicateLabelSetError();
      to.values[i] = row.values[i];
      if (row.HasHistogram(i)) out_.Histograms(to)[i] = (*row.histograms)[i];
    }
    return OkStatus();
  }

  StatusOr<LabelSet> LabelsWith(const Vector& info, LabelSet base,
                                const std::vector<int32_t>& chosen) {
    LabelSet added;
    for (const int32_t c : chosen) {
      if (c == kNone) continue;
      const LabelSet labels = info.rows[static_cast<size_t>(c)].labels;
      for (uint32_t k = 0; k < labels.size; ++k) {
        const uint32_t name = labels.refs[2 * k];
        const uint32_t value = labels.refs[2 * k + 1];
        if (name == kSymName || (!wanted_.empty() && !wanted_.contains(name))) continue;
        const uint32_t before = added.Get(name);
        if (before != kSymEmpty && before != value)
          return ExecutionError("conflicting label: ", store_.text(name));
        if (base.Get(name) == kSymEmpty) added = store_.With(added, name, value);
      }
    }
    for (uint32_t k = 0; k < added.size; ++k)
      base = store_.With(base, added.refs[2 * k], added.refs[2 * k + 1]);
    return base;
  }

  StatusOr<size_t> TargetRow(LabelSet labels, bool drop_name) {
    const auto [it, added] = targets_.try_emplace(labels, out_.rows.size());
    if (added) {
      KVS_RETURN_IF_ERROR(query_.Hold(out_.held, base_.grid.n));
      out_.Add(labels, drop_name);
    }
    return it->second;
  }

  Query& query_;
  LabelStore& store_;
  const Vector& base_;
  const std::vector<bool> passed_;  // Rows that are info metrics themselves.
  const InfoSelector selector_;
  std::vector<uint32_t> identifying_;
  std::set<uint32_t> wanted_;  // Labels; empty: all.
  bool keep_unmatched_ = true;
  std::vector<uint32_t> names_;  // Of the info metrics there are.
  absl::flat_hash_map<Identity, std::vector<int32_t>> newest_;
  absl::flat_hash_map<LabelSet, size_t> targets_;
  Vector out_;
};

}  // namespace

StatusOr<Value> EvalInfo(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  if (call.function->id != ast::FunctionId::kInfo) return Value();
  Query& query = eval.query();
  KVS_ASSIGN_OR_RETURN(const Vector base, eval.EvalVector(*call.args[0], grid));
  InfoSelector wanted = ParseSelector(call);
  KVS_ASSIGN_OR_RETURN(const std::vector<model::Matcher> names, Compile(wanted.names));
  std::vector<bool> passed;
  for (const Row& row : base.rows) {
    const std::string_view name = query.labels.text(row.labels.Get(kSymName));
    passed.push_back(std::ranges::all_of(
        names, [&](const model::Matcher& matcher) { return matcher.Matches(name); }));
  }
  InfoJoin join(query, base, std::move(passed), std::move(wanted));
  ast::VectorSelector selector;
  Vector info(grid);
  if (join.SelectorOfSeries(selector)) {
    const auto times = MakeInfoTimesFunction(InfoWindows(eval, *call.args[0], grid));
    KVS_ASSIGN_OR_RETURN(
        info, ScanVector(query, selector, *times, call.function->name, NameUse::kKeep, call.pos));
  }
  KVS_ASSIGN_OR_RETURN(Vector out, join.Run(info));
  return Value::Of(std::move(out));
}

}  // namespace kvs::engine::promql
