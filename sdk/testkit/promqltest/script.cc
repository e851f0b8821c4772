// SPDX-License-Identifier: Apache-2.0
// Parsing of scripts.

#include "kvs/testkit/promqltest/script.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "kvs/base/trim.h"
#include "kvs/base/units.h"
#include "kvs/promql/parser.h"
#include "kvs/promql/series_description.h"

namespace kvs::testkit::promqltest {
namespace {

constexpr std::string_view kBlanks = " \t\r";

/// Cuts the first word off `s`.
std::string_view Word(std::string_view& s) {
  s = Trimmed(s, kBlanks);
  const size_t end = std::min(s.find_first_of(" \t"), s.size());
  const std::string_view word = s.substr(0, end);
  s = Trimmed(s.substr(end), kBlanks);
  return word;
}

std::string Lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::optional<double> Number(std::string_view s) {
  const std::string lower = Lower(s);
  std::string_view rest = lower;
  double sign = 1;
  if (rest.starts_with('-') || rest.starts_with('+')) {
    sign = rest[0] == '-' ? -1 : 1;
    rest.remove_prefix(1);
  }
  if (rest == "inf") return sign * std::numeric_limits<double>::infinity();
  if (rest == "nan") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || end != rest.data() + rest.size() || rest.empty()) return std::nullopt;
  return sign * value;
}

class Parser {
 public:
  explicit Parser(std::string_view text) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = Trimmed(text.substr(0, end), kBlanks);
      lines_.push_back(line.starts_with('#') ? std::string_view() : line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  /// Of the line that was looked at last, from 1.
  size_t line() const { return std::min(at_, lines_.size() - 1) + 1; }

  StatusOr<std::vector<Statement>> Run() {
    std::vector<Statement> out;
    while (at_ < lines_.size()) {
      if (lines_[at_].empty()) {
        ++at_;
        continue;
      }
      std::string_view rest = lines_[at_];
      const std::string word = Lower(Word(rest));
      if (word == "clear") {
        ++at_;
        out.emplace_back(ClearStatement{});
      } else if (word.starts_with("load")) {
        KVS_ASSIGN_OR_RETURN(LoadStatement load, Load(word, rest));
        out.emplace_back(std::move(load));
      } else if (word.starts_with("eval")) {
        KVS_ASSIGN_OR_RETURN(EvalStatement eval, Eval(word, rest));
        out.emplace_back(std::move(eval));
      } else {
        return InvalidArgument("unknown statement ", word);
      }
    }
    return out;
  }

 private:
  static Status Skip(std::string_view word, std::string_view& rest) {
    const std::string_view found = Word(rest);
    if (found == word) return OkStatus();
    return InvalidArgument("expected \"", word, "\", found \"", found, "\"");
  }

  /// `from A to B step C`, without its first word.
  static Status Steps(std::string_view& rest, int64_t& start_ms, int64_t& end_ms,
                      int64_t& step_ms) {
    KVS_ASSIGN_OR_RETURN(start_ms, ParseDurationMs(Word(rest)));
    KVS_RETURN_IF_ERROR(Skip("to", rest));
    KVS_ASSIGN_OR_RETURN(end_ms, ParseDurationMs(Word(rest)));
    KVS_RETURN_IF_ERROR(Skip("step", rest));
    KVS_ASSIGN_OR_RETURN(step_ms, ParseDurationMs(Word(rest)));
    if (step_ms > 0 && end_ms >= start_ms) return OkStatus();
    return InvalidArgument("no steps of ", step_ms, "ms from ", start_ms, "ms to ", end_ms, "ms");
  }

  StatusOr<LoadStatement> Load(const std::string& word, std::string_view rest) {
    LoadStatement out;
    out.line = static_cast<int>(at_ + 1);
    out.with_nhcb = word == "load_with_nhcb";
    if (!out.with_nhcb && word != "load") return InvalidArgument("unknown statement ", word);
    KVS_ASSIGN_OR_RETURN(out.step_ms, ParseDurationMs(Word(rest)));
    // Parsed here only for the place of an error; the source parses again what it loads.
    for (++at_; at_ < lines_.size() && !lines_[at_].empty(); ++at_) {
      const std::string_view line = lines_[at_];
      KVS_RETURN_IF_ERROR(promql::IsStartTimestampLine(line)
                              ? promql::ParseStartTimestampLine(line).status()
                              : promql::ParseSeriesDescription(line).status());
      out.lines.emplace_back(line);
    }
    return out;
  }

  StatusOr<EvalStatement> Eval(const std::string& word, std::string_view rest) {
    EvalStatement out;
    out.line = static_cast<int>(at_ + 1);
    out.text = lines_[at_];
    if (word == "eval_fail") {
      out.fails = true;
    } else if (word == "eval_ordered") {
      out.ordered = true;
    } else if (word == "eval_warn") {
      out.warnings.emplace_back();
    } else if (word == "eval_info") {
      out.infos.emplace_back();
    } else if (word != "eval") {
      return InvalidArgument("unknown statement ", word);
    }
    const std::string kind = Lower(Word(rest));
    if (kind == "range") {
      out.range = true;
      KVS_RETURN_IF_ERROR(Skip("from", rest));
      KVS_RETURN_IF_ERROR(Steps(rest, out.start_ms, out.end_ms, out.step_ms));
    } else if (kind == "instant") {
      KVS_RETURN_IF_ERROR(Skip("at", rest));
      KVS_ASSIGN_OR_RETURN(out.start_ms, ParseDurationMs(Word(rest)));
      out.end_ms = out.start_ms;
    } else {
      return InvalidArgument("expected \"instant\" or \"range\", found \"", kind, "\"");
    }
    out.query = rest;
    for (++at_; at_ < lines_.size() && !lines_[at_].empty(); ++at_) {
      KVS_ASSIGN_OR_RETURN(const bool ends, ExpectationLine(lines_[at_], out));
      if (ends) {
        ++at_;
        break;
      }
    }
    return out;
  }

  static StatusOr<bool> ExpectationLine(std::string_view line, EvalStatement& out) {
    std::string_view rest = line;
    const std::string_view first = Word(rest);
    if (first == "expected_fail_message" || first == "expected_fail_regexp") {
      out.failure.match =
          first == "expected_fail_message" ? Expectation::Match::kText : Expectation::Match::kRegex;
      out.failure.text = rest;
      return true;
    }
    if (first == "expect") {
      KVS_RETURN_IF_ERROR(Expect(rest, out));
      return false;
    }
    if (const std::optional<double> number = Number(line); number.has_value()) {
      out.scalar = number;
      return true;
    }
    KVS_ASSIGN_OR_RETURN(const auto series, promql::ParseSeriesDescription(line));
    KVS_ASSIGN_OR_RETURN(std::vector<Point> points, Unfold(series.items));
    KVS_RETURN_IF_ERROR(CheckPositions(out, points.size()));
    out.series.push_back({LabelsOf(series.labels), std::move(points)});
    return false;
  }

  /// A line with values for times that the query has no answer for is a mistake.
  static Status CheckPositions(const EvalStatement& eval, size_t n) {
    size_t most = 1;
    if (eval.range) most = static_cast<size_t>((eval.end_ms - eval.start_ms) / eval.step_ms) + 1;
    if (eval.range_vector)
      most =
          static_cast<size_t>((eval.vector_end_ms - eval.vector_start_ms) / eval.vector_step_ms) +
          1;
    if (n <= most && (n > 0 || eval.range || eval.range_vector)) return OkStatus();
    return InvalidArgument("the line has ", n, " values, the query ", most, " times");
  }

  static Status Expect(std::string_view rest, EvalStatement& out) {
    const std::string_view line = rest;
    const std::string_view kind = Word(rest);
    if (line.starts_with("range vector")) {
      KVS_RETURN_IF_ERROR(Skip("vector", rest));
      KVS_RETURN_IF_ERROR(Skip("from", rest));
      out.range_vector = true;
      KVS_RETURN_IF_ERROR(Steps(rest, out.vector_start_ms, out.vector_end_ms, out.vector_step_ms));
      if (out.range) return InvalidArgument("a range query does not give a range vector");
      out.start_ms = out.end_ms = out.vector_end_ms;
      return OkStatus();
    }
    if (kind == "string") {
      KVS_ASSIGN_OR_RETURN(const auto literal, promql::ParseExpr(rest));
      const auto* string = promql::AsIf<promql::StringLiteral>(literal.get());
      if (string == nullptr) return InvalidArgument("no string: ", rest);
      out.string = string->value;
      return OkStatus();
    }
    Expectation expectation;
    if (rest.starts_with("msg:")) {
      expectation = {Expectation::Match::kText, std::string(Trimmed(rest.substr(4), kBlanks))};
    } else if (rest.starts_with("regex:")) {
      expectation = {Expectation::Match::kRegex, std::string(Trimmed(rest.substr(6), kBlanks))};
    } else if (!rest.empty()) {
      return InvalidArgument("expected \"msg:\" or \"regex:\", found \"", rest, "\"");
    }
    if (kind == "ordered") {
      if (out.range) return InvalidArgument("the series of a range query are always ordered");
      out.ordered = true;
    } else if (kind == "fail") {
      out.fails = true;
      out.failure = expectation;
    } else if (kind == "warn") {
      out.warnings.push_back(expectation);
    } else if (kind == "info") {
      out.infos.push_back(expectation);
    } else if (kind == "no_warn") {
      out.no_warnings = true;
    } else if (kind == "no_info") {
      out.no_infos = true;
    } else {
      return InvalidArgument("unknown expectation ", kind);
    }
    return OkStatus();
  }

  std::vector<std::string_view> lines_;
  size_t at_ = 0;
};

}  // namespace

StatusOr<std::vector<Statement>> ParseScript(std::string_view name, std::string_view text) {
  Parser parser(text);
  StatusOr<std::vector<Statement>> statements = parser.Run();
  if (statements.ok()) return statements;
  return InvalidArgument(name, ":", parser.line(), ": ", statements.status().message());
}

}  // namespace kvs::testkit::promqltest
