// SPDX-License-Identifier: Apache-2.0
#include "rules_unit_test.h"

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/gotemplate/function.h"
#include "kvs/promql/parser.h"
#include "kvs/promql/printer.h"
#include "kvs/promql/series_description.h"
#include "kvs/promql/walk.h"
#include "kvs/rules/rule_output.h"
#include "kvs/testkit/promqltest/histograms.h"
#include "kvs/testkit/promqltest/points.h"

namespace kvs::conformance {
namespace {

namespace pt = testkit::promqltest;

// Every line but the first, indented.
std::string Indent(const std::string& lines, const std::string& indent) {
  std::string out;
  for (const char c : lines) {
    out.push_back(c);
    if (c == '\n') out += indent;
  }
  return out;
}

// As Go prints a model.Duration.
std::string DurationText(int64_t ms) {
  return FormatDurationMs(ms);
}

struct LabelsAndAnnotations {
  model::Labels labels, annotations;
  friend auto operator<=>(const LabelsAndAnnotations&, const LabelsAndAnnotations&) = default;
};

std::string Show(const std::vector<LabelsAndAnnotations>& alerts) {
  if (alerts.empty()) return "[]";
  std::string out = "[";
  for (size_t i = 0; i < alerts.size(); ++i) {
    const std::string one = StrCat("\nLabels:", alerts[i].labels.ToString(),
                                   "\nAnnotations:", alerts[i].annotations.ToString());
    StrAppend(out, i > 0 ? "," : "", "\n", i, ":", Indent(one, "  "));
  }
  return out + "\n]";
}

struct Sample {
  model::Labels labels;
  double value = 0;
  std::optional<chunk::FloatHistogram> histogram;

  gotemplate::Value TemplateValue() const {
    return rules::ValueOf(value, histogram.has_value() ? &*histogram : nullptr);
  }
};

std::string Show(const std::vector<Sample>& samples) {
  if (samples.empty()) return "nil";
  std::string out;
  for (const Sample& sample : samples) {
    StrAppend(out, out.empty() ? "" : ", ", sample.labels.ToString(), " ",
              sample.histogram.has_value() ? pt::ToString(*sample.histogram)
                                           : gotemplate::FormatFloat(sample.value, 'E', -1));
  }
  return out;
}

model::Labels LabelsOf(const Texts& texts) {
  model::LabelsBuilder builder;
  for (const auto& [name, value] : texts) builder.Set(name, value);
  return builder.Build();
}

/// One rule under evaluation.
struct RuleState {
  const rules::Rule* rule;
  rules::Pairs labels;
  std::optional<rules::AlertTemplates> templates;
  rules::AlertSet alerts;
  std::set<model::Labels> previous;
};

class GroupRun {
 public:
  GroupRun(const rules::Group& group, const TestGroup& test, const UnitTestFile& file,
           pt::EngineClient& client, pt::MemorySource& source)
      : group_(group), file_(file), client_(client), source_(source) {
    for (const rules::Rule& rule : group.rules) {
      RuleState& state = rules_.emplace_back();
      state.rule = &rule;
      state.labels = rules::EffectiveLabels(group, rule);
      if (rule.is_alert()) state.templates.emplace(rule, state.labels);
    }
    around_.external_labels.assign(test.external_labels.begin(), test.external_labels.end());
    around_.external_url = around_.functions.external_url = test.external_url;
    const size_t host = test.external_url.find("://");
    const size_t path =
        host == std::string::npos ? std::string::npos : test.external_url.find('/', host + 3);
    around_.functions.path_prefix = path == std::string::npos ? "" : test.external_url.substr(path);
  }

  void Evaluate(int64_t at_ms, std::vector<std::string>* errors) {
    const int64_t sample_ms = at_ms - group_.query_offset_ms.value_or(0);
    for (RuleState& state : rules_) {
      std::vector<Sample> out;
      const Status status = EvaluateRule(state, at_ms, sample_ms, &out);
      if (!status.ok()) {
        errors->push_back(StrCat("    rule: ", state.rule->name(), ", time: ", DurationText(at_ms),
                                 ", err: ", status.message()));
        continue;
      }
      std::set<model::Labels> now;
      for (const Sample& sample : out) {
        if (sample.histogram.has_value()) {
          source_.Append(sample.labels, {sample_ms, *sample.histogram});
        } else {
          source_.Append(sample.labels, sample_ms, sample.value);
        }
        now.insert(sample.labels);
      }
      for (const model::Labels& series : state.previous) {
        if (!now.contains(series))
          source_.Append(series, sample_ms, std::bit_cast<double>(promql::kStaleNanBits));
      }
      state.previous = std::move(now);
    }
  }

  void Firing(const std::string& alertname, std::vector<LabelsAndAnnotations>* out) const {
    for (const RuleState& state : rules_) {
      if (state.rule->alert != alertname) continue;
      for (const rules::Alert& alert : state.alerts.List()) {
        if (alert.state == rules::AlertState::kFiring)
          out->push_back({alert.labels, alert.annotations});
      }
    }
  }

