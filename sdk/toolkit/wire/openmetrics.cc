// SPDX-License-Identifier: Apache-2.0
#include "kvs/wire/openmetrics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "kvs/base/str_cat.h"
#include "kvs/model/utf8.h"

namespace kvs::wire {
namespace {

// The one NaN that Prometheus writes for every NaN that it reads.
constexpr uint64_t kNormalNan = 0x7ff8000000000001;
constexpr size_t kShownMax = 60;  // Of a line, in a message.

bool IsNameStart(char c, bool metric) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (metric && c == ':');
}

bool IsNameChar(char c, bool metric) {
  return IsNameStart(c, metric) || (c >= '0' && c <= '9');
}

// The rest of a line, and what was taken off its front.
class Scanner {
 public:
  explicit Scanner(std::string_view rest) : rest_(rest) {}

  std::string_view rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }
  bool Is(char c) const { return !rest_.empty() && rest_[0] == c; }
  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  // A name without quotes; empty when there is none.
  std::string_view TakeName(bool metric) {
    size_t n = 0;
    if (!rest_.empty() && IsNameStart(rest_[0], metric)) {
      while (n < rest_.size() && IsNameChar(rest_[n], metric)) ++n;
    }
    return TakeBytes(n);
  }
  // Up to the next space.
  std::string_view TakeWord() { return TakeBytes(std::min(rest_.find(' '), rest_.size())); }
  // What stands in quotes, escapes and all; nothing when the quote does not end.
  std::optional<std::string_view> TakeQuoted() {
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '"') {
        const std::string_view out = rest_.substr(1, i - 1);
        rest_.remove_prefix(i + 1);
        return out;
      }
    }
    return std::nullopt;
  }

 private:
  std::string_view TakeBytes(size_t n) {
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  std::string_view rest_;
};

// Escapes that are none stay as they are.
void AppendUnescaped(std::string_view text, std::string* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == '\\' || next == '"' || next == 'n') {
      out->push_back(next == 'n' ? '\n' : next);
      ++i;
    } else {
      out->push_back(text[i]);
    }
  }
}

// As Go's strconv.ParseFloat reads it, without its hexadecimal numbers and underscores.
std::optional<double> ReadNumber(std::string_view text) {
  const std::string_view whole = text;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text[0] == '+' || (text != whole && text[0] == '-')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    value = std::strtod(std::string(text).c_str(), nullptr);  // Too small is nearly 0.
    if (std::isinf(value)) return std::nullopt;
  }
  if (!std::isnan(value)) return value;
  // Neither a sign nor anything in parentheses.
  if (whole.size() != 3) return std::nullopt;
  return std::bit_cast<double>(kNormalNan);
}

// Reads {name="value",...} into sample->labels, from behind the brace to behind the other one.
Status ReadLabels(Scanner& in, std::string_view* name, OpenMetricsSample* sample) {
  const auto take_text = [&](std::string_view quoted) -> StatusOr<std::string_view> {
    if (quoted.find('\\') == std::string_view::npos) {
      if (!model::IsValidUtf8(quoted)) return InvalidArgument("text that is no UTF-8");
      return quoted;
    }
    const size_t begin = sample->unescaped.size();
    AppendUnescaped(quoted, &sample->unescaped);
    const std::string_view out = std::string_view(sample->unescaped).substr(begin);
    if (!model::IsValidUtf8(out)) return InvalidArgument("text that is no UTF-8");
    return out;
  };
  while (!in.Take("}")) {
    std::string_view label;
    if (in.Is('"')) {
      const auto quoted = in.TakeQuoted();
      if (!quoted.has_value()) return InvalidArgument("a quote that does not end");
      KVS_ASSIGN_OR_RETURN(label, take_text(*quoted));
      if (!in.Is('=')) {
        if (!name->empty()) return InvalidArgument("a second metric name");
        if (label.empty()) return InvalidArgument("an empty metric name");
        *name = label;
        if (!in.Take(",") && !in.Is('}'))
          return InvalidArgument("no , or } behind the metric name");
        continue;
      }
    } else {
      label = in.TakeName(/*metric=*/false);
    }
    if (label.empty()) return InvalidArgument("no label name where one should be");
    if (!in.Take("=")) return InvalidArgument("no = behind the label name ", label);
    if (!in.Is('"')) return InvalidArgument("no quoted value of the label ", label);
    const auto quoted = in.TakeQuoted();
    if (!quoted.has_value()) return InvalidArgument("a value of ", label, " that does not end");
    KVS_ASSIGN_OR_RETURN(const std::string_view value, take_text(*quoted));
    sample->labels.push_back({label, value});
    if (!in.Take(",") && !in.Is('}')) return InvalidArgument("no , or } behind the label ", label);
  }
  return OkStatus();
}

// By name; empty values are no labels.
Status SortLabels(std::vector<model::LabelView>* labels) {
  std::sort(labels->begin(), labels->end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto same =
      std::adjacent_find(labels->begin(), labels->end(),
                         [](const auto& a, const auto& b) { return a.name == b.name; });
  if (same != labels->end())
    return InvalidArgument("label name \"", same->name, "\" is not unique");
  std::erase_if(*labels, [](const model::LabelView& label) { return label.value.empty(); });
  return OkStatus();
}

StatusOr<int64_t> ReadTime(std::string_view text) {
  const std::optional<double> seconds = ReadNumber(text);
  constexpr double kMaxSeconds = 9'223'372'036'854'775.0;
  if (!seconds.has_value() || !(std::abs(*seconds) < kMaxSeconds))
    return InvalidArgument("\"", text.substr(0, kShownMax), "\" is no timestamp in seconds");
  return static_cast<int64_t>(*seconds * 1000);
}

}  // namespace

