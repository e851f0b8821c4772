// SPDX-License-Identifier: Apache-2.0
// kvasir-rules-test: `kvasir rules test`, unit tests of rules as `promtool test rules` runs them.
//
// Exit codes: 0 every test passed; 1 one did not; 2 the command line is wrong.
#include <glob.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/rules/rule_file.h"
#include "kvs/testkit/promqltest/engine_client.h"
#include "kvs/testkit/promqltest/features.h"

#include "engine_under_test.h"
#include "kernel/main/arguments.h"
#include "rules_unit_test.h"
#include "rules_unit_test_file.h"

namespace kvs::conformance {
namespace {

constexpr kernel::OptionSpec kOptions[] = {
    {"enable-feature", "NAME,...", "Prometheus' feature flags to switch on"},
    {"plugin", "PATH.so", "the module with the engine; the installed engine.promql unless told"},
    {"help", nullptr, "print this"},
};

constexpr int kExitOk = 0, kExitFailed = 1, kExitUsage = 2;

StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound("open ", path, ": no such file or directory");
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

std::string InstalledPlugins() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path().parent_path().parent_path() / "lib/kvasir/plugins").string();
}

// Relative to the file, and patterns.
std::vector<std::string> RuleFiles(const std::string& test_file,
                                   const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  for (const std::string& pattern : patterns) {
    const std::filesystem::path path(pattern);
    const std::string whole =
        path.is_absolute() ? pattern
                           : (std::filesystem::path(test_file).parent_path() / path).string();
    glob_t found{};
    if (::glob(whole.c_str(), 0, nullptr, &found) != 0)
      std::fprintf(stderr, "  WARNING: no file match pattern %s\n", whole.c_str());
    for (size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
  }
  return out;
}

std::vector<std::string> RunFile(const std::string& path, EngineUnderTest& under_test) {
  const StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return {text.status().message()};
  const StatusOr<UnitTestFile> file = ParseUnitTestFile(*text);
  if (!file.ok()) return {file.status().message()};
  std::vector<rules::Group> groups;
  for (const std::string& rule_file : RuleFiles(path, file->rule_files)) {
    const StatusOr<std::string> rule_text = ReadFile(rule_file);
    if (!rule_text.ok()) return {rule_text.status().message()};
    rules::ParsedRules parsed = rules::ParseRuleFile(*rule_text);
    std::vector<std::string> errors;
    for (const std::string& error : parsed.errors) errors.push_back(StrCat(rule_file, ": ", error));
    if (!errors.empty()) return errors;
    groups.insert(groups.end(), parsed.groups.begin(), parsed.groups.end());
  }
  const auto place = [&](const rules::Group& group) {
    const auto at =
        std::find(file->group_eval_order.begin(), file->group_eval_order.end(), group.name);
    return at == file->group_eval_order.end() ? ptrdiff_t{0} : at - file->group_eval_order.begin();
  };
  std::stable_sort(groups.begin(), groups.end(), [&](const rules::Group& a, const rules::Group& b) {
    return place(a) < place(b);
  });
  testkit::promqltest::EngineClient client(under_test.engine());
  std::vector<std::string> failures;
  for (const TestGroup& test : file->tests) {
    for (std::string& failure : RunTestGroup(test, *file, groups, client, under_test.source()))
      failures.push_back(std::move(failure));
  }
  return failures;
}

int Main(const std::vector<std::string>& words) {
  const StatusOr<kernel::Arguments> arguments = kernel::Arguments::Parse(kOptions, words);
  if (!arguments.ok() || arguments->Has("help") || arguments->positional().empty()) {
    if (!arguments.ok())
      std::fprintf(stderr, "kvasir rules test: %s\n", arguments.status().message().c_str());
    std::FILE* const out = arguments.ok() && arguments->Has("help") ? stdout : stderr;
    std::fputs(
        "usage: kvasir rules test [OPTIONS] FILE...\n\nRuns unit tests of rules, in the format of "
        "promtool.\n\noptions:\n",
        out);
    std::fputs(kernel::HelpOf(kOptions).c_str(), out);
    return out == stdout ? kExitOk : kExitUsage;
  }
  EngineChoice choice;
  choice.module_file = arguments->Get("plugin", InstalledPlugins() + "/engine.promql.so");
  choice.features = testkit::promqltest::FeatureList(arguments->All("enable-feature"));
  choice.plugin_dirs = {InstalledPlugins()};
  const auto under_test = EngineUnderTest::Start(choice);
  if (!under_test.ok()) {
    std::fprintf(stderr, "kvasir rules test: %s\n", under_test.status().message().c_str());
    return kExitFailed;
  }
  bool failed = false;
  for (const std::string& path : arguments->positional()) {
    std::printf("Unit Testing:  %s\n", path.c_str());
    std::fflush(stdout);
    const std::vector<std::string> failures = RunFile(path, **under_test);
    if (failures.empty()) {
      std::puts("  SUCCESS");
    } else {
      failed = true;
      std::fputs("  FAILED:\n", stderr);
      for (const std::string& failure : failures) {
        std::fprintf(stderr, "%s\n", failure.c_str());
        std::puts("");
      }
    }
    std::puts("");
  }
  return failed ? kExitFailed : kExitOk;
}

}  // namespace
}  // namespace kvs::conformance

int main(int argc, char** argv) {
  return kvs::conformance::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
