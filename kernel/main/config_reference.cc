// SPDX-License-Identifier: Apache-2.0
// kvasir config reference
#include "kernel/main/command.h"
#include "kernel/main/installed.h"
#include "kernel/main/reference.h"

namespace kvs::kernel {
namespace {

constexpr OptionSpec kReferenceOptions[] = {
    {"plugin-dir", "DIR", "a further folder to look in; may be given several times"},
};

int ConfigReference(const Arguments& arguments, const Console& console) {
  Installed installed;
  LoadInstalled(arguments, console, &installed);
  console.Print(ReferencePage(installed.catalog));
  return kExitOk;
}

}  // namespace

const Command kConfigReferenceCommand = {
    "config reference",
    "",
    "print every section, component type and key as Markdown",
    "Prints the configuration reference of everything that is installed. docs/configuration.md is "
    "this\n"
    "command's output.",
    kReferenceOptions,
    0,
    0,
    ConfigReference,
};

}  // namespace kvs::kernel
