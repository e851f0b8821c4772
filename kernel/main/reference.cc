// SPDX-License-Identifier: Apache-2.0
#include "kernel/main/reference.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/base/str_cat.h"

#include "kernel/config/schema.h"
#include "kernel/config/settings.h"
#include "kernel/config/suggest.h"
#include "kernel/config/typed_value.h"
#include "kernel/graph/type_view.h"
#include "kernel/text/text.h"

namespace kvs::kernel {
namespace {

// Text in a cell of a Markdown table.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string DefaultText(const kvs_config_key_t& key) {
  if ((key.flags & KVS_CONFIG_REQUIRED) != 0) return "required";
  if (key.default_value == nullptr) return "none";
  return key.default_value[0] == '\0' ? "empty" : key.default_value;
}

std::string DefaultCell(const kvs_config_key_t& key) {
  const bool is_value =
      (key.flags & KVS_CONFIG_REQUIRED) == 0 && !OrEmpty(key.default_value).empty();
  const std::string text = Cell(DefaultText(key));
  return is_value ? StrCat("`", text, "`") : text;
}

// Everything there is to say about a key, in sentences.
std::string Meaning(const kvs_config_key_t& key) {
  std::string out(OrEmpty(key.summary));
  if (!out.empty() && out.back() != '.') out += '.';
  if (const std::string allowed = AllowedValues(key); !allowed.empty())
    StrAppend(out, " Allowed: ", allowed, ".");
  if ((key.flags & KVS_CONFIG_RELOADABLE) != 0) out += " Reloadable.";
  if ((key.flags & KVS_CONFIG_DEPRECATED) != 0) out += " Deprecated.";
  return out;
}

void AppendKeyTable(std::span<const kvs_config_key_t> keys, std::string& out) {
  out += "| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |\n";
  for (const kvs_config_key_t& key : keys) {
    StrAppend(out, "| `", key.name, "` | ", ConfigTypeName(key.type), " | ", DefaultCell(key),
              " | ", Cell(Meaning(key)), " |\n");
  }
  out += '\n';
}

std::string Direction(const kvs_port_t& port) {
  return (port.flags & KVS_PORT_REQUIRES) != 0 ? StrCat("requires ", Multiplicity(port))
                                               : std::string("provides");
}

void AppendPortTable(std::span<const kvs_port_t> ports, std::string& out) {
  out += "| Port | | Interface | Meaning |\n| --- | --- | --- | --- |\n";
  for (const kvs_port_t& port : ports) {
    std::vector<std::string> ids;
    for (const std::string& id : Interfaces(port)) ids.push_back(StrCat("`", id, "`"));
    StrAppend(out, "| `", port.name, "` | ", Direction(port), " | ", JoinNames(ids, 8, "or"), " | ",
              Cell(OrEmpty(port.summary)), " |\n");
  }
  out += '\n';
}

void AppendType(const TypeInfo& info, std::string& out) {
  const kvs_component_type_t& type = *info.type;
  StrAppend(out, "### ", type.name, "\n\n", OrEmpty(type.summary), "\n\nModule `", info.module_id,
            "`, ", StabilityName(type), ".\n\n");
  if (type.n_ports > 0) AppendPortTable(Ports(type), out);
  if (type.n_keys > 0) AppendKeyTable(Keys(type), out);
}

// "storage" of "storage.filesystem".
std::string_view Kind(std::string_view type_name) {
  return type_name.substr(0, type_name.find('.'));
}

// What to write in a file for a key: its default, or something of its type.
std::string ExampleValue(const kvs_config_key_t& key) {
  const std::string_view value = OrEmpty(key.default_value);
  switch (key.type) {
    case KVS_CONFIG_BOOL:
      return value.empty() ? "true" : std::string(value);
    case KVS_CONFIG_INT:
      return value.empty() ? FormatConfigNumber(key.type, key.minimum) : std::string(value);
    case KVS_CONFIG_FLOAT:
      return value.empty() ? "1.0" : std::string(value);
    case KVS_CONFIG_STRINGS:
      return "[\"...\"]";
    case KVS_CONFIG_MAP:
      return "{ name = \"...\" }";
    case KVS_CONFIG_SECRET:
      return "\"env:NAME\"";
    case KVS_CONFIG_DURATION:
      return value.empty() ? "\"30s\"" : StrCat("\"", value, "\"");
    case KVS_CONFIG_BYTES:
      return value.empty() ? "\"64MiB\"" : StrCat("\"", value, "\"");
    default:
      break;
  }
  if (value.empty() && key.choices != nullptr && *key.choices != nullptr)
    return StrCat("\"", *key.choices, "\"");
  std::string out;
  AppendQuoted(out, value.empty() ? "..." : value);
  return out;
}

// The shortest component of this type that passes a check.
std::string Example(const TypeInfo& info) {
  const kvs_component_type_t& type = *info.type;
  std::string out = StrCat("  [plugins]\n  load = [\"", info.module_id,
                           "\"]\n\n  [component.NAME]\n  type = \"", type.name, "\"\n");
  std::string ports;
  for (const kvs_port_t& port : Ports(type)) {
    if ((port.flags & KVS_PORT_REQUIRES) == 0 || port.min_links == 0) continue;
    StrAppend(ports, ports.empty() ? "" : ", ", port.name,
              port.max_links > 1 ? " = [\"...\"]" : " = \"...\"");
  }
  if (!ports.empty()) StrAppend(out, "  ports = { ", ports, " }\n");
  for (const kvs_config_key_t& key : Keys(type)) {
    if ((key.flags & KVS_CONFIG_REQUIRED) != 0)
      StrAppend(out, "  ", key.name, " = ", ExampleValue(key), "\n");
  }
  return out;
}

}  // namespace

