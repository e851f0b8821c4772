// SPDX-License-Identifier: Apache-2.0
// See expected.h.

#include "expected.h"

#include <algorithm>
#include <map>

#include "kvs/base/str_cat.h"
#include "kvs/model/matcher.h"
#include "kvs/testkit/promqltest/histograms.h"

namespace kvs::testkit::promqltest {
namespace {

/// The points of one series by their times.
using Row = std::map<int64_t, Point>;

Row RowOf(const AnswerSeries& series) {
  Row out;
  for (const auto& [t, value] : series.points) out[t] = {Point::Kind::kFloat, value, {}, false};
  for (const HistogramSample& sample : series.histograms)
    out[sample.t] = {Point::Kind::kHistogram, 0, sample.h, false};
  return out;
}

std::string ComparePoint(const Point& expected, const Point& got) {
  bool same = expected.kind == got.kind;
  if (same && expected.kind == Point::Kind::kFloat) same = AlmostEqual(expected.value, got.value);
  if (same && expected.kind == Point::Kind::kHistogram)
    same = HistogramsEqual(expected.histogram, got.histogram, expected.hint_stated);
  return same ? std::string() : StrCat("expected ", ToString(expected), ", got ", ToString(got));
}

/// The answer by label set. A label set that occurs twice is wrong.
std::string BySeries(const Answer& answer, std::map<model::Labels, Row>* out) {
  for (const AnswerSeries& series : answer.series) {
    if (!out->try_emplace(series.labels, RowOf(series)).second)
      return StrCat("the answer has ", series.labels.ToString(), " twice");
  }
  return {};
}

Point At(const Row& row, int64_t t) {
  const auto it = row.find(t);
  return it == row.end() ? Point() : it->second;
}

/// What the answer has at one time.
std::string CompareAt(const EvalStatement& eval, const Answer& answer, int64_t t) {
  std::map<model::Labels, Row> got;
  if (std::string wrong = BySeries(answer, &got); !wrong.empty()) return wrong;
  std::erase_if(got, [t](const auto& series) { return !series.second.contains(t); });
  if (eval.scalar.has_value()) {
    const Point expected{Point::Kind::kFloat, *eval.scalar, {}, false};
    if (got.size() != 1) return StrCat("expected the scalar ", *eval.scalar);
    return ComparePoint(expected, got.begin()->second.at(t));
  }
  for (const ExpectedSeries& series : eval.series) {
    const auto it = got.find(series.labels);
    if (it == got.end())
      return StrCat("expected ", series.labels.ToString(), ", which is not there");
    if (const std::string wrong = ComparePoint(series.points[0], it->second.at(t)); !wrong.empty())
      return StrCat(series.labels.ToString(), ": ", wrong);
    got.erase(it);
  }
  return got.empty() ? std::string() : StrCat("did not expect ", got.begin()->first.ToString());
}

std::string CompareSeries(const EvalStatement& eval, const Answer& answer, int64_t start,
                          int64_t step) {
  if (answer.type != KVS_VALUE_MATRIX) return "expected a matrix";
  for (size_t i = 1; i < answer.series.size(); ++i) {
    if (answer.series[i].labels < answer.series[i - 1].labels) return "the series are not sorted";
  }
  std::map<model::Labels, Row> got;
  if (std::string wrong = BySeries(answer, &got); !wrong.empty()) return wrong;
  if (eval.scalar.has_value()) {
    if (got.size() != 1) return "expected one series";
    for (const auto& [t, point] : got.begin()->second) {
      const Point expected{Point::Kind::kFloat, *eval.scalar, {}, false};
      if (const std::string wrong = ComparePoint(expected, point); !wrong.empty())
        return StrCat("at ", t, "ms: ", wrong);
    }
    return {};
  }
  for (const ExpectedSeries& series : eval.series) {
    const auto expected = static_cast<size_t>(std::ranges::count_if(
        series.points, [](const Point& point) { return point.kind != Point::Kind::kOmitted; }));
    const auto it = got.find(series.labels);
    if (it == got.end()) {
      if (expected == 0) continue;
      return StrCat("expected ", series.labels.ToString(), ", which is not there");
    }
    int64_t t = start;
    for (const Point& point : series.points) {
      if (const std::string wrong = ComparePoint(point, At(it->second, t)); !wrong.empty())
        return StrCat(series.labels.ToString(), " at ", t, "ms: ", wrong);
      t += step;
    }
    if (it->second.size() != expected) {
      return StrCat(series.labels.ToString(), ": expected ", expected, " points, got ",
                    it->second.size());
    }
    got.erase(it);
  }
  return got.empty() ? std::string() : StrCat("did not expect ", got.begin()->first.ToString());
}

std::string CompareOrder(const EvalStatement& eval, const Answer& answer) {
  if (eval.series.size() != answer.series.size()) {
    return StrCat("expected ", eval.series.size(), " series in order, got ", answer.series.size());
  }
  for (size_t i = 0; i < eval.series.size(); ++i) {
    if (eval.series[i].labels == answer.series[i].labels) continue;
    return StrCat("at position ", i + 1, ": expected ", eval.series[i].labels.ToString(), ", got ",
                  answer.series[i].labels.ToString());
  }
  return {};
}

bool Matches(const Expectation& expectation, const std::string& text) {
  if (expectation.match == Expectation::Match::kAny) return true;
  if (expectation.match == Expectation::Match::kText) return text == expectation.text;
  const auto matcher = model::Matcher::Make(model::MatchType::kRegex, "text",
                                            StrCat(".*(?:", expectation.text, ").*"));
  return matcher.ok() && matcher->Matches(text);
}

std::string CompareNotes(const char* kind, const std::vector<Expectation>& expected, bool none,
                         const std::vector<std::string>& got) {
  if (none && !got.empty()) return StrCat("did not expect the ", kind, " \"", got[0], "\"");
  if (expected.empty()) return {};
  for (const Expectation& e : expected) {
    if (std::ranges::any_of(got, [&](const std::string& text) { return Matches(e, text); }))
      continue;
    return StrCat("expected the ", kind, " \"", e.text, "\", got ",
                  got.empty() ? "none" : StrCat("\"", got[0], "\""));
  }
  for (const std::string& text : got) {
    if (std::ranges::none_of(expected, [&](const Expectation& e) { return Matches(e, text); }))
      return StrCat("did not expect the ", kind, " \"", text, "\"");
  }
  return {};
}

}  // namespace

std::string CompareInstant(const EvalStatement& eval, const Answer& answer) {
  if (eval.string.has_value()) {
    if (answer.type == KVS_VALUE_STRING && answer.text == *eval.string) return {};
    return StrCat("expected the string \"", *eval.string, "\", got \"", answer.text, "\"");
  }
  if (eval.range_vector)
    return CompareSeries(eval, answer, eval.vector_start_ms, eval.vector_step_ms);
  if (eval.scalar.has_value() && answer.type != KVS_VALUE_SCALAR) return "expected a scalar";
  if (!eval.scalar.has_value() && answer.type != KVS_VALUE_VECTOR)
    return "expected an instant vector";
  int64_t t = 0;
  for (const AnswerSeries& series : answer.series) {
    if (series.points.size() + series.histograms.size() != 1)
      return StrCat(series.labels.ToString(), " has not exactly one point");
    t = series.points.empty() ? series.histograms[0].t : series.points[0].first;
  }
  if (eval.ordered) {
    if (std::string wrong = CompareOrder(eval, answer); !wrong.empty()) return wrong;
  }
  return CompareAt(eval, answer, t);
}

std::string CompareMatrix(const EvalStatement& eval, const Answer& answer) {
  return CompareSeries(eval, answer, eval.start_ms, eval.step_ms);
}

std::string CompareStep(const EvalStatement& eval, const Answer& answer, int64_t t_ms) {
  return CompareAt(eval, answer, t_ms);
}

std::string CompareOutcome(const EvalStatement& eval, const StatusOr<Answer>& answer) {
  if (!answer.ok()) {
    const std::string& message = answer.status().message();
    if (!eval.fails) return StrCat("expected an answer, got the error \"", message, "\"");
    if (Matches(eval.failure, message)) return {};
    return StrCat("expected the error \"", eval.failure.text, "\", got \"", message, "\"");
  }
  if (eval.fails) return "expected an error, got an answer";
  std::string wrong = CompareNotes("warning", eval.warnings, eval.no_warnings, answer->warnings);
  if (wrong.empty()) wrong = CompareNotes("info", eval.infos, eval.no_infos, answer->infos);
  return wrong;
}

std::string Describe(const Answer& answer) {
  constexpr size_t kMostLines = 12, kMostPoints = 24;
  std::string out;
  if (answer.type == KVS_VALUE_STRING) StrAppend(out, "  \"", answer.text, "\"\n");
  for (size_t i = 0; i < std::min(answer.series.size(), kMostLines); ++i) {
    const Row row = RowOf(answer.series[i]);
    StrAppend(out, "  ", answer.series[i].labels.ToString());
    size_t n = 0;
    for (const auto& [t, point] : row) {
      if (n++ == kMostPoints) break;
      StrAppend(out, " ", ToString(point));
      if (answer.type == KVS_VALUE_MATRIX) StrAppend(out, "@", t, "ms");
    }
    StrAppend(out, n > kMostPoints ? " ...\n" : "\n");
  }
  if (answer.series.size() > kMostLines)
    StrAppend(out, "  and ", answer.series.size() - kMostLines, " more series\n");
  for (const std::string& text : answer.warnings) StrAppend(out, "  ", text, "\n");
  for (const std::string& text : answer.infos) StrAppend(out, "  ", text, "\n");
  return out.empty() ? "  nothing\n" : out;
}

}  // namespace kvs::testkit::promqltest
