// SPDX-License-Identifier: Apache-2.0
// kvasir describe
#include "kernel/config/suggest.h"
#include "kernel/main/command.h"
#include "kernel/main/installed.h"
#include "kernel/main/reference.h"

namespace kvs::kernel {
namespace {

constexpr OptionSpec kDescribeOptions[] = {
    {"plugin-dir", "DIR", "a further folder to look in; may be given several times"},
};

int Describe(const Arguments& arguments, const Console& console) {
  Installed installed;
  LoadInstalled(arguments, console, &installed);
  const std::string& name = arguments.positional()[0];
  const TypeInfo* info = installed.catalog.Find(name);
  if (info == nullptr) {
    std::vector<std::string> names;
    for (const auto& [known, unused] : installed.catalog.types()) names.push_back(known);
    console.Complain("kvasir describe: there is no component type \"", name, "\"; ",
                     DidYouMean(name, names, "`kvasir plugins list` shows what there is"), "\n");
    return kExitFailed;
  }
  console.Print(DescribeType(*info));
  return kExitOk;
}

}  // namespace

const Command kDescribeCommand = {
    "describe",
    "TYPE",
    "explain a component type: ports, keys, defaults",
    "Prints what a component type provides and requires, its keys with their defaults, and a "
    "component\n"
    "to start from. `kvasir plugins list` shows the types that are installed.",
    kDescribeOptions,
    1,
    1,
    Describe,
};

}  // namespace kvs::kernel
