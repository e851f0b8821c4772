// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "kvs/base/str_cat.h"

#include "commands.h"

namespace kvs::tools {
namespace {

StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return NotFound("path '", path, "' does not exist");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) return Unavailable("cannot read ", path);
  return text;
}

// Rules with the same name and labels overwrite each other.
std::string Duplicates(const std::vector<rules::Group>& groups) {
  std::map<std::pair<std::string, rules::Pairs>, int> seen;
  std::string out;
  int n = 0;
  for (const rules::Group& group : groups) {
    for (const rules::Rule& rule : group.rules) {
      if (rule.is_alert()) continue;
      if (seen[{rule.record, rules::EffectiveLabels(group, rule)}]++ == 0) continue;
      ++n;
      StrAppend(out, "Metric: ", rule.record, "\nLabel(s):\n");
      for (const auto& [name, value] : rule.labels) StrAppend(out, "\t", name, ": ", value, "\n");
    }
  }
  if (n == 0) return out;
  return StrCat("lint error ", n, " duplicate rule(s) found.\n", out,
                "Might cause inconsistency while recording expressions");
}

}  // namespace

int Check(const std::vector<std::string>& files, const CheckOptions& options) {
  bool failed = false, lint = false;
  for (const std::string& file : files) {
    const StatusOr<std::string> text = ReadFile(file);
    if (!text.ok()) {
      std::fprintf(stderr, "kvasir rules: %s\n", text.status().message().c_str());
      return kExitFailed;
    }
    std::printf("Checking %s\n", file.c_str());
    rules::ParseOptions parse;
    parse.ignore_unknown_fields = options.ignore_unknown_fields;
    const rules::ParsedRules parsed = rules::ParseRuleFile(*text, parse);
    size_t n_rules = 0;
    for (const rules::Group& group : parsed.groups) n_rules += group.rules.size();
    std::vector<std::string> errors;
    for (const std::string& error : parsed.errors) errors.push_back(StrCat(file, ": ", error));
    failed = failed || !errors.empty();
    if (errors.empty() && options.lint_duplicates) {
      if (std::string duplicates = Duplicates(parsed.groups); !duplicates.empty()) {
        errors.push_back(std::move(duplicates));
        lint = true;
      }
    }
    std::fflush(stdout);
    if (errors.empty()) {
      std::printf("  SUCCESS: %zu rules found\n", n_rules);
    } else {
      std::fputs("  FAILED:\n", stderr);
      for (const std::string& error : errors) std::fprintf(stderr, "%s\n", error.c_str());
    }
    std::fputs("\n", stdout);
  }
  if (failed) return kExitFailed;
  return lint && options.lint_fatal ? kExitLint : kExitOk;
}

StatusOr<Namespaces> ReadNamespaces(const std::vector<std::string>& files) {
  Namespaces out;
  for (const std::string& file : files) {
    KVS_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
    rules::ParsedRules parsed = rules::ParseRuleFile(text);
    if (!parsed.errors.empty()) return InvalidArgument(file, ": ", parsed.errors[0]);
    const std::string name = parsed.namespace_name.empty()
                                 ? std::filesystem::path(file).stem().string()
                                 : parsed.namespace_name;
    std::vector<rules::Group>& groups = out[name];
    for (rules::Group& group : parsed.groups) {
      for (const rules::Group& other : groups) {
        if (other.name == group.name)
          return InvalidArgument(file, ": namespace ", name, " has group \"", group.name,
                                 "\" already");
      }
      groups.push_back(std::move(group));
    }
  }
  return out;
}

bool NamespaceFilter::Keeps(const std::string& name) const {
  const auto has = [&](const std::vector<std::string>& names) {
    for (const std::string& n : names) {
      if (n == name) return true;
    }
    return false;
  };
  return (only.empty() || has(only)) && !has(ignored);
}

Changes Compare(const Namespaces& server, const Namespaces& files, const NamespaceFilter& filter) {
  Changes out;
  const auto find = [](const Namespaces& in, const std::string& name,
                       const std::string& group) -> const rules::Group* {
    const auto found = in.find(name);
    if (found == in.end()) return nullptr;
    for (const rules::Group& g : found->second) {
      if (g.name == group) return &g;
    }
    return nullptr;
  };
  for (const auto& [name, groups] : files) {
    if (!filter.Keeps(name)) continue;
    for (const rules::Group& group : groups) {
      const rules::Group* const there = find(server, name, group.name);
      if (there == nullptr) {
        out.created.push_back({name, group});
      } else if (*there != group) {
        out.updated.push_back({name, group});
      }
    }
  }
  for (const auto& [name, groups] : server) {
    if (!filter.Keeps(name)) continue;
    for (const rules::Group& group : groups) {
      if (find(files, name, group.name) == nullptr) out.deleted.push_back({name, group});
    }
  }
  return out;
}

std::string Describe(const Changes& changes) {
  std::string out;
  for (const auto& [mark, list] :
       {std::pair("+ ", &changes.created), std::pair("~ ", &changes.updated),
        std::pair("- ", &changes.deleted)}) {
    for (const Changes::One& one : *list)
      StrAppend(out, mark, one.namespace_name, "/", one.group.name, " (", one.group.rules.size(),
                " rules)\n");
  }
  StrAppend(out, changes.created.size(), " groups to create, ", changes.updated.size(),
            " to update, ", changes.deleted.size(), " to delete\n");
  return out;
}

}  // namespace kvs::tools
