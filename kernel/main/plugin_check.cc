// SPDX-License-Identifier: Apache-2.0
// kvasir plugin-check: what the kernel itself can say about a module. The suites of the single
// ports are a program of their own, since the kernel knows no port.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <sys/wait.h>

#include "kernel/graph/type_view.h"
#include "kernel/main/command.h"
#include "kernel/main/dry_run.h"
#include "kernel/main/plan_maker.h"

namespace kvs::kernel {
namespace {

constexpr OptionSpec kPluginCheckOptions[] = {
    {"config", "FILE", "a configuration with components of the module's types, to try them with"},
    {"type", "TYPE", "only components of this type"},
    {"case", "NAME", "only the test of this name"},
    {"plugin-dir", "DIR", "a further folder for the other modules that FILE lists"},
};

constexpr const char* kSuites = "kvasir-conformance";

class Checker {
 public:
  explicit Checker(const Console& console) : console_(console) {}

  void Step(std::string_view what, bool ok) {
    console_.Print(ok ? "ok    " : "FAIL  ", what, "\n");
    if (!ok) failed_ = true;
  }
  bool failed() const { return failed_; }

 private:
  const Console& console_;
  bool failed_ = false;
};

// Creates and links the whole configuration twice in one process: what keeps state outside its
// instances shows here.
void TryWithConfig(PlanMaker& maker, const std::string& module_id, const Console& console,
                   Checker* checker) {
  Diagnostics diagnostics;
  const auto plan = maker.Make(&diagnostics);
  checker->Step("the configuration fits the declared ports and keys", plan != nullptr);
  if (plan != nullptr) {
    size_t used = 0;
    for (const PlanComponent& component : plan->components)
      used += component.module_id == module_id ? 1 : 0;
    checker->Step("the configuration uses the module", used > 0);
    checker->Step("components are created, linked and destroyed", DryRun(plan, &diagnostics));
    checker->Step("and a second time", DryRun(plan, &diagnostics));
  }
  console.Complain(diagnostics.ToText(isatty(fileno(console.err)) == 1));
}

// Runs the suites as a child, so that a module that crashes fails a check and nothing else.
int RunSuites(const std::string& program, const Arguments& arguments, const Console& console) {
  std::vector<std::string> words{program, arguments.positional()[0]};
  for (const OptionSpec& option : kPluginCheckOptions) {
    for (const std::string& value : arguments.All(option.name)) {
      words.push_back(StrCat("--", option.name));
      words.push_back(value);
    }
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0 || !WIFEXITED(status)) {
    console.Complain("kvasir plugin-check: ", program, " did not end by itself\n");
    return kExitFailed;
  }
  return WEXITSTATUS(status) == 0 ? kExitOk : kExitFailed;
}

int PluginCheck(const Arguments& arguments, const Console& console) {
  const std::string& file = arguments.positional()[0];
  const std::string config = arguments.Get("config");
  std::vector<std::string> dirs = arguments.All("plugin-dir");
  dirs.push_back(console.PluginDir());
  Checker checker(console);

  PlanMaker maker(config, console.environment, std::move(dirs));
  const Status loaded = maker.AddModule(file);
  checker.Step("the module loads, and its record is sound", loaded.ok());
  if (!loaded.ok()) {
    console.Complain("kvasir plugin-check: ", loaded.message(), "\n");
    return kExitFailed;
  }
  const kvs_module_t& module = *maker.loader().modules().begin()->second.module;
  for (uint64_t i = 0; i < module.n_types; ++i) {
    checker.Step(StrCat("type ", module.types[i]->name, " says what it is"),
                 !OrEmpty(module.types[i]->summary).empty());
  }
  if (!config.empty()) TryWithConfig(maker, module.id, console, &checker);

  const std::string suites = StrCat(console.HelperDir(), "/", kSuites);
  if (access(suites.c_str(), X_OK) != 0) {
    console.Complain("kvasir plugin-check: the suites of the ports are not installed (", suites,
                     ")\n");
  } else if (RunSuites(suites, arguments, console) != kExitOk) {
    return kExitFailed;
  }
  return checker.failed() ? kExitFailed : kExitOk;
}

}  // namespace

const Command kPluginCheckCommand = {
    "plugin-check",
    "PLUGIN.so",
    "try a module: its record, its components, the suite of every port",
    "Loads PLUGIN.so whatever any list says, checks its record, creates and links the components "
    "of\n"
    "the configuration twice, and runs the conformance suite of every port that it provides, each "
    "test in\n"
    "a process and a folder of its own, which FILE may name as ${KVASIR_CHECK_DIR}, and with a "
    "free address\n"
    "for what listens, ${KVASIR_CHECK_ADDRESS}. Without FILE, types that need neither keys nor "
    "ports are\n"
    "tried with their defaults. Exits with 1 when anything fails.",
    kPluginCheckOptions,
    1,
    1,
    PluginCheck,
};

}  // namespace kvs::kernel
