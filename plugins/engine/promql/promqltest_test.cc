// SPDX-License-Identifier: Apache-2.0
// Prometheus' own test scripts against this engine.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "promqltest/runner.h"

namespace kvs::engine::promql::promqltest {
namespace {

std::string Folder() {
  const char* const dir = std::getenv("KVASIR_CONFORMANCE_DIR");
  // Tests run in the folder of their plugin.
  return dir != nullptr ? dir : "../../../../shared/conformance";
}

std::string ReadFile(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Statements that need what the engine does not have:
/// stored start timestamps.
size_t KnownFailures(const std::string& script) {
  if (script == "start_timestamps") return 18;
  return 0;
}

class PromqlScript : public ::testing::TestWithParam<const char*> {};

TEST_P(PromqlScript, HasTheExpectedResults) {
  const std::string text = ReadFile(Folder() + "/promql/" + GetParam() + ".test");
  if (text.empty()) GTEST_SKIP() << "no conformance scripts here";
  TestEngine engine;

  const StatusOr<ScriptReport> report = RunScript(text, engine);

  ASSERT_TRUE(report.ok()) << report.status().ToString();
  std::string failures;
  for (const std::string& failure : report->failures) failures += failure + "\n";
  RecordProperty("passed", report->passed);
  EXPECT_GT(report->passed, 0);
  EXPECT_LE(report->failures.size(), KnownFailures(GetParam())) << failures;
  std::cout << GetParam() << ": " << report->passed << " passed, " << report->failures.size()
            << " failed\n";
}

INSTANTIATE_TEST_SUITE_P(All, PromqlScript,
                         ::testing::Values("aggregators", "at_modifier", "collision",
                                           "duration_expression", "extended_vectors",
                                           "fill-modifier", "functions", "histograms", "info",
                                           "limit", "literals", "name_label_dropping",
                                           "native_histograms", "operators", "range_queries",
                                           "selectors", "staleness", "start_timestamps", "subquery",
                                           "trig_functions", "type_and_unit"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace kvs::engine::promql::promqltest
