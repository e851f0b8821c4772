// SPDX-License-Identifier: Apache-2.0
// Grants: who may act for which tenants, with which rights, and what of their data exists for them.
// They stand in YAML files that operators keep:
//
//   grants:
//     - subjects: [alice, "*@example.com"]     # who; a '*' stands for any text
//       tenants: [team-a, "shared-*"]          # for whom they may act
//       rights: [read]                         # read, write, admin
//       matchers: '{env="prod"}'               # optional: only these series exist for them
//
// Immutable once parsed. [any]
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::auth {

/// The bits of the C interface's rights.
enum Right : uint32_t { kRead = 1u << 0, kWrite = 1u << 1, kAdmin = 1u << 2 };

/// A condition on a label; `type` has the numbers of the C interface: = 0, != 1, =~ 2, !~ 3.
struct LabelMatcher {
  std::string name;
  int32_t type = 0;
  std::string value;
  friend bool operator==(const LabelMatcher&, const LabelMatcher&) = default;
};

struct Grant {
  std::vector<std::string> subjects;
  std::vector<std::string> tenants;
  uint32_t rights = 0;
  std::vector<LabelMatcher> matchers;
  std::map<std::string, std::string> more;  ///< the keys that GrantsFormat::more allows
  int line = 0;                             ///< where it stands in its file
};

/// How a file of grants looks.
struct GrantsFormat {
  std::string_view list = "grants";    ///< the one key of the file
  std::vector<std::string_view> more;  ///< further keys that an entry may have, with text as value
};

/// InvalidArgument with the line for what is misspelt or missing: an operator's slip must not open
/// a door.
StatusOr<std::vector<Grant>> ParseGrants(const std::string& yaml, const GrantsFormat& format = {});

/// "read" and so on. InvalidArgument for another word.
StatusOr<uint32_t> ParseRight(std::string_view word);
/// Of a selector such as {env="prod",team=~"a|b"}. InvalidArgument as the parser has it.
StatusOr<std::vector<LabelMatcher>> ParseLabelMatchers(std::string_view selector);

/// The first grant one of whose subjects fits one of `names`; a null pointer without one. Borrowed
/// from `grants`.
const Grant* FindGrant(std::span<const Grant> grants, std::span<const std::string_view> names);

}  // namespace kvs::auth