  /// Subqueries that name no step get the interval of the file, as in promtool.
  static std::string WithStep(const std::string& query, int64_t step_ms) {
    promql::ParserOptions options = promql::ParserOptions::AllFeatures();
    const StatusOr<promql::ExprPtr> expr = promql::ParseExpr(query, options);
    if (!expr.ok()) return query;  // The engine says what is wrong.
    bool changed = false;
    promql::Walk(**expr, [&](promql::Expr& node) {
      auto* const subquery = promql::AsIf<promql::Subquery>(&node);
      if (subquery != nullptr && subquery->step_ms == 0 && subquery->step_expr == nullptr) {
        subquery->step_ms = step_ms;
        changed = true;
      }
      return true;
    });
    return changed ? promql::ToString(**expr) : query;
  }

 private:
  StatusOr<std::vector<Sample>> Ask(const std::string& query, int64_t at_ms) {
    KVS_ASSIGN_OR_RETURN(const pt::Answer answer,
                         client_.Instant(WithStep(query, file_.evaluation_interval_ms), at_ms));
    if (answer.type != KVS_VALUE_VECTOR && answer.type != KVS_VALUE_SCALAR)
      return FailedPrecondition("rule result is not a vector or scalar");
    std::vector<Sample> out;
    for (const pt::AnswerSeries& series : answer.series) {
      Sample& sample = out.emplace_back();
      sample.labels = series.labels;
      if (!series.points.empty()) {
        sample.value = series.points[0].second;
      } else if (!series.histograms.empty()) {
        sample.histogram = series.histograms[0].h;
      }
    }
    return out;
  }

  Status EvaluateRule(RuleState& state, int64_t at_ms, int64_t query_ms, std::vector<Sample>* out) {
    KVS_ASSIGN_OR_RETURN(std::vector<Sample> vector, Ask(state.rule->expr, query_ms));
    if (!state.rule->is_alert()) {
      std::set<model::Labels> seen;
      for (Sample& sample : vector) {
        sample.labels = rules::RecordedLabels(sample.labels, state.rule->record, state.labels);
        if (!seen.insert(sample.labels).second)
          return FailedPrecondition(
              "vector contains metrics with the same labelset after applying rule labels");
      }
      if (group_.limit > 0 && static_cast<int64_t>(vector.size()) > group_.limit) {
        return FailedPrecondition("exceeded limit of ", group_.limit, " with ", vector.size(),
                                  " series");
      }
      *out = std::move(vector);
      return OkStatus();
    }
    around_.functions.now_ms = at_ms;
    around_.functions.query =
        [&](std::string_view query) -> StatusOr<std::vector<gotemplate::QuerySample>> {
      KVS_ASSIGN_OR_RETURN(const std::vector<Sample> found, Ask(std::string(query), query_ms));
      std::vector<gotemplate::QuerySample> samples;
      for (const Sample& sample : found)
        samples.push_back({rules::TextsOf(sample.labels), sample.TemplateValue()});
      return samples;
    };
    std::vector<rules::AlertSet::Element> elements;
    for (const Sample& sample : vector)
      elements.push_back(state.templates->Expand(sample.labels, sample.value,
                                                 sample.TemplateValue(), around_, nullptr));
    KVS_RETURN_IF_ERROR(
        state.alerts.Update(at_ms, std::move(elements),
                            {state.rule->for_ms, state.rule->keep_firing_for_ms, group_.limit}));
    std::vector<rules::OutputSample> samples;
    state.alerts.AppendSamples(samples);
    for (rules::OutputSample& sample : samples)
      out->push_back({std::move(sample.labels), sample.value, std::nullopt});
    return OkStatus();
  }

