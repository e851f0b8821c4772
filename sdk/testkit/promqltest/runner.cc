// SPDX-License-Identifier: Apache-2.0
// Statement by statement.

#include "kvs/testkit/promqltest/runner.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "kvs/base/str_cat.h"
#include "kvs/promql/parser.h"
#include "kvs/promql/printer.h"
#include "kvs/promql/walk.h"

#include "expected.h"

namespace kvs::testkit::promqltest {
namespace {

constexpr int64_t kMinuteMs = 60'000;

/// Whether a function outside every subquery depends on the time of evaluation.
bool DependsOnTime(const promql::Expr& root) {
  using enum promql::FunctionId;
  static constexpr promql::FunctionId kUnsafe[] = {
      kDaysInMonth,   kDayOfMonth, kDayOfWeek, kDayOfYear, kHour, kMinute, kMonth, kYear,
      kPredictLinear, kTime,       kTimestamp, kStart,     kEnd,  kRange,  kStep};
  bool found = false;
  promql::Walk(root, [&](const promql::Expr& expr) {
    if (const auto* call = promql::AsIf<promql::Call>(&expr)) {
      found = found || std::ranges::find(kUnsafe, call->function->id) != std::end(kUnsafe);
    }
    return expr.kind != promql::Kind::kSubquery;
  });
  return found;
}

/// The query with `@ t` wherever there is no @ yet, subqueries as wholes.
std::string PinnedTo(int64_t t_ms, promql::Expr& root) {
  const auto pin = [t_ms](promql::AtModifier& at) {
    if (!at.present()) at = {promql::AtKind::kTimestamp, t_ms};
  };
  promql::Walk(root, [&](promql::Expr& expr) {
    if (auto* selector = promql::AsIf<promql::VectorSelector>(&expr)) pin(selector->at);
    if (auto* subquery = promql::AsIf<promql::Subquery>(&expr)) {
      pin(subquery->at);
      return false;
    }
    return true;
  });
  return promql::ToString(root);
}

/// Whether start(), end(), range() or step() would see the bounds of another query.
bool DependsOnBounds(const std::string& query) {
  static constexpr const char* kWords[] = {"start()", "end()", "range()", "step()"};
  return std::ranges::any_of(
      kWords, [&](const char* word) { return query.find(word) != std::string::npos; });
}

class Runner {
 public:
  Runner(std::string_view name, EngineClient& engine, MemorySource& source)
      : name_(name), engine_(engine), source_(source) {}

  ScriptReport Run(std::string_view text) {
    source_.Clear();
    const StatusOr<std::vector<Statement>> statements = ParseScript(name_, text);
    if (!statements.ok()) {
      report_.failures.push_back(StrCat(statements.status().message(), "\n"));
      return std::move(report_);
    }
    for (const Statement& statement : *statements) {
      if (std::holds_alternative<ClearStatement>(statement)) {
        source_.Clear();
      } else if (const auto* load = std::get_if<LoadStatement>(&statement)) {
        const Status status = source_.Load(load->step_ms, load->lines, load->with_nhcb);
        if (!status.ok()) Fail(load->line, "load", status.message(), "");
      } else {
        Check(std::get<EvalStatement>(statement));
      }
    }
    return std::move(report_);
  }

 private:
  void Fail(int line, std::string_view statement, std::string_view why, std::string_view got) {
    std::string text = StrCat(name_, ":", line, ": ", statement, "\n  ", why, "\n");
    if (!got.empty()) StrAppend(text, "  the whole answer:\n", got);
    report_.failures.push_back(std::move(text));
  }

  void Check(const EvalStatement& eval) {
    got_.clear();
    const std::string why = eval.range ? CheckRange(eval) : CheckInstant(eval);
    if (why.empty()) {
      ++report_.passed;
    } else {
      Fail(eval.line, eval.text, why, got_);
    }
  }

  /// Keeps what came, for the report.
  void Look(const StatusOr<Answer>& answer) {
    got_ = answer.ok() ? Describe(*answer) : std::string();
  }

  std::string CheckInstant(const EvalStatement& eval) {
    if (std::string why = CheckInstantAt(eval, eval.query, eval.start_ms); !why.empty()) return why;
    if (std::string why = CheckTogether(eval); !why.empty()) return why;
    const auto expr = promql::ParseExpr(eval.query, promql::ParserOptions::AllFeatures());
    if (!expr.ok() || DependsOnTime(**expr)) return {};
    const int64_t t = eval.start_ms;
    const std::string pinned = PinnedTo(t, **expr);
    const std::vector<int64_t> times = t == 0 ? std::vector<int64_t>{-1000, 0, 1000}
                                              : std::vector<int64_t>{-10 * t, 0, t / 5, t, 10 * t};
    for (const int64_t at : times) {
      if (const std::string why = CheckInstantAt(eval, pinned, at); !why.empty())
        return StrCat("as ", pinned, " at ", at, "ms: ", why);
    }
    return {};
  }

  std::string CheckInstantAt(const EvalStatement& eval, const std::string& query, int64_t at) {
    const StatusOr<Answer> answer = engine_.Instant(query, at);
    Look(answer);
    std::string why = CompareOutcome(eval, answer);
    if (!why.empty() || !answer.ok()) return why;
    why = CompareInstant(eval, *answer);
    if (!why.empty() || eval.range_vector || eval.string.has_value() || DependsOnBounds(query))
      return why;
    const StatusOr<Answer> steps = engine_.Range(query, at - kMinuteMs, at + kMinuteMs, kMinuteMs);
    Look(steps);
    if (!steps.ok())
      return StrCat("as a range query: the error \"", steps.status().message(), "\"");
    if (eval.ordered) return {};
    why = CompareStep(eval, *steps, at);
    return why.empty() ? why : StrCat("as a range query: ", why);
  }

  /// Among the queries before it, the answer is the one that it has alone.
  std::string CheckTogether(const EvalStatement& eval) {
    constexpr size_t kMost = 6;
    if (recent_.size() == kMost) recent_.erase(recent_.begin());
    recent_.push_back(eval.query);
    std::vector<std::string> queries = recent_;
    queries.push_back(eval.query);
    const std::vector<StatusOr<Answer>> together = engine_.Together(queries, eval.start_ms);
    const StatusOr<Answer> alone = engine_.Instant(eval.query, eval.start_ms);
    for (const StatusOr<Answer>* answer : {&together[recent_.size() - 1], &together.back()}) {
      if (Printed(*answer) == Printed(alone)) continue;
      Look(*answer);
      return StrCat("in a batch of queries the answer is another one than alone, which is:\n",
                    Printed(alone));
    }
    return {};
  }

  static std::string Printed(const StatusOr<Answer>& answer) {
    return answer.ok() ? Describe(*answer) : answer.status().ToString();
  }

  std::string CheckRange(const EvalStatement& eval) {
    const StatusOr<Answer> answer =
        engine_.Range(eval.query, eval.start_ms, eval.end_ms, eval.step_ms);
    Look(answer);
    const std::string why = CompareOutcome(eval, answer);
    if (!why.empty() || !answer.ok()) return why;
    return CompareMatrix(eval, *answer);
  }

  const std::string name_;
  EngineClient& engine_;
  MemorySource& source_;
  ScriptReport report_;
  std::string got_;
  std::vector<std::string> recent_;  ///< Instant queries of the script, the last ones.
};

}  // namespace

ScriptReport RunScript(std::string_view name, std::string_view text, EngineClient& engine,
                       MemorySource& source) {
  return Runner(name, engine, source).Run(text);
}

}  // namespace kvs::testkit::promqltest
