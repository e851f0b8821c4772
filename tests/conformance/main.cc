// SPDX-License-Identifier: Apache-2.0
// kvasir-conformance: runs the suite of every port that a module provides, each case in a process
// of its own.
//
//   kvasir-conformance PLUGIN.so [--config FILE] [--type TYPE] [--case NAME] [--plugin-dir DIR]
//   [--list] [--limit SECONDS]
//
// Exit codes: 0 nothing failed; 1 something did; 2 the command line is wrong.
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/testkit/temp_dir.h"

#include "case_process.h"
#include "checked_component.h"
#include "kernel/main/arguments.h"

namespace kvs::conformance {
namespace {

constexpr kernel::OptionSpec kOptions[] = {
    {"config", "FILE", "a configuration with components of the module's types"},
    {"type", "TYPE", "only components of this type"},
    {"case", "NAME", "only the case of this name"},
    {"plugin-dir", "DIR", "a further folder for the other modules that FILE lists"},
    {"limit", "SECONDS", "how long a case may take; 30 unless told"},
    {"list", nullptr, "print the cases and run none"},
    {"in-process", "COMPONENT/INTERFACE", "run --case right here, for debuggers"},
};

constexpr int kExitOk = 0, kExitFailed = 1, kExitUsage = 2;

const char* Word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass   ";
    case Verdict::kSkip:
      return "skip   ";
    case Verdict::kFail:
      return "FAIL   ";
    case Verdict::kCrash:
      return "CRASH  ";
    case Verdict::kTimeout:
      return "TIMEOUT";
  }
  return "";
}

int Complain(const Status& status) {
  std::fprintf(stderr, "kvasir-conformance: %s\n", status.message().c_str());
  return kExitFailed;
}

std::string Absolute(const std::string& path) {
  char buffer[PATH_MAX];
  return realpath(path.c_str(), buffer) == nullptr ? path : std::string(buffer);
}

// Modules of the installation that this program is part of:
// PREFIX/libexec/kvasir/kvasir-conformance.
std::string InstalledPlugins() {
  std::string prefix = Absolute("/proc/self/exe");
  for (int up = 0; up < 3; ++up) prefix.erase(prefix.find_last_of('/'));
  return prefix + "/lib/kvasir/plugins";
}

// In the case process.
int RunOne(const std::shared_ptr<const kernel::Plan>& plan, const std::string& where,
           const std::string& name) {
  const size_t slash = where.find('/');
  const testkit::Suite* suite =
      slash == std::string::npos ? nullptr : testkit::FindSuite(where.substr(slash + 1));
  if (suite == nullptr) return TellResult(InvalidArgument("no suite for ", where));
  for (const testkit::Case& c : suite->cases) {
    if (name == c.name) return TellResult(RunCase(plan, where.substr(0, slash), *suite, c));
  }
  return TellResult(InvalidArgument("no case ", name, " in ", where));
}

class Report {
 public:
  void Add(const CheckedPort& port, const testkit::Case& c, const CaseResult& result) {
    std::printf("%s  %s  %s.%s%s%s\n", Word(result.verdict), port.component.c_str(),
                port.suite->iface, c.name, result.detail.empty() ? "" : ": ",
                result.detail.c_str());
    std::fflush(stdout);
    ++counts_[static_cast<size_t>(result.verdict)];
  }
  int Finish() const {
    const auto n = [this](Verdict verdict) { return counts_[static_cast<size_t>(verdict)]; };
    std::printf("%d passed, %d skipped, %d failed, %d crashed, %d timed out\n", n(Verdict::kPass),
                n(Verdict::kSkip), n(Verdict::kFail), n(Verdict::kCrash), n(Verdict::kTimeout));
    return n(Verdict::kFail) + n(Verdict::kCrash) + n(Verdict::kTimeout) == 0 ? kExitOk
                                                                              : kExitFailed;
  }

 private:
  int counts_[5] = {};
};