  const rules::Group& group_;
  const UnitTestFile& file_;
  pt::EngineClient& client_;
  pt::MemorySource& source_;
  std::vector<RuleState> rules_;
  rules::AlertTemplates::Surroundings around_;
};

std::string NameLine(const TestGroup& test) {
  return test.name.empty() ? "" : StrCat("    name: ", test.name, ",\n");
}

void CheckAlerts(const TestGroup& test, const AlertTest& expected,
                 const std::vector<std::unique_ptr<GroupRun>>& groups,
                 std::vector<std::string>* errors) {
  std::vector<LabelsAndAnnotations> got, wanted;
  for (const auto& group : groups) group->Firing(expected.alertname, &got);
  for (const ExpectedAlert& alert : expected.alerts) {
    Texts labels = alert.labels;
    labels["alertname"] = expected.alertname;
    wanted.push_back({LabelsOf(labels), LabelsOf(alert.annotations)});
  }
  std::sort(got.begin(), got.end());
  std::sort(wanted.begin(), wanted.end());
  if (got == wanted) return;
  errors->push_back(StrCat(NameLine(test), "    alertname: ", expected.alertname,
                           ", time: ", DurationText(expected.eval_ms),
                           ", \n        exp:", Indent(Show(wanted), "            "),
                           ", \n        got:", Indent(Show(got), "            ")));
}

StatusOr<std::vector<Sample>> ExpectedSamples(const ExprTest& test) {
  std::vector<Sample> out;
  for (const ExpectedSample& expected : test.samples) {
    Sample& sample = out.emplace_back();
    if (!expected.labels.empty()) {
      const auto pairs = promql::ParseMetric(expected.labels);
      if (!pairs.ok())
        return InvalidArgument("labels ", Quote(expected.labels), ": ", pairs.status().message());
      sample.labels = pt::LabelsOf(*pairs);
    }
    sample.value = expected.value;
    if (expected.histogram.empty()) continue;
    const auto described = promql::ParseSeriesDescription(StrCat("{} ", expected.histogram));
    if (!described.ok())
      return InvalidArgument("histogram ", Quote(expected.histogram), ": ",
                             described.status().message());
    KVS_ASSIGN_OR_RETURN(const std::vector<pt::Point> points, pt::Unfold(described->items));
    if (points.size() != 1 || points[0].kind != pt::Point::Kind::kHistogram)
      return InvalidArgument("histogram ", Quote(expected.histogram), ": one is expected");
    sample.histogram = points[0].histogram;
  }
  return out;
}

bool Same(const std::vector<Sample>& a, const std::vector<Sample>& b, bool fuzzy) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const Sample& x, const Sample& y) {
    if (x.labels != y.labels || x.histogram.has_value() != y.histogram.has_value()) return false;
    if (x.histogram.has_value()) return pt::HistogramsEqual(*x.histogram, *y.histogram, false);
    return fuzzy ? pt::AlmostEqual(x.value, y.value) : x.value == y.value;
  });
}

void CheckExpr(const ExprTest& test, const UnitTestFile& file, pt::EngineClient& client,
               std::vector<std::string>* errors) {
  const std::string head =
      StrCat("    expr: ", Quote(test.expr), ", time: ", DurationText(test.eval_ms));
  const StatusOr<pt::Answer> answer =
      client.Instant(GroupRun::WithStep(test.expr, file.evaluation_interval_ms), test.eval_ms);
  if (!answer.ok()) {
    errors->push_back(StrCat(head, ", err: ", answer.status().message()));
    return;
  }
  StatusOr<std::vector<Sample>> wanted = ExpectedSamples(test);
  if (!wanted.ok()) {
    errors->push_back(StrCat(head, ", err: ", wanted.status().message()));
    return;
  }
  std::vector<Sample> got;
  for (const pt::AnswerSeries& series : answer->series) {
    Sample& sample = got.emplace_back();
    sample.labels = series.labels;
    if (!series.points.empty()) sample.value = series.points[0].second;
    if (series.points.empty() && !series.histograms.empty())
      sample.histogram = series.histograms[0].h;
  }
  const auto by_labels = [](const Sample& a, const Sample& b) { return a.labels < b.labels; };
  std::stable_sort(got.begin(), got.end(), by_labels);
  std::stable_sort(wanted->begin(), wanted->end(), by_labels);
  if (!Same(got, *wanted, file.fuzzy_compare))
    errors->push_back(
        StrCat(head, ",\n        exp: ", Show(*wanted), "\n        got: ", Show(got)));
}

}  // namespace

std::vector<std::string> RunTestGroup(const TestGroup& test, const UnitTestFile& file,
                                      const std::vector<rules::Group>& groups,
                                      pt::EngineClient& client, pt::MemorySource& source) {
  source.Clear();
  std::vector<std::string> lines, errors;
  for (const auto& [series, values] : test.input_series)
    lines.push_back(StrCat(series, " ", values));
  if (const Status status = source.Load(test.interval_ms, lines); !status.ok())
    return {status.message()};
  std::vector<std::unique_ptr<GroupRun>> runs;
  for (const rules::Group& group : groups)
    runs.push_back(std::make_unique<GroupRun>(group, test, file, client, source));

  int64_t last_ms = 0;
  for (const AlertTest& alert : test.alert_tests) last_ms = std::max(last_ms, alert.eval_ms);
  for (const ExprTest& expr : test.expr_tests) last_ms = std::max(last_ms, expr.eval_ms);
  std::vector<std::string> failures;
  for (int64_t at = 0; at <= last_ms; at += file.evaluation_interval_ms) {
    for (const auto& run : runs) run->Evaluate(at, &errors);
    // What is expected between this evaluation and the next is compared with this one.
    if (!errors.empty()) return errors;
    std::vector<const AlertTest*> due;
    for (const AlertTest& alert : test.alert_tests) {
      if (at <= alert.eval_ms && alert.eval_ms < at + file.evaluation_interval_ms)
        due.push_back(&alert);
    }
    std::stable_sort(due.begin(), due.end(), [](const AlertTest* a, const AlertTest* b) {
      return a->eval_ms < b->eval_ms;
    });
    for (const AlertTest* alert : due) CheckAlerts(test, *alert, runs, &failures);
  }
  for (const ExprTest& expr : test.expr_tests) CheckExpr(expr, file, client, &failures);
  return failures;
}

}  // namespace kvs::conformance
