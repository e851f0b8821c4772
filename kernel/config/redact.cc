// SPDX-License-Identifier: Apache-2.0
#include "kernel/config/redact.h"

#include <cstddef>

#include "kernel/text/text.h"

namespace kvs::kernel {
namespace {

constexpr std::string_view kSecretWords[] = {
    "password",   "passwd",     "passphrase",  "secret",  "token",
    "credential", "access_key", "private_key", "api_key", "authorization"};

bool IsKeyChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

bool IsReference(std::string_view value) {
  while (!value.empty() && (value.front() == '"' || value.front() == '\'')) value.remove_prefix(1);
  return value.starts_with("env:") || value.starts_with("file:") || value.starts_with("${");
}

// Replaces bytes [begin, end) by one asterisk a character.
void Mask(size_t begin, size_t end, std::string* line) {
  std::string masked;
  for (size_t i = begin; i < end; ++i) {
    if (!IsContinuationByte((*line)[i])) masked += '*';
  }
  line->replace(begin, end - begin, masked);
}

// Where the value that begins at `begin` ends: at its closing quote, else at the next comma, brace
// or end of the line.
size_t ValueEnd(std::string_view line, size_t begin) {
  const char quote = line[begin];
  if (quote == '"' || quote == '\'') {
    for (size_t i = begin + 1; i < line.size(); ++i) {
      if (quote == '"' && line[i] == '\\') {
        ++i;
      } else if (line[i] == quote && (i + 1 == line.size() || line[i + 1] != quote)) {
        return i + 1;
      }
    }
    return line.size();
  }
  const size_t end = line.find_first_of(",}]", begin);
  return end == std::string_view::npos ? line.size() : end;
}

}  // namespace

bool LooksSecret(std::string_view key) {
  std::string folded;
  for (const char c : key) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    folded += lower == '-' ? '_' : lower;
  }
  // A file that holds a secret is not one.
  if (folded.ends_with("_file")) return false;
  for (const std::string_view word : kSecretWords) {
    if (folded.find(word) != std::string::npos) return true;
  }
  return false;
}

std::string RedactLine(std::string_view line) {
  std::string out(line);
  for (size_t i = 0; i < out.size();) {
    if (!IsKeyChar(out[i])) {
      ++i;
      continue;
    }
    const size_t key = i;
    while (i < out.size() && IsKeyChar(out[i])) ++i;
    if (!LooksSecret(std::string_view(out).substr(key, i - key))) continue;
    size_t value = i;
    if (value < out.size() && (out[value] == '"' || out[value] == '\'')) ++value;  // A quoted key.
    while (value < out.size() && IsBlank(out[value])) ++value;
    if (value == out.size() || out[value] != '=') continue;
    do ++value;
    while (value < out.size() && IsBlank(out[value]));
    if (value == out.size() || IsReference(std::string_view(out).substr(value))) continue;
    const size_t end = ValueEnd(out, value);
    const size_t tail = out.size() - end;
    Mask(value, end, &out);
    i = out.size() - tail;
  }
  return out;
}

void MaskColumns(uint32_t column, uint32_t length, std::string* line) {
  size_t begin = 0;
  uint32_t seen = 0;
  for (; begin < line->size(); ++begin) {
    if (!IsContinuationByte((*line)[begin]) && ++seen == column) break;
  }
  if (begin == line->size()) return;
  size_t end = begin;
  for (seen = 0; end < line->size(); ++end) {
    if (!IsContinuationByte((*line)[end]) && seen++ == length) break;
  }
  // One character is how a value over several lines is marked.
  const char first = (*line)[begin];
  if (length == 1 && (first == '"' || first == '\'')) end = line->size();
  Mask(begin, end, line);
}

}  // namespace kvs::kernel
