// SPDX-License-Identifier: Apache-2.0
// Functions on texts that both tables of functions have, as Go's libraries do them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/gotemplate/function.h"

namespace kvs::gotemplate::internal {

/// Letters of the Latin, Greek and Cyrillic blocks; others stay. [any]
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);
/// The first letter of every word in upper case.
std::string Title(std::string_view text);
/// url.QueryEscape: a blank becomes a plus sign.
std::string QueryEscape(std::string_view text);

/// Whether a part of `text` matches. InvalidArgument in the words of Go for a bad expression.
StatusOr<bool> RegexMatch(std::string_view pattern, std::string_view text);
/// Every match replaced; $1, ${1} and ${name} in `replacement` stand for groups. Ends early once it
/// has more than `max_bytes`.
StatusOr<std::string> RegexReplaceAll(std::string_view pattern, std::string_view replacement,
                                      std::string_view text, size_t max_bytes);

/// A function of templates from one on a text. [any]
template <typename Fn>
Function OnText(Fn fn) {
  return {{Param::kString}, false, [fn](Context&, const std::vector<Value>& args) -> StatusOr<Value> {
            return Value(fn(args[0].as_string()));
          }};
}

}  // namespace kvs::gotemplate::internal
