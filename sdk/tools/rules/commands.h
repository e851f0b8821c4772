// SPDX-License-Identifier: Apache-2.0
// The commands of `kvasir rules`. Results go to stdout; what is wrong is said on stderr, does not
// stop the others, and makes the command fail.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

#include "kvs/base/status.h"
#include "kvs/rules/rule_file.h"

namespace kvs::tools {

/// Exit codes; 3 is promtool's for lint errors that are fatal.
inline constexpr int kExitOk = 0, kExitFailed = 1, kExitUsage = 2, kExitLint = 3;

/// Groups by namespace.
using Namespaces = std::map<std::string, std::vector<rules::Group>>;

struct CheckOptions {
  bool lint_duplicates = true;
  bool lint_fatal = false;
  bool strict = false;  ///< What mimirtool takes for bad practice is an error.
  bool ignore_unknown_fields = false;
};
/// As `promtool check rules`, word for word.
int Check(const std::vector<std::string>& files, const CheckOptions& options);

StatusOr<std::string> ReadFile(const std::string& path);
/// Those below it that end in .yml or .yaml, sorted.
StatusOr<std::vector<std::string>> FilesIn(const std::string& folder);
/// Reads files for load, diff and sync. Each document of a file is a namespace: the one it names,
/// else the file's name without folder and ending. InvalidArgument for one that comes twice.
StatusOr<Namespaces> ReadNamespaces(const std::vector<std::string>& files);

/// Which namespaces diff and sync look at.
struct NamespaceFilter {
  enum class By : uint8_t { kNothing, kNames, kRegex };
  By by = By::kNothing;
  bool ignores = false;  ///< What it names is left out, not what it does not name.
  std::vector<std::string> names;
  std::shared_ptr<const RE2> regex;  ///< Not anchored.
  bool Keeps(const std::string& name) const;
};

/// What sync would do to a namespace.
struct NamespaceChange {
  enum class State : uint8_t { kCreated, kUpdated, kDeleted };
  struct Updated {
    rules::Group before, after;
  };
  std::string name;
  State state;
  std::vector<rules::Group> created;
  std::vector<Updated> updated;
  std::vector<rules::Group> deleted;
  bool empty() const { return created.empty() && updated.empty() && deleted.empty(); }
};
/// Those that change; by name, those that go as a whole last.
using Changes = std::vector<NamespaceChange>;
Changes Compare(const Namespaces& server, const Namespaces& files, const NamespaceFilter& filter);
bool SameGroup(const rules::Group& a, const rules::Group& b);
/// In mimirtool's words; `verbose`: with the groups that change, as YAML.
std::string Describe(const Changes& changes, bool verbose);
std::string Summary(std::string_view of, const Changes& changes);

}  // namespace kvs::tools