std::string AllowedValues(const kvs_config_key_t& key) {
  if (key.choices != nullptr) {
    std::vector<std::string> choices;
    for (const char* const* choice = key.choices; *choice != nullptr; ++choice)
      choices.emplace_back(*choice);
    return JoinNames(choices, 32, "or");
  }
  if (key.minimum == 0 && key.maximum == 0) return {};
  const std::string low = FormatConfigNumber(key.type, key.minimum);
  if (key.maximum < key.minimum) return StrCat("at least ", low);
  return StrCat(low, " to ", FormatConfigNumber(key.type, key.maximum));
}

std::string ReferencePage(const TypeCatalog& catalog) {
  std::string out =
      "# Configuration reference\n\n"
      "Generated by `kvasir config reference`; do not edit. How files are put together, with "
      "includes, variables,\n"
      "secrets and chains, is told in [configuration-file.md](configuration-file.md).\n\n"
      "## The kernel\n\n";
  for (const SettingsSection& section : SettingsSections()) {
    StrAppend(out, "### [", section.name, "]\n\n", section.summary, "\n\n");
    AppendKeyTable({section.keys, section.n_keys}, out);
  }
  std::string_view kind;
  for (const auto& [name, info] : catalog.types()) {
    if (Kind(name) != kind) {
      kind = Kind(name);
      StrAppend(out, "## ", kind, "\n\n");
    }
    AppendType(info, out);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

std::string DescribeType(const TypeInfo& info) {
  const kvs_component_type_t& type = *info.type;
  std::string out = StrCat(type.name, ": ", OrEmpty(type.summary), "\nmodule ", info.module_id, " ",
                           info.module_version, ", ", StabilityName(type), "\n");
  size_t width = 0;
  for (const kvs_port_t& port : Ports(type))
    width = std::max(width, std::string_view(port.name).size());
  for (const kvs_config_key_t& key : Keys(type))
    width = std::max(width, std::string_view(key.name).size());
  if (type.n_ports > 0) out += "\nports\n";
  for (const kvs_port_t& port : Ports(type)) {
    StrAppend(out, "  ", Padded(port.name, width), "  ", Direction(port), ": ",
              JoinNames(Interfaces(port), 8, "or"), "\n");
    if (!OrEmpty(port.summary).empty())
      StrAppend(out, "  ", Padded("", width), "  ", port.summary, "\n");
  }
  if (type.n_keys > 0) out += "\nkeys\n";
  for (const kvs_config_key_t& key : Keys(type)) {
    StrAppend(
        out, "  ", Padded(key.name, width), "  ", ConfigTypeName(key.type), ", ",
        (key.flags & KVS_CONFIG_REQUIRED) != 0 || key.default_value == nullptr ? "" : "default ",
        DefaultText(key), "\n");
    if (const std::string meaning = Meaning(key); !meaning.empty()) {
      StrAppend(out, "  ", Padded("", width), "  ", meaning, "\n");
    }
  }
  StrAppend(out, "\nto start from\n", Example(info));
  return out;
}

}  // namespace kvs::kernel
