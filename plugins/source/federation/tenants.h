// SPDX-License-Identifier: Apache-2.0
// Which tenants a read is about: names and wildcards of the call, and what matchers on
// __tenant_id__ leave of them. Pure. [any]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/port/series_source.h"
#include "kvs/base/status.h"

namespace kvs::source::federation {

/// The label that every series of a federated read has, and what a series' own label of that name
/// is called there.
inline constexpr std::string_view kTenantLabel = "__tenant_id__";
inline constexpr std::string_view kOriginalLabel = "original___tenant_id__";

/// What the tenant of a call asks for.
struct Asked {
  std::vector<std::string> names;     ///< Sorted, each once.
  std::vector<std::string> prefixes;  ///< Of wildcards: "team-" of "team-*".
  /// One tenant, named in full: nothing to federate.
  bool is_single() const { return prefixes.empty() && names.size() == 1; }
};

/// Takes "a|b|team-*" apart. Without `wildcards` a star is a character like any other.
/// InvalidArgument for an empty name, and for a star that is not at the end.
StatusOr<Asked> ParseTenants(std::string_view text, bool wildcards);

/// Matchers for one tenant: those on __tenant_id__ are judged, those on original___tenant_id__ are
/// about the tenant's own label of that name, others stay. Borrows the texts of the matchers.
class TenantMatchers {
 public:
  /// InvalidArgument for an expression that does not compile.
  static StatusOr<TenantMatchers> Make(const kvs_matchers_t& matchers,
                                       const std::vector<std::string>& tenants);
  /// Whether the matchers leave tenant number `i`.
  bool Leaves(size_t i) const { return left_[i]; }
  /// What the tenants are asked for. Valid as long as this.
  kvs_matchers_t rest() const { return {rest_.data(), rest_.size()}; }
  bool has_rest() const { return !rest_.empty(); }

 private:
  std::vector<bool> left_;
  std::vector<kvs_matcher_t> rest_;
};

}  // namespace kvs::source::federation
