// SPDX-License-Identifier: Apache-2.0
// kvasir plugins list
#include "kernel/graph/type_view.h"
#include "kernel/main/command.h"
#include "kernel/main/installed.h"
#include "kernel/text/text.h"

namespace kvs::kernel {
namespace {

constexpr OptionSpec kListOptions[] = {
    {"plugin-dir", "DIR", "a further folder to look in; may be given several times"},
    {"json", nullptr, "print as JSON"},
};

void PrintText(const Installed& installed, const Console& console) {
  for (const auto& [id, loaded] : installed.loader.modules()) {
    const kvs_module_t& module = *loaded.module;
    console.Print(id, " ", OrEmpty(module.version), "  (", OrEmpty(module.vendor), ", ",
                  OrEmpty(module.license), ")  ", loaded.path, "\n");
    for (uint64_t i = 0; i < module.n_types; ++i) {
      const kvs_component_type_t& type = *module.types[i];
      console.Print("    ", type.name, "  [", StabilityName(type), "]  ", OrEmpty(type.summary),
                    "\n");
    }
  }
}

void AppendMember(std::string_view name, std::string_view value, std::string& out) {
  AppendQuoted(out, name);
  out += ": ";
  AppendQuoted(out, value);
}

void PrintJson(const Installed& installed, const Console& console) {
  std::string out = "[";
  for (const auto& [id, loaded] : installed.loader.modules()) {
    const kvs_module_t& module = *loaded.module;
    out += out.size() > 1 ? ",\n {" : "\n {";
    AppendMember("id", id, out);
    out += ", ";
    AppendMember("version", OrEmpty(module.version), out);
    out += ", ";
    AppendMember("vendor", OrEmpty(module.vendor), out);
    out += ", ";
    AppendMember("license", OrEmpty(module.license), out);
    out += ", ";
    AppendMember("path", loaded.path, out);
    StrAppend(out, ", \"abi_minor\": ", module.abi_minor, ", \"types\": [");
    for (uint64_t i = 0; i < module.n_types; ++i) {
      out += i > 0 ? ", {" : "{";
      AppendMember("name", module.types[i]->name, out);
      out += ", ";
      AppendMember("stability", StabilityName(*module.types[i]), out);
      out += ", ";
      AppendMember("summary", OrEmpty(module.types[i]->summary), out);
      out += "}";
    }
    out += "]}";
  }
  console.Print(out, out.size() > 1 ? "\n]\n" : "]\n");
}

int PluginsList(const Arguments& arguments, const Console& console) {
  Installed installed;
  LoadInstalled(arguments, console, &installed);
  if (arguments.Has("json")) {
    PrintJson(installed, console);
  } else {
    PrintText(installed, console);
  }
  return kExitOk;
}

}  // namespace

const Command kPluginsListCommand = {
    "plugins list",
    "",
    "list the installed modules and their component types",
    "Loads every module of the plugin folder and prints its id, version, vendor and licence, and "
    "the\n"
    "component types in it. A module that cannot be loaded is complained about on standard error.",
    kListOptions,
    0,
    0,
    PluginsList,
};

}  // namespace kvs::kernel