StatusOr<bool> OpenMetricsReader::Next(OpenMetricsSample* out) {
  while (true) {
    const size_t begin = at_;
    ++line_;
    const auto refuse = [&](const Status& status) { return Annotate(status, "line ", line_); };
    if (begin >= text_.size()) return refuse(InvalidArgument("data does not end with # EOF"));
    const size_t end = text_.find('\n', begin);
    const std::string_view line = text_.substr(begin, end - begin);
    if (line == "# EOF") {
      if (end != std::string_view::npos && end + 1 != text_.size())
        return refuse(InvalidArgument("unexpected data after # EOF"));
      return false;
    }
    if (end == std::string_view::npos)
      return refuse(InvalidArgument("data does not end with # EOF"));
    at_ = end + 1;
    if (line.starts_with('#')) {
      if (const Status status = ReadComment(line); !status.ok()) return refuse(status);
      continue;
    }
    if (const Status status = ReadSample(line, out); !status.ok()) return refuse(status);
    out->offset = begin;
    return true;
  }
}

Status OpenMetricsReader::ReadAt(size_t offset, OpenMetricsSample* out) const {
  KVS_CHECK(offset < text_.size());
  out->offset = offset;
  return ReadSample(text_.substr(offset, text_.find('\n', offset) - offset), out);
}

// # HELP name text, # TYPE name type, # UNIT name unit
Status OpenMetricsReader::ReadComment(std::string_view line) {
  Scanner in(line);
  const bool is_help = in.Take("# HELP "), is_type = !is_help && in.Take("# TYPE ");
  if (!is_help && !is_type && !in.Take("# UNIT "))
    return InvalidArgument("\"", line.substr(0, kShownMax),
                           "\" is none of # HELP, # TYPE, # UNIT and # EOF");
  std::string_view name;
  if (in.Is('"')) {
    name = in.TakeQuoted().value_or(std::string_view());
  } else {
    name = in.TakeName(/*metric=*/true);
  }
  if (name.empty()) return InvalidArgument("no metric name behind ", line.substr(0, 6));
  if (!in.Take(" ")) return InvalidArgument("nothing behind the metric name ", name);
  const std::string_view text = in.rest();
  static constexpr std::array<std::string_view, 8> kTypes = {
      "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown"};
  if (is_type && std::find(kTypes.begin(), kTypes.end(), text) == kTypes.end())
    return InvalidArgument("invalid metric type \"", text.substr(0, kShownMax), "\"");
  if (is_help && !model::IsValidUtf8(text)) return InvalidArgument("help text that is no UTF-8");
  const bool is_unit = !is_help && !is_type;
  if (is_unit && !text.empty() && !name.ends_with(StrCat("_", text)))
    return InvalidArgument("unit \"", text.substr(0, kShownMax), "\" is no suffix of metric \"",
                           name, "\"");
  return OkStatus();
}

// name{labels} value timestamp # {labels} value timestamp
Status OpenMetricsReader::ReadSample(std::string_view line, OpenMetricsSample* out) {
  out->labels.clear();
  out->unescaped.clear();
  out->unescaped.reserve(line.size());  // Views into it stay valid.
  out->t_ms.reset();
  Scanner in(line);
  std::string_view name = in.TakeName(/*metric=*/true);
  if (name.empty() && !in.Is('{'))
    return InvalidArgument("\"", line.substr(0, kShownMax), "\" begins with no metric name");
  if (in.Take("{")) KVS_RETURN_IF_ERROR(ReadLabels(in, &name, out));
  if (name.empty()) return InvalidArgument("no metric name");
  out->labels.push_back({model::kMetricNameLabel, name});
  KVS_RETURN_IF_ERROR(SortLabels(&out->labels));
  out->series = line.substr(0, line.size() - in.rest().size());

  if (!in.Take(" "))
    return InvalidArgument("no space and value behind ", out->series.substr(0, kShownMax));
  const std::string_view number = in.TakeWord();
  const std::optional<double> value = ReadNumber(number);
  if (!value.has_value())
    return InvalidArgument("\"", number.substr(0, kShownMax), "\" is no number");
  out->value = *value;
  if (in.empty()) return OkStatus();
  if (!in.rest().starts_with(" # ")) {
    in.Take(" ");
    KVS_ASSIGN_OR_RETURN(out->t_ms, ReadTime(in.TakeWord()));
    if (in.empty()) return OkStatus();
  }
  // An exemplar. It is in no block, but has to be one.
  if (!in.Take(" # {")) return InvalidArgument("text behind the timestamp that is no exemplar");
  OpenMetricsSample exemplar;
  exemplar.unescaped.reserve(line.size());
  std::string_view no_name = "-";
  KVS_RETURN_IF_ERROR(ReadLabels(in, &no_name, &exemplar));
  if (!in.Take(" ") || !ReadNumber(in.TakeWord()).has_value())
    return InvalidArgument("an exemplar without a value");
  if (in.empty()) return OkStatus();
  in.Take(" ");
  return ReadTime(in.TakeWord()).ok() && in.empty()
             ? OkStatus()
             : InvalidArgument("an exemplar whose timestamp is none");
}

}  // namespace kvs::wire
