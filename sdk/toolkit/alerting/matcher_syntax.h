// SPDX-License-Identifier: Apache-2.0
// The two syntaxes of matchers, each alone; matchers.h has what both make together. [any]
#pragma once

#include <string_view>

#include "kvs/alerting/matchers.h"
#include "kvs/base/rune.h"
#include "kvs/base/status.h"

namespace kvs::alerting {

/// Blanks, and what separates tokens: these stand in names and values only between quotes.
bool IsReserved(Rune rune);
/// Unicode's white space.
bool IsSpace(Rune rune);

StatusOr<Matchers> ParseUtf8Matchers(std::string_view text);

StatusOr<Matchers> ParseClassicMatchers(std::string_view text);
StatusOr<model::Matcher> ParseClassicMatcher(std::string_view text);

}  // namespace kvs::alerting
