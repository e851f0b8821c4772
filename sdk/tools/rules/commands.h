// SPDX-License-Identifier: Apache-2.0
// The commands of `kvasir rules`. Results go to stdout; what is wrong is said on stderr, does not
// stop the others, and makes the command fail.
#pragma once

#include <map>
#include <string>
#include <vector>

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
  bool ignore_unknown_fields = false;
};
/// As `promtool check rules`, word for word.
int Check(const std::vector<std::string>& files, const CheckOptions& options);

/// Reads files for load, diff and sync: a file's namespace is what it names, else its own name
/// without folder and ending.
StatusOr<Namespaces> ReadNamespaces(const std::vector<std::string>& files);

/// Which namespaces diff and sync look at; none named: all.
struct NamespaceFilter {
  std::vector<std::string> only;
  std::vector<std::string> ignored;
  bool Keeps(const std::string& name) const;
};

/// What sync would do to make the server's groups those of the files.
struct Changes {
  struct One {
    std::string namespace_name;
    rules::Group group;
  };
  std::vector<One> created, updated, deleted;
  bool empty() const { return created.empty() && updated.empty() && deleted.empty(); }
};
Changes Compare(const Namespaces& server, const Namespaces& files, const NamespaceFilter& filter);
/// A line a group, as a diff has them: +, ~ and -.
std::string Describe(const Changes& changes);

}  // namespace kvs::tools
