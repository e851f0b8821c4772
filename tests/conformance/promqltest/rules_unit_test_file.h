// SPDX-License-Identifier: Apache-2.0
// Files of unit tests for rules, in the format of `promtool test rules`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::conformance {

using Texts = std::map<std::string, std::string>;

struct ExpectedAlert {
  Texts labels, annotations;
};
struct AlertTest {
  int64_t eval_ms = 0;
  std::string alertname;
  std::vector<ExpectedAlert> alerts;  ///< Firing ones.
};
struct ExpectedSample {
  std::string labels;
  double value = 0;
  std::string histogram;  ///< "{{schema:1 ...}}"; empty: a float.
};
struct ExprTest {
  std::string expr;
  int64_t eval_ms = 0;
  std::vector<ExpectedSample> samples;
};
struct TestGroup {
  std::string name;
  int64_t interval_ms = 0;
  std::vector<std::pair<std::string, std::string>> input_series;  ///< Series and values.
  std::vector<AlertTest> alert_tests;
  std::vector<ExprTest> expr_tests;
  Texts external_labels;
  std::string external_url;
};
struct UnitTestFile {
  std::vector<std::string> rule_files;  ///< As written: relative to the file, and may be patterns.
  int64_t evaluation_interval_ms = 60'000;
  std::vector<std::string> group_eval_order;
  std::vector<TestGroup> tests;
  bool fuzzy_compare = false;
};

/// InvalidArgument in the words of the YAML library or of promtool.
StatusOr<UnitTestFile> ParseUnitTestFile(const std::string& text);

}  // namespace kvs::conformance
