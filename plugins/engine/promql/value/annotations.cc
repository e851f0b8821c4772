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
  Add(warnings_, StrCat("PromQL warning: ", message, " (",
                        ::kvs::promql::LineAndColumn(query_, pos.start), ")"));
}

void Annotations::Info(std::string_view message, ::kvs::promql::PosRange pos) {
  Add(infos_,
      StrCat("PromQL info: ", message, " (", ::kvs::promql::LineAndColumn(query_, pos.start), ")"));
}

void Annotations::WarnRaw(std::string_view message) {
  Add(warnings_, std::string(message));
}

void Annotations::Add(std::vector<std::string>& list, std::string text) {
  const MutexLock lock(mutex_);
  if (seen_.insert(text).second) list.push_back(std::move(text));
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
