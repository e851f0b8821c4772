// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "kvs/base/str_cat.h"

#include "commands.h"

namespace kvs::tools {
namespace {

// What means the same is the same: an offset of 0 and none, the order of tenants.
rules::Group Normalized(rules::Group group) {
  if (group.query_offset_ms == 0) group.query_offset_ms.reset();
  if (group.evaluation_delay_ms == 0) group.evaluation_delay_ms.reset();
  std::vector<std::string>& tenants = group.source_tenants;
  std::sort(tenants.begin(), tenants.end());
  tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
  return group;
}

const rules::Group* Find(const std::vector<rules::Group>& groups, const std::string& name) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&name](const rules::Group& g) { return g.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

void AppendLines(std::string& out, std::string_view mark, const std::string& text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    StrAppend(out, mark, text.substr(begin, end - begin), "\n");
    begin = end + 1;
  }
}

}  // namespace

bool NamespaceFilter::Keeps(const std::string& name) const {
  switch (by) {
    case By::kNothing:
      return true;
    case By::kNames:
      return (std::find(names.begin(), names.end(), name) != names.end()) != ignores;
    case By::kRegex:
      return RE2::PartialMatch(name, *regex) != ignores;
  }
  return true;
}

bool SameGroup(const rules::Group& a, const rules::Group& b) {
  return Normalized(a) == Normalized(b);
}

Changes Compare(const Namespaces& server, const Namespaces& files, const NamespaceFilter& filter) {
  Changes out;
  for (const auto& [name, groups] : files) {
    if (!filter.Keeps(name)) continue;
    const auto there = server.find(name);
    NamespaceChange change{name, there == server.end() ? NamespaceChange::State::kCreated
                                                       : NamespaceChange::State::kUpdated};
    const std::vector<rules::Group> none;
    const std::vector<rules::Group>& old = there == server.end() ? none : there->second;
    for (const rules::Group& group : groups) {
      const rules::Group* const before = Find(old, group.name);
      if (before == nullptr) {
        change.created.push_back(group);
      } else if (!SameGroup(*before, group)) {
        change.updated.push_back({*before, group});
      }
    }
    std::copy_if(old.begin(), old.end(), std::back_inserter(change.deleted),
                 [&wanted = groups](const rules::Group& group) {
                   return Find(wanted, group.name) == nullptr;
                 });
    if (!change.empty()) out.push_back(std::move(change));
  }
  for (const auto& [name, groups] : server) {
    if (!filter.Keeps(name) || files.contains(name)) continue;
    out.push_back({name, NamespaceChange::State::kDeleted, {}, {}, groups});
  }
  return out;
}

std::string Summary(std::string_view of, const Changes& changes) {
  size_t created = 0, updated = 0, deleted = 0;
  for (const NamespaceChange& change : changes) {
    created += change.created.size();
    updated += change.updated.size();
    deleted += change.deleted.size();
  }
  return StrCat(of, " Summary: ", created, " Groups Created, ", updated, " Groups Updated, ",
                deleted, " Groups Deleted\n");
}

std::string Describe(const Changes& changes, bool verbose) {
  if (changes.empty()) return "no changes detected\n";
  const auto any = [&changes](auto member) {
    return std::any_of(changes.begin(), changes.end(),
                       [member](const NamespaceChange& c) { return !(c.*member).empty(); });
  };
  std::string out = "Changes are indicated with the following symbols:\n";
  if (any(&NamespaceChange::created)) out += "  + created\n";
  if (any(&NamespaceChange::updated)) out += "  ~ updated\n";
  if (any(&NamespaceChange::deleted)) out += "  - deleted\n";
  out += "\nThe following changes will be made if the provided rule set is synced:\n";
  for (const NamespaceChange& change : changes) {
    const char mark = change.state == NamespaceChange::State::kCreated   ? '+'
                      : change.state == NamespaceChange::State::kUpdated ? '~'
                                                                         : '-';
    StrAppend(out, mark, " Namespace: ", change.name, "\n");
    for (const rules::Group& group : change.created)
      StrAppend(out, "  + Group: ", group.name, "\n");
    for (const NamespaceChange::Updated& group : change.updated) {
      StrAppend(out, "  ~ Group: ", group.after.name, "\n");
      if (!verbose) continue;
      AppendLines(out, "+ ", rules::GroupToYaml(group.after));
      AppendLines(out, "- ", rules::GroupToYaml(group.before));
    }
    for (const rules::Group& group : change.deleted)
      StrAppend(out, "  - Group: ", group.name, "\n");
  }
  return StrCat(out, "\n", Summary("Diff", changes));
}

}  // namespace kvs::tools
