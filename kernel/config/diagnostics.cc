// SPDX-License-Identifier: Apache-2.0
#include "kernel/config/diagnostics.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "kvs/base/str_cat.h"

#include "kernel/config/redact.h"
#include "kernel/text/text.h"

namespace kvs::kernel {
namespace {

std::string_view SeverityName(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

// Terminal escapes, or nothing.
struct Paint {
  bool on;
  std::string_view Strong(Severity severity) const {
    if (!on) return {};
    return severity == Severity::kError ? "\x1b[1;31m" : "\x1b[1;33m";
  }
  std::string_view Bold() const { return on ? "\x1b[1m" : ""; }
  std::string_view Frame() const { return on ? "\x1b[1;34m" : ""; }
  std::string_view Off() const { return on ? "\x1b[0m" : ""; }
};

// As many blanks as there are characters before `column`, keeping tabs, so that the carets stand
// below their text.
std::string Indent(std::string_view line, uint32_t column) {
  std::string out;
  uint32_t seen = 1;
  for (const char c : line) {
    if (seen >= column) break;
    if (IsContinuationByte(c)) continue;
    out += c == '\t' ? '\t' : ' ';
    ++seen;
  }
  return out;
}

std::string Count(size_t n, std::string_view noun) {
  return StrCat(n, " ", noun, n == 1 ? "" : "s");
}

}  // namespace

void Diagnostics::Add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::kError) ++error_count_;
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::Error(std::string code, std::string message, SourceSpan where, std::string help) {
  Diagnostic d;
  d.code = std::move(code);
  d.message = std::move(message);
  d.where = std::move(where);
  d.help = std::move(help);
  Add(std::move(d));
}

void Diagnostics::Warning(std::string code, std::string message, SourceSpan where,
                          std::string help) {
  Diagnostic d;
  d.severity = Severity::kWarning;
  d.code = std::move(code);
  d.message = std::move(message);
  d.where = std::move(where);
  d.help = std::move(help);
  Add(std::move(d));
}

std::string Diagnostics::QuotedLine(const SourceSpan& where) const {
  std::string line = RedactLine(where.file->Line(where.line));
  for (const SourceSpan& secret : secrets_) {
    if (secret.file == where.file && secret.line == where.line)
      MaskColumns(secret.column, secret.length, &line);
  }
  return line;
}

void Diagnostics::AppendSource(const Diagnostic& d, bool color, std::string_view margin,
                               std::string& out) const {
  const Paint paint{color};
  const std::string line = QuotedLine(d.where);
  StrAppend(out, paint.Frame(), margin, " |", paint.Off(), "\n");
  StrAppend(out, paint.Frame(), d.where.line, " |", paint.Off(), line.empty() ? "" : " ", line,
            "\n");
  StrAppend(out, paint.Frame(), margin, " |", paint.Off(), " ", Indent(line, d.where.column),
            paint.Strong(d.severity), std::string(std::max(1u, d.where.length), '^'));
  if (!d.label.empty()) StrAppend(out, " ", d.label);
  StrAppend(out, paint.Off(), "\n");
  if (!d.notes.empty() || !d.help.empty())
    StrAppend(out, paint.Frame(), margin, " |", paint.Off(), "\n");
}

void Diagnostics::AppendText(const Diagnostic& d, bool color, std::string& out) const {
  const Paint paint{color};
  StrAppend(out, paint.Strong(d.severity), SeverityName(d.severity), "[", d.code, "]", paint.Off(),
            paint.Bold(), ": ", d.message, paint.Off(), "\n");
  // The margin is as wide as the line number, so that the bars stand below each other.
  const std::string margin(d.where.known() ? StrCat(d.where.line).size() : 1, ' ');
  if (d.where.known()) {
    StrAppend(out, margin, paint.Frame(), "--> ", paint.Off(), d.where.ToString(), "\n");
    AppendSource(d, color, margin, out);
  }
  for (const std::string& note : d.notes)
    StrAppend(out, paint.Frame(), margin, " = ", paint.Off(), note, "\n");
  if (!d.help.empty()) {
    StrAppend(out, paint.Frame(), margin, " = ", paint.Off(), paint.Bold(), "help: ", paint.Off(),
              d.help, "\n");
  }
}

std::vector<const Diagnostic*> Diagnostics::Sorted() const {
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& d : all_) sorted.push_back(&d);
  // Complaints without a place come last: they are about the whole.
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic* a, const Diagnostic* b) {
    if (a->where.known() != b->where.known()) return a->where.known();
    if (!a->where.known()) return false;
    if (a->where.file->path != b->where.file->path)
      return a->where.file->path < b->where.file->path;
    return std::pair(a->where.line, a->where.column) < std::pair(b->where.line, b->where.column);
  });
  return sorted;
}

std::string Diagnostics::ToText(bool color) const {
  std::string out;
  for (const Diagnostic* d : Sorted()) {
    AppendText(*d, color, out);
    out += '\n';
  }
  if (!all_.empty()) {
    StrAppend(out, Count(error_count(), "error"), ", ", Count(warning_count(), "warning"), "\n");
  }
  return out;
}

std::string Diagnostics::ToJson() const {
  std::string out = "[";
  for (const Diagnostic* d : Sorted()) {
    out += out.size() > 1 ? ",\n {" : "\n {";
    StrAppend(out, "\"severity\": \"", SeverityName(d->severity), "\", \"code\": ");
    AppendQuoted(out, d->code);
    out += ", \"message\": ";
    AppendQuoted(out, d->message);
    if (d->where.known()) {
      out += ", \"file\": ";
      AppendQuoted(out, d->where.file->path);
      StrAppend(out, ", \"line\": ", d->where.line, ", \"column\": ", d->where.column,
                ", \"length\": ", d->where.length);
    }
    out += ", \"label\": ";
    AppendQuoted(out, d->label);
    out += ", \"notes\": [";
    for (size_t i = 0; i < d->notes.size(); ++i) {
      if (i > 0) out += ", ";
      AppendQuoted(out, d->notes[i]);
    }
    out += "], \"help\": ";
    AppendQuoted(out, d->help);
    out += "}";
  }
  out += out.size() > 1 ? "\n]\n" : "]\n";
  return out;
}

}  // namespace kvs::kernel
