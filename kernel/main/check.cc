// SPDX-License-Identifier: Apache-2.0
// kvasir check
#include <unistd.h>

#include "kernel/main/command.h"
#include "kernel/main/dry_run.h"
#include "kernel/main/plan_maker.h"

namespace kvs::kernel {
namespace {

constexpr OptionSpec kCheckOptions[] = {
    {"config", "FILE", "the configuration"},
    {"plugin-dir", "DIR", "a further folder to look for modules in; may be given several times"},
    {"json", nullptr, "print complaints as JSON, to standard output"},
};

std::string Count(size_t n, std::string_view noun) {
  return StrCat(n, " ", noun, n == 1 ? "" : "s");
}

size_t CountLinks(const Plan& plan) {
  size_t links = 0;
  for (const PlanComponent& component : plan.components) links += component.links.size();
  return links;
}

int Check(const Arguments& arguments, const Console& console) {
  const StatusOr<std::string> file = ConfigFile(arguments);
  if (!file.ok()) return UsageError(console, kCheckCommand, file.status());
  std::vector<std::string> dirs = arguments.All("plugin-dir");
  dirs.push_back(console.PluginDir());
  PlanMaker maker(*file, console.environment, std::move(dirs));
  Diagnostics diagnostics;
  const std::shared_ptr<const Plan> plan = maker.Make(&diagnostics);
  const bool ok = plan != nullptr && DryRun(plan, &diagnostics);

  if (arguments.Has("json")) {
    console.Print(diagnostics.ToJson());
  } else {
    console.Complain(diagnostics.ToText(isatty(fileno(console.err)) == 1));
    if (ok) {
      console.Print(*file, ": ok, ", Count(plan->components.size(), "component"), ", ",
                    Count(CountLinks(*plan), "link"), ", ",
                    Count(maker.loader().modules().size(), "module"), "\n");
    }
  }
  return ok ? kExitOk : kExitFailed;
}

}  // namespace

const Command kCheckCommand = {
    "check",
    "FILE",
    "say everything that is wrong with a configuration",
    "Reads FILE, loads the modules it lists, checks every value, wires the components, creates and "
    "links\n"
    "them, and stops there: nothing is opened, bound, written or called. Every error is shown at "
    "once,\n"
    "with its place and what to do about it.\n\n"
    "Exits with 0 when `kvasir run` would try to start it, with 1 when there is an error.",
    kCheckOptions,
    0,
    1,
    Check,
};

}  // namespace kvs::kernel
