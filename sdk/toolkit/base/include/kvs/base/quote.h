// SPDX-License-Identifier: Apache-2.0
// Quoting with Go's rules, which PromQL's strings and Prometheus' messages follow
// (https://go.dev/ref/spec#String_literals). [any]
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/rune.h"

namespace kvs {

/// Appends `text` between double quotes with escapes, as %q prints it.
void AppendQuoted(std::string& out, std::string_view text);
std::string Quote(std::string_view text);

/// A rune in single quotes with escapes, as %q prints it; kEofRune as the replacement character.
std::string QuoteRune(Rune rune);

/// "U+0063 'c'", as %#U prints it.
std::string RuneName(Rune rune);

/// What a quoted text stands for; its quotes ("", '' or ``) and escapes are well-formed.
std::string Unquote(std::string_view token);

}  // namespace kvs
