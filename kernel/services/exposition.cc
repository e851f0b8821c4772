// SPDX-License-Identifier: Apache-2.0
#include "kernel/services/exposition.h"

#include <charconv>
#include <cmath>
#include <cstdint>

#include "kvs/base/trim.h"

namespace kvs::kernel {
namespace {

/// Cuts off and returns what stands before the first `separator`.
std::string_view TakeUntil(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view piece = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return Trimmed(piece);
}

struct MediaRange {
  std::string_view type;
  std::string_view version;
  double q = 1;
};

MediaRange ParseMediaRange(std::string_view text) {
  MediaRange range;
  range.type = TakeUntil(text, ';');
  while (!text.empty()) {
    std::string_view value = TakeUntil(text, ';');
    const std::string_view name = TakeUntil(value, '=');
    value = Trimmed(value);
    if (name == "version") range.version = value;
    if (name == "q") {
      double q = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), q);
      range.q = parsed.ec == std::errc() && q >= 0 ? q : 0;
    }
  }
  return range;
}

}  // namespace

ExpositionFormat NegotiateExposition(std::string_view accept) {
  ExpositionFormat best = ExpositionFormat::kText;
  double best_q = 0;
  while (!accept.empty()) {
    const MediaRange range = ParseMediaRange(TakeUntil(accept, ','));
    const bool open_metrics = range.type == "application/openmetrics-text" &&
                              (range.version.empty() || range.version == "1.0.0");
    const bool text =
        (range.type == "text/plain" && (range.version.empty() || range.version == "0.0.4")) ||
        range.type == "text/*" || range.type == "*/*";
    if ((!open_metrics && !text) || range.q <= best_q) continue;
    best = open_metrics ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kText;
    best_q = range.q;
  }
  return best;
}

std::string_view ExpositionContentType(ExpositionFormat format) {
  return format == ExpositionFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

void AppendMetricValue(std::string& out, double value) {
  if (std::isnan(value)) {
    out.append("NaN");
    return;
  }
  if (std::isinf(value)) {
    out.append(value > 0 ? "+Inf" : "-Inf");
    return;
  }
  char buffer[32];
  // Most values are counts; integers print several times faster than shortest floating point.
  const auto end =
      std::abs(value) < 1e15 && value == std::trunc(value)
          ? std::to_chars(buffer, buffer + sizeof(buffer), static_cast<int64_t>(value)).ptr
          : std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  out.append(buffer, end);
}

std::string BucketBoundText(double bound, ExpositionFormat format) {
  std::string text;
  AppendMetricValue(text, bound);
  const bool has_mark = text.find_first_of(".eI") != std::string::npos;
  if (format == ExpositionFormat::kOpenMetrics && !has_mark) text.append(".0");
  return text;
}

void AppendLabelValue(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out.append("\\n");
    } else {
      out.push_back(c);
    }
  }
}

void AppendHelp(std::string& out, std::string_view help, ExpositionFormat format) {
  for (const char c : help) {
    if (c == '\\' || (c == '"' && format == ExpositionFormat::kOpenMetrics)) out.push_back('\\');
    if (c == '\n') {
      out.append("\\n");
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace kvs::kernel
