// SPDX-License-Identifier: Apache-2.0
// Matchers as Alertmanager's configuration, silences and API write them: foo="bar",
// {a!="b",c=~"d.*"}.
//
// There are two syntaxes. The classic one has names of [a-zA-Z_:][a-zA-Z0-9_:]* and forgives much
// in values; the newer one takes any UTF-8, in double quotes where it has reserved characters. By
// default a text is read as both: where they disagree the classic meaning holds, and where only one
// can read it, that one, as Alertmanager does since 0.27
// (https://prometheus.io/docs/alerting/latest/configuration/#label-matchers). [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/model/matcher.h"

namespace kvs::alerting {

enum class Syntax : uint8_t { kBoth, kClassic, kUtf8 };

using Matchers = std::vector<model::Matcher>;

/// One or more matchers separated by commas, in braces or not; a comma may stand at the end. The
/// empty text has none. InvalidArgument in Alertmanager's words, with columns.
StatusOr<Matchers> ParseMatchers(std::string_view text, Syntax syntax = Syntax::kBoth);

/// Exactly one, without braces.
StatusOr<model::Matcher> ParseMatcher(std::string_view text, Syntax syntax = Syntax::kBoth);

/// Whether `name` may be that of a label: legacy names alone in the classic syntax, else any UTF-8.
bool IsLabelName(std::string_view name, Syntax syntax = Syntax::kBoth);

/// By name, value and type: the order in which Alertmanager shows and compares them.
void Sort(Matchers& matchers);

/// Whether every matcher holds; a label that is not there has the empty value.
bool MatchesAll(const Matchers& matchers, const model::Labels& labels);

/// foo="bar"; the name is quoted where the newer syntax alone can read it.
std::string Format(const model::Matcher& matcher);
/// {foo="bar",baz=~"a|b"}
std::string Format(const Matchers& matchers);

}  // namespace kvs::alerting
