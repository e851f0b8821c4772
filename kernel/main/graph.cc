// SPDX-License-Identifier: Apache-2.0
// kvasir graph
#include <unistd.h>

#include "kernel/graph/print.h"
#include "kernel/main/command.h"
#include "kernel/main/plan_maker.h"

namespace kvs::kernel {
namespace {

constexpr OptionSpec kGraphOptions[] = {
    {"config", "FILE", "the configuration"},
    {"format", "FORMAT", "mermaid (the default), dot or json"},
    {"plugin-dir", "DIR", "a further folder to look for modules in; may be given several times"},
};

int Graph(const Arguments& arguments, const Console& console) {
  const StatusOr<std::string> file = ConfigFile(arguments);
  if (!file.ok()) return UsageError(console, kGraphCommand, file.status());
  const StatusOr<GraphFormat> format = ParseGraphFormat(arguments.Get("format", "mermaid"));
  if (!format.ok()) return UsageError(console, kGraphCommand, format.status());
  std::vector<std::string> dirs = arguments.All("plugin-dir");
  dirs.push_back(console.PluginDir());
  Diagnostics diagnostics;
  const auto plan = PlanMaker(*file, console.environment, std::move(dirs)).Make(&diagnostics);
  console.Complain(diagnostics.ToText(isatty(fileno(console.err)) == 1));
  if (plan == nullptr) return kExitFailed;
  console.Print(PrintGraph(*plan, *format));
  return kExitOk;
}

}  // namespace

const Command kGraphCommand = {
    "graph",
    "FILE",
    "draw how a configuration's components are wired",
    "Prints the components of FILE and an arrow for each link, from who requires to who provides:\n"
    "as Mermaid (shown by GitHub and GitLab), as DOT (for Graphviz) or as JSON. A running process\n"
    "shows its own at /graph.",
    kGraphOptions,
    0,
    1,
    Graph,
};

}  // namespace kvs::kernel
