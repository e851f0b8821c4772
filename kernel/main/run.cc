// SPDX-License-Identifier: Apache-2.0
// kvasir run
#include "kernel/lifecycle/runtime.h"
#include "kernel/main/command.h"
#include "kernel/main/plan_maker.h"

namespace kvs::kernel {
namespace {

constexpr OptionSpec kRunOptions[] = {
    {"config", "FILE", "the configuration"},
    {"plugin-dir", "DIR", "a further folder to look for modules in; may be given several times"},
};

int Run(const Arguments& arguments, const Console& console) {
  const StatusOr<std::string> file = ConfigFile(arguments);
  if (!file.ok()) return UsageError(console, kRunCommand, file.status());
  std::vector<std::string> dirs = arguments.All("plugin-dir");
  dirs.push_back(console.PluginDir());
  PlanMaker maker(*file, console.environment, std::move(dirs));

  RuntimeOptions options;
  options.make_plan = [&maker](Diagnostics* diagnostics) { return maker.Make(diagnostics); };
  const int code = Runtime(std::move(options)).Run();
  return code == 0 ? kExitOk : kExitFailed;
}

}  // namespace

const Command kRunCommand = {
    "run",
    "FILE",
    "run a configuration until it is told to stop",
    "Loads the modules that FILE lists, checks and wires its components, starts them in the order "
    "of\n"
    "their dependencies, and runs until SIGINT or SIGTERM; then everything is drained and stopped "
    "the\n"
    "other way round, and a second signal leaves at once. SIGHUP reads FILE again and rebuilds "
    "only\n"
    "what has changed.\n\n"
    "Exits with 0 after an orderly stop, with 1 when FILE is wrong or a component fails to start.",
    kRunOptions,
    0,
    1,
    Run,
};

}  // namespace kvs::kernel
