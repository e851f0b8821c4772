// SPDX-License-Identifier: Apache-2.0
#include "tenants.h"

#include <algorithm>

#include "kvs/model/matcher.h"
#include "kvs/sdk/each_tenant.h"
#include "kvs/sdk/str.h"

namespace kvs::source::federation {

StatusOr<Asked> ParseTenants(std::string_view text, bool wildcards) {
  Asked asked;
  KVS_RETURN_IF_ERROR(sdk::ForEachTenant(text, [&](std::string_view name) -> Status {
    if (name.empty()) return InvalidArgument("tenant ID is empty in '", text, "'");
    const size_t star = wildcards ? name.find('*') : std::string_view::npos;
    if (star == std::string_view::npos) {
      asked.names.emplace_back(name);
    } else if (star + 1 == name.size()) {
      asked.prefixes.emplace_back(name.substr(0, star));
    } else {
      return InvalidArgument(
          "tenant ID '", name,
          "' has a * that is not at its end: a wildcard is a beginning of names, eg: team-*");
    }
    return OkStatus();
  }));
  std::sort(asked.names.begin(), asked.names.end());
  asked.names.erase(std::unique(asked.names.begin(), asked.names.end()), asked.names.end());
  return asked;
}

StatusOr<TenantMatchers> TenantMatchers::Make(const kvs_matchers_t& matchers,
                                              const std::vector<std::string>& tenants) {
  TenantMatchers out;
  out.left_.assign(tenants.size(), true);
  for (uint64_t i = 0; i < matchers.n; ++i) {
    kvs_matcher_t matcher = matchers.matchers[i];
    const std::string_view name = sdk::View(matcher.name);
    if (name == kTenantLabel) {
      KVS_ASSIGN_OR_RETURN(const model::Matcher judge,
                           model::Matcher::Make(static_cast<model::MatchType>(matcher.type), name,
                                                sdk::View(matcher.value)));
      for (size_t t = 0; t < tenants.size(); ++t) {
        if (!judge.Matches(tenants[t])) out.left_[t] = false;
      }
      continue;
    }
    if (name == kOriginalLabel) matcher.name = sdk::Str(kTenantLabel);
    out.rest_.push_back(matcher);
  }
  return out;
}

}  // namespace kvs::source::federation
