// SPDX-License-Identifier: Apache-2.0
#include "selector.h"

#include "kvs/promql/parser.h"
#include "kvs/sdk/str.h"

namespace kvs::api::cardinality {

StatusOr<Selector> Selector::Parse(std::string_view text) {
  Selector out;
  if (text.empty() || text == "{}") return out;
  KVS_ASSIGN_OR_RETURN(out.owned_, promql::ParseMetricSelector(text));
  for (const promql::Matcher& matcher : out.owned_) {
    out.raw_.push_back(
        {sdk::Str(matcher.name), sdk::Str(matcher.value), static_cast<int32_t>(matcher.op), 0});
  }
  return out;
}

}  // namespace kvs::api::cardinality
