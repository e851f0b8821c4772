// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <map>

#include "kvs/base/str_cat.h"

#include "commands.h"

namespace kvs::tools {
namespace {

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

// As mimirtool check --strict: level:metric:operations.
std::vector<std::string> BadNames(const std::vector<rules::Group>& groups) {
  std::vector<std::string> out;
  for (const rules::Group& group : groups) {
    for (const rules::Rule& rule : group.rules) {
      if (!rule.is_alert() && std::count(rule.record.begin(), rule.record.end(), ':') < 2)
        out.push_back(StrCat("group \"", group.name, "\", rule \"", rule.record,
                             "\": the name is not of the form level:metric:operations"));
    }
  }
  return out;
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
    if (options.strict) {
      std::vector<std::string> names = BadNames(parsed.groups);
      failed = failed || !names.empty();
      errors.insert(errors.end(), names.begin(), names.end());
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
  return lint && (options.lint_fatal || options.strict) ? kExitLint : kExitOk;
}

}  // namespace kvs::tools
