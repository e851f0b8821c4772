// SPDX-License-Identifier: Apache-2.0
// Texts of annotations.

#include "value/annotations.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/promql/position.h"

namespace kvs::engine::promql {

void Annotations::Warn(std::string_view message, ::kvs::promql::PosRange pos) {
  Add({Note::Kind::kWarning, std::string(message), pos});
}

void Annotations::Info(std::string_view message, ::kvs::promql::PosRange pos) {
  Add({Note::Kind::kInfo, std::string(message), pos});
}

void Annotations::WarnRaw(std::string_view message) {
  Add({Note::Kind::kStorageWarning, std::string(message), {}});
}

void Annotations::Add(Note note) {
  const MutexLock lock(mutex_);
  if (log_ != nullptr) {
    if (std::ranges::find(*log_, note) == log_->end()) log_->push_back(std::move(note));
    return;
  }
  const auto place = [&] { return ::kvs::promql::LineAndColumn(query_, note.pos.start); };
  std::string text;
  switch (note.kind) {
    case Note::Kind::kWarning:
      text = StrCat("PromQL warning: ", note.message, " (", place(), ")");
      break;
    case Note::Kind::kInfo:
      text = StrCat("PromQL info: ", note.message, " (", place(), ")");
      break;
    case Note::Kind::kStorageWarning:
      text = std::move(note.message);
      break;
  }
  if (!seen_.insert(text).second) return;
  (note.kind == Note::Kind::kInfo ? infos_ : warnings_).push_back(std::move(text));
}

NoteLog* Annotations::SwapLog(NoteLog* log) {
  const MutexLock lock(mutex_);
  return std::exchange(log_, log);
}

std::string Quoted(std::string_view text) {
  return Quote(text);
}

std::string FormatG(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  // Shortest digits, with an exponent below -4 or from 21 on: Go's rule for %g without a precision.
  char buffer[64];
  const double magnitude = std::fabs(value);
  const bool scientific = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e21);
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), value,
                    scientific ? std::chars_format::scientific : std::chars_format::fixed);
  return std::string(buffer, end.ptr);
}

}  // namespace kvs::engine::promql
