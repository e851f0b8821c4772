// SPDX-License-Identifier: Apache-2.0
// kvasir-promqltest: runs Prometheus' test scripts against a query engine.
//
// Exit codes: 0 every statement passed; 1 one did not; 2 the command line is wrong.
#include <limits.h>
#include <stdlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/testkit/promqltest/features.h"
#include "kvs/testkit/promqltest/runner.h"

#include "engine_under_test.h"
#include "kernel/main/arguments.h"
#include "requests.h"

namespace kvs::conformance {
namespace {

constexpr kernel::OptionSpec kOptions[] = {
    {"enable-feature", "NAME,...",
     "Prometheus' feature flags to switch on; `all` for every one that test scripts assume"},
    {"plugin", "PATH.so", "the module with the engine; the installed engine.promql unless told"},
    {"type", "TYPE", "which component type of the module; needed when several are engines"},
    {"config", "FILE",
     "a configuration with the component `engine` and one of type promqltest.source, which holds "
     "what scripts load; for engines that need more than a source"},
    {"plugin-dir", "DIR", "a further folder for the other modules that FILE lists"},
    {"requests", nullptr,
     "run nothing, and print what a server would be sent instead, a line of JSON for each statement"},
    {"help", nullptr, "print this"},
};

constexpr int kExitOk = 0, kExitFailed = 1, kExitUsage = 2;

void PrintHelp(std::FILE* out) {
  std::fputs(
      "usage: kvasir promqltest [OPTIONS] FILE...\n\n"
      "Runs files in Prometheus' test-script format against a query engine, loaded as a module.\n"
      "Every eval statement counts as one that passed or failed; those that failed are shown with\n"
      "their place, what was expected and what came. The last line is `N passed, M failed`; exits\n"
      "with 1 when anything failed.\n\noptions:\n",
      out);
  std::fputs(kernel::HelpOf(kOptions).c_str(), out);
}

int Complain(const Status& status, int code) {
  std::fprintf(stderr, "kvasir promqltest: %s\n", status.message().c_str());
  return code;
}

// Modules of the installation that this program is part of:
// PREFIX/libexec/kvasir/kvasir-promqltest.
std::string InstalledPlugins() {
  char buffer[PATH_MAX];
  std::string prefix = realpath("/proc/self/exe", buffer) == nullptr ? "" : buffer;
  for (int up = 0; up < 3 && !prefix.empty(); ++up) prefix.erase(prefix.find_last_of('/'));
  return prefix + "/lib/kvasir/plugins";
}

StatusOr<std::string> ReadScript(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return NotFound(path, ": ", std::strerror(errno));
  std::string text;
  char buffer[65536];
  while (const size_t n = std::fread(buffer, 1, sizeof(buffer), file)) text.append(buffer, n);
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return Unavailable(path, ": cannot be read");
  return text;
}

int RunScripts(const std::vector<std::string>& files, EngineUnderTest& under_test) {
  namespace pt = testkit::promqltest;
  pt::EngineClient client(under_test.engine());
  int passed = 0;
  size_t failed = 0;
  for (const std::string& path : files) {
    const StatusOr<std::string> text = ReadScript(path);
    const pt::ScriptReport report =
        text.ok() ? pt::RunScript(path, *text, client, under_test.source())
                  : pt::ScriptReport{0, {StrCat(text.status().message(), "\n")}};
    for (const std::string& failure : report.failures) std::fputs(failure.c_str(), stdout);
    const size_t all = static_cast<size_t>(report.passed) + report.failures.size();
    std::printf("%s: %d of %zu as expected\n", path.c_str(), report.passed, all);
    std::fflush(stdout);
    passed += report.passed;
    failed += report.failures.size();
  }
  std::printf("%d passed, %zu failed\n", passed, failed);
  return failed == 0 ? kExitOk : kExitFailed;
}

int PrintRequests(const std::vector<std::string>& files) {
  for (const std::string& path : files) {
    StatusOr<std::string> requests = ReadScript(path);
    if (requests.ok()) requests = RequestsOf(path, *requests);
    if (!requests.ok()) return Complain(requests.status(), kExitFailed);
    std::fputs(requests->c_str(), stdout);
  }
  return kExitOk;
}

int Main(const std::vector<std::string>& words) {
  const StatusOr<kernel::Arguments> arguments = kernel::Arguments::Parse(kOptions, words);
  if (!arguments.ok()) return Complain(arguments.status(), kExitUsage);
  if (arguments->Has("help")) {
    PrintHelp(stdout);
    return kExitOk;
  }
  if (arguments->positional().empty()) {
    PrintHelp(stderr);
    return kExitUsage;
  }
  if (arguments->Has("requests")) return PrintRequests(arguments->positional());
  EngineChoice choice;
  choice.module_file = arguments->Get("plugin", InstalledPlugins() + "/engine.promql.so");
  choice.type = arguments->Get("type");
  choice.config_file = arguments->Get("config");
  choice.features = testkit::promqltest::FeatureList(arguments->All("enable-feature"));
  choice.plugin_dirs = arguments->All("plugin-dir");
  choice.plugin_dirs.push_back(InstalledPlugins());
  if (!choice.config_file.empty() && (!choice.features.empty() || !choice.type.empty())) {
    return Complain(InvalidArgument("--config says all about the engine: no --type, no "
                                    "--enable-feature beside it"),
                    kExitUsage);
  }
  const auto under_test = EngineUnderTest::Start(choice);
  if (!under_test.ok()) return Complain(under_test.status(), kExitFailed);
  return RunScripts(arguments->positional(), **under_test);
}

}  // namespace
}  // namespace kvs::conformance

int main(int argc, char** argv) {
  return kvs::conformance::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
