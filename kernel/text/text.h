// SPDX-License-Identifier: Apache-2.0
// Text that is safe to show: UTF-8 repair, and JSON and HTML quoting.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvs::kernel {

/// Length of the valid UTF-8 sequence that `text` begins with; 0 when it begins with an invalid
/// byte. [any]
size_t Utf8SequenceLength(std::string_view text);

bool IsValidUtf8(std::string_view text);

/// Whether a byte of valid UTF-8 goes on with a character. [any]
inline bool IsContinuationByte(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// `text` with each invalid byte replaced by U+FFFD. [any]
std::string RepairUtf8(std::string_view text);

/// Appends `text` as a JSON string, with quotes. Invalid bytes become U+FFFD. [any]
void AppendQuoted(std::string& out, std::string_view text);

/// Appends `text` with & < > " ' escaped. [any]
void AppendHtml(std::string& out, std::string_view text);

/// `text` and blanks behind it, at least `width` bytes in all. [any]
std::string Padded(std::string_view text, size_t width);

/// Appends "2025-11-22T16:47:03.120Z". [any]
void AppendRfc3339Ms(std::string& out, long long unix_ms);

}  // namespace kvs::kernel
