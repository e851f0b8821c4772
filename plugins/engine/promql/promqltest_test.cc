// SPDX-License-Identifier: Apache-2.0
// The project's own test scripts against this engine, without a module or a process around it.
// `kvasir promqltest` runs the same, and Prometheus' scripts, against the module.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/testkit/promqltest/runner.h"

#include "test_engine.h"

namespace kvs::engine::promql {
namespace {

namespace fs = std::filesystem;

// Tests run in the folder of their plugin.
constexpr const char* kScripts = "../../../tests/promql";

std::vector<std::string> Scripts() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(kScripts)) {
    if (entry.path().extension() == ".test") out.push_back(entry.path().stem());
  }
  std::ranges::sort(out);
  return out;
}

std::string ReadFile(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(PromqlScriptTest, EveryScriptHasTheExpectedResults) {
  const std::vector<std::string> scripts = Scripts();
  ASSERT_FALSE(scripts.empty());
  for (const std::string& script : scripts) {
    TestEngine engine;
    const std::string name = StrCat("tests/promql/", script, ".test");
    const auto report = testkit::promqltest::RunScript(name, ReadFile(StrCat("../../../", name)),
                                                       engine.client(), engine.source());

    EXPECT_GT(report.passed, 0) << script;
    for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
  }
}

}  // namespace
}  // namespace kvs::engine::promql
