// SPDX-License-Identifier: Apache-2.0
// Prometheus' test scripts as data: `load` fills the store, `eval` asks and says what must come,
// `clear` empties the store. tests/promql/README.md describes the grammar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/testkit/promqltest/points.h"

namespace kvs::testkit::promqltest {

struct ClearStatement {};

struct LoadStatement {
  int line = 0;  ///< From 1.
  int64_t step_ms = 0;
  bool with_nhcb = false;
  std::vector<std::string> lines;
};

/// `expect warn msg:...` and the like.
struct Expectation {
  enum class Match : uint8_t { kAny, kText, kRegex };
  Match match = Match::kAny;
  std::string text;
};

struct ExpectedSeries {
  model::Labels labels;
  std::vector<Point> points;
};

struct EvalStatement {
  int line = 0;      ///< From 1.
  std::string text;  ///< The first line, as written.
  bool range = false;
  int64_t start_ms = 0;  ///< Instant: the time.
  int64_t end_ms = 0;
  int64_t step_ms = 0;
  std::string query;

  bool ordered = false;
  bool fails = false;
  Expectation failure;
  std::vector<Expectation> warnings, infos;
  bool no_warnings = false, no_infos = false;
  std::optional<double> scalar;
  std::optional<std::string> string;
  /// `expect range vector`: the points of the series are at these times.
  bool range_vector = false;
  int64_t vector_start_ms = 0, vector_end_ms = 0, vector_step_ms = 0;
  std::vector<ExpectedSeries> series;
};

using Statement = std::variant<ClearStatement, LoadStatement, EvalStatement>;

/// Parses a whole script. An error begins with `name:LINE: `; `name` is the file's. [any]
StatusOr<std::vector<Statement>> ParseScript(std::string_view name, std::string_view text);

}  // namespace kvs::testkit::promqltest