// In the process that the user started.
int RunAll(const Subject& subject, const std::vector<CheckedPort>& ports,
           const kernel::Arguments& arguments, unsigned limit) {
  Report report;
  const std::string only = arguments.Get("case");
  for (const CheckedPort& port : ports) {
    for (const testkit::Case& c : port.suite->cases) {
      if (!only.empty() && only != c.name) continue;
      if (arguments.Has("list")) {
        std::printf("%s  %s.%s\n", port.component.c_str(), port.suite->iface, c.name);
        continue;
      }
      std::vector<std::string> words{subject.module_file,
                                     "--config",
                                     subject.config_file,
                                     "--case",
                                     c.name,
                                     "--in-process",
                                     StrCat(port.component, "/", port.suite->iface)};
      for (const std::string& dir : subject.plugin_dirs) {
        words.push_back("--plugin-dir");
        words.push_back(dir);
      }
      report.Add(port, c, RunCaseProcess(words, limit));
    }
  }
  return arguments.Has("list") ? kExitOk : report.Finish();
}

int Main(const std::vector<std::string>& words) {
  const StatusOr<kernel::Arguments> arguments = kernel::Arguments::Parse(kOptions, words);
  if (!arguments.ok() || arguments->positional().size() != 1) {
    std::fprintf(stderr, "kvasir-conformance: %s\nusage: kvasir-conformance PLUGIN.so [OPTIONS]\n",
                 arguments.ok() ? "one module, please" : arguments.status().message().c_str());
    for (const kernel::OptionSpec& option : kOptions) {
      std::fprintf(stderr, "  --%s %s: %s\n", option.name,
                   option.value == nullptr ? "" : option.value, option.summary);
    }
    return kExitUsage;
  }
  unsigned limit = 30;
  const std::string limit_text = arguments->Get("limit", "30");
  if (std::from_chars(limit_text.data(), limit_text.data() + limit_text.size(), limit).ec !=
          std::errc() ||
      limit == 0) {
    Complain(InvalidArgument("--limit ", limit_text, " is no number of seconds"));
    return kExitUsage;
  }
  // Cases run in folders of their own, so relative paths would lead elsewhere.
  Subject subject{Absolute(arguments->positional()[0]), arguments->Get("config"), {}};
  for (const std::string& dir : arguments->All("plugin-dir"))
    subject.plugin_dirs.push_back(Absolute(dir));
  if (!arguments->Has("in-process")) subject.plugin_dirs.push_back(InstalledPlugins());

  const testkit::TempDir folder;
  if (subject.config_file.empty()) {
    kernel::PlanMaker maker("", kernel::Environment::Process(), {});
    if (const Status loaded = maker.AddModule(subject.module_file); !loaded.ok())
      return Complain(loaded);
    subject.config_file = folder.path() + "/default.toml";
    testkit::WriteFile(subject.config_file, DefaultConfig(maker));
  }
  subject.config_file = Absolute(subject.config_file);
  setenv("KVASIR_CHECK_DIR", folder.path().c_str(), 0);
  setenv("KVASIR_CHECK_ADDRESS", "127.0.0.1:0", 0);
  kernel::PlanMaker maker(subject.config_file, kernel::Environment::Process(), subject.plugin_dirs);
  std::string module_id;
  const auto plan = MakePlan(subject, &maker, &module_id);
  if (arguments->Has("in-process")) {
    return plan.ok() ? RunOne(*plan, arguments->Get("in-process"), arguments->Get("case"))
                     : TellResult(plan.status());
  }
  if (!plan.ok()) return Complain(plan.status());
  const std::vector<CheckedPort> ports = PortsToCheck(**plan, module_id, arguments->Get("type"));
  if (ports.empty())
    std::fprintf(stderr,
                 "kvasir-conformance: the configuration has no component of the module with a port "
                 "that there is a suite for\n");
  return RunAll(subject, ports, *arguments, limit);
}

}  // namespace
}  // namespace kvs::conformance

int main(int argc, char** argv) {
  return kvs::conformance::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
