// SPDX-License-Identifier: Apache-2.0
#include "line_protocol.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

namespace kvs::ingest::influx {
namespace {

constexpr size_t kErrorsKept = 10;
constexpr std::string_view kEscapable = ",= ";

// The line at the front: up to a line end outside of quotes. Quotes count in fields only, which
// begin behind the first blank that is not escaped.
std::string_view TakeLine(std::string_view* rest) {
  bool in_fields = false;
  bool quoted = false;
  size_t i = 0;
  for (; i < rest->size(); ++i) {
    const char c = (*rest)[i];
    if (c == '\\' && i + 1 < rest->size() && (*rest)[i + 1] != '\n') {
      ++i;
    } else if (c == '"' && in_fields) {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      in_fields = true;
    } else if (c == '\n' && !quoted) {
      break;
    }
  }
  std::string_view line = rest->substr(0, i);
  rest->remove_prefix(std::min(i + 1, rest->size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

template <typename T>
bool ReadWhole(std::string_view text, T* value) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), *value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && !text.empty();
}

bool ReadBool(std::string_view text, double* value) {
  for (const std::string_view yes : {"t", "T", "true", "True", "TRUE"}) {
    if (text == yes) {
      *value = 1;
      return true;
    }
  }
  for (const std::string_view no : {"f", "F", "false", "False", "FALSE"}) {
    if (text == no) {
      *value = 0;
      return true;
    }
  }
  return false;
}

// A number, a number of a type, or true or false.
bool ReadValue(std::string_view text, double* value) {
  if (ReadBool(text, value)) return true;
  if (text.ends_with('i')) {
    int64_t whole = 0;
    text.remove_suffix(1);
    if (!ReadWhole(text, &whole)) return false;
    *value = static_cast<double>(whole);
    return true;
  }
  if (text.ends_with('u')) {
    uint64_t whole = 0;
    text.remove_suffix(1);
    if (!ReadWhole(text, &whole)) return false;
    *value = static_cast<double>(whole);
    return true;
  }
  if (text.starts_with('+')) text.remove_prefix(1);
  // The protocol has no text for infinities and NaN.
  return ReadWhole(text, value) && std::isfinite(*value);
}

}  // namespace

StatusOr<int64_t> UnitNs(std::string_view precision) {
  if (precision.empty() || precision == "ns" || precision == "n") return 1;
  if (precision == "us" || precision == "u" || precision == "\xc2\xb5") return 1'000;
  if (precision == "ms") return 1'000'000;
  if (precision == "s") return 1'000'000'000;
  if (precision == "m") return 60'000'000'000;
  if (precision == "h") return 3'600'000'000'000;
  return InvalidArgument("precision ", Quote(precision),
                         " is unknown; there are ns, us, ms, s, m, h");
}

bool LineParser::Next(Line* line) {
  while (!rest_.empty()) {
    ++number_;
    std::string_view text = TakeLine(&rest_);
    const size_t first = text.find_first_not_of(" \t");
    if (first == text.npos || text[first] == '#') continue;
    text.remove_prefix(first);
    arena_.Clear();
    const Status status = Parse(text, line);
    if (status.ok()) return true;
    ++n_errors_;
    if (errors_.size() < kErrorsKept)
      errors_.push_back(StrCat("line ", number_, ": ", status.message()));
  }
  return false;
}

Status LineParser::Parse(std::string_view text, Line* line) {
  line->tags.clear();
  line->fields.clear();
  line->has_time = false;
  line->time = 0;
  line->measurement = Unescaped(Take(&text, ", "), ", ");
  if (line->measurement.empty()) return InvalidArgument("measurement has no name");
  if (text.starts_with(',')) KVS_RETURN_IF_ERROR(ParseTags(&text, line));
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.empty()) return InvalidArgument("there are no fields");
  KVS_RETURN_IF_ERROR(ParseFields(&text, line));
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.empty()) return OkStatus();
  if (!ReadWhole(text, &line->time)) {
    return InvalidArgument("time ", Quote(text.substr(0, 64)), " is not a whole number");
  }
  line->has_time = true;
  return OkStatus();
}

Status LineParser::ParseTags(std::string_view* text, Line* line) {
  while (text->starts_with(',')) {
    text->remove_prefix(1);
    const std::string_view key = Take(text, "=, ");
    if (key.empty()) return InvalidArgument("tag has no name");
    if (!text->starts_with('=')) return InvalidArgument("tag ", Quote(key), " has no value");
    text->remove_prefix(1);
    const std::string_view value = Take(text, ", ");
    if (value.empty()) return InvalidArgument("tag ", Quote(key), " has no value");
    line->tags.push_back({Unescaped(key, kEscapable), Unescaped(value, kEscapable)});
  }
  return OkStatus();
}

Status LineParser::ParseFields(std::string_view* text, Line* line) {
  while (true) {
    const std::string_view key = Take(text, "=, ");
    if (key.empty()) return InvalidArgument("field has no name");
    if (!text->starts_with('=')) return InvalidArgument("field ", Quote(key), " has no value");
    text->remove_prefix(1);
    Field field;
    field.key = Unescaped(key, kEscapable);
    if (text->starts_with('"')) {
      field.is_text = true;
      size_t end = 1;
      while (end < text->size() && (*text)[end] != '"') end += (*text)[end] == '\\' ? 2 : 1;
      if (end >= text->size()) return InvalidArgument("text of field ", Quote(key), " has no end");
      text->remove_prefix(end + 1);
      if (!text->empty() && text->front() != ',' && text->front() != ' ') {
        return InvalidArgument("something follows the text of field ", Quote(key));
      }
    } else {
      const std::string_view value = Take(text, ", ");
      if (!ReadValue(value, &field.value)) {
        return InvalidArgument("value ", Quote(value.substr(0, 64)), " of field ", Quote(key),
                               " is neither a number, a text in quotes, nor true or false");
      }
    }
    line->fields.push_back(field);
    if (!text->starts_with(',')) return OkStatus();
    text->remove_prefix(1);
  }
}

std::string_view LineParser::Take(std::string_view* text, std::string_view ends) {
  size_t i = 0;
  while (i < text->size() && ends.find((*text)[i]) == ends.npos)
    i += (*text)[i] == '\\' && i + 1 < text->size() ? 2 : 1;
  const std::string_view taken = text->substr(0, i);
  text->remove_prefix(taken.size());
  return taken;
}

std::string_view LineParser::Unescaped(std::string_view text, std::string_view escapable) {
  if (text.find('\\') == text.npos) return text;
  auto* const out = reinterpret_cast<char*>(arena_.Allocate(text.size()));
  size_t n = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    // A backslash before anything else stands for itself.
    if (text[i] == '\\' && i + 1 < text.size() && escapable.find(text[i + 1]) != escapable.npos)
      ++i;
    out[n++] = text[i];
  }
  return {out, n};
}

}  // namespace kvs::ingest::influx
