// SPDX-License-Identifier: Apache-2.0
#include "users.h"

#include <algorithm>
#include <utility>

#include "kvs/auth/grants.h"

#include "password.h"

namespace kvs::auth::htpasswd {
namespace {

// A hash of a password that nobody knows, for files in which there is no user to take one from.
constexpr const char* kNobody = "$2y$10$NobodyNobodyNobodyNobenA9dxl2u2bGscKz7MhuoX3VgYxfUQ4O";

}  // namespace

StatusOr<std::shared_ptr<const Users>> Users::Parse(std::string_view users,
                                                    const std::string& yaml) {
  auto grants = ParseGrants(yaml);
  if (!grants.ok()) return Annotate(grants.status(), "grants");
  auto out = std::make_shared<Users>();
  out->decoy_ = kNobody;
  for (int line = 1; !users.empty(); ++line) {
    std::string_view text = users.substr(0, users.find('\n'));
    users.remove_prefix(std::min(text.size() + 1, users.size()));
    while (text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
    if (text.empty() || text.starts_with('#')) continue;
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0)
      return InvalidArgument("users: line ", line,
                             ": no name and password with a colon between them");
    const std::string name(text.substr(0, colon));
    const std::string_view hash = text.substr(colon + 1);
    if (Status known = CheckHashKind(hash); !known.ok())
      return Annotate(known, "users: line ", line);
    User user{std::string(hash), nullptr};
    const std::string_view names[] = {name};
    if (const Grant* const grant = FindGrant(*grants, names))
      user.identity = sdk::MakeIdentity(name, *grant);
    if (out->users_.empty()) out->decoy_ = user.hash;
    if (!out->users_.emplace(name, std::move(user)).second)
      return InvalidArgument("users: line ", line, ": ", name, " stands there twice");
  }
  return std::shared_ptr<const Users>(std::move(out));
}

const Users::User* Users::Find(std::string_view name) const {
  const auto found = users_.find(name);
  return found == users_.end() ? nullptr : &found->second;
}

}  // namespace kvs::auth::htpasswd
