// SPDX-License-Identifier: Apache-2.0
#include "policy.h"

#include <utility>

#include "kvs/sdk/identity.h"
#include "kvs/sdk/str.h"

namespace kvs::sink::enforce {

StatusOr<std::shared_ptr<const Policy>> Policy::Make(const kvs_matchers_t& matchers) {
  auto out = std::make_shared<Policy>();
  for (uint64_t i = 0; i < matchers.n; ++i) {
    const kvs_matcher_t& m = matchers.matchers[i];
    KVS_ASSIGN_OR_RETURN(model::Matcher made,
                         model::Matcher::Make(static_cast<model::MatchType>(m.type),
                                              sdk::View(m.name), sdk::View(m.value)));
    out->matchers_.push_back(std::move(made));
  }
  return std::shared_ptr<const Policy>(std::move(out));
}

bool Policy::Allows(model::LabelCursor labels) const {
  for (const model::Matcher& matcher : matchers_) {
    model::LabelCursor at = labels;
    model::LabelView label;
    std::string_view value;
    int seen = 0;
    while (at.Next(&label)) {
      if (label.name != matcher.name()) continue;
      value = label.value;
      ++seen;
    }
    if (seen > 1 || at.damaged() || !matcher.Matches(value)) return false;
  }
  return true;
}

StatusOr<std::shared_ptr<const Policy>> Policies::Find(const kvs_matchers_t& matchers) {
  std::string key = sdk::EncodeMatchers(matchers);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  KVS_ASSIGN_OR_RETURN(std::shared_ptr<const Policy> made, Policy::Make(matchers));
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMost) known_.clear();
  known_.emplace(std::move(key), made);
  return made;
}

}  // namespace kvs::sink::enforce
