// SPDX-License-Identifier: Apache-2.0
#include "kvs/promql/series_description.h"

#include <bit>
#include <charconv>
#include <utility>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/promql/ast.h"

#include "histogram_description.h"
#include "lexer.h"
#include "line_cursor.h"

namespace kvs::promql {
namespace {

constexpr std::string_view kStartTimestampSuffix = "@st";

// ---- The series

Status ReadLabel(Lexer& lexer, const Token& name, LineCursor& cursor, LabelPair* label,
                 Token* next) {
  const bool quoted = name.type == TokenType::kString;
  if (!quoted && name.type != TokenType::kIdentifier) {
    return cursor.ErrorAt(name, lexer, "label set", "identifier or \"}\"");
  }
  label->name = quoted ? Unquote(name.text) : std::string(name.text);
  *next = lexer.Next();
  if (next->type != TokenType::kAssign) {
    if (!quoted) return cursor.ErrorAt(*next, lexer, "label set", "\"=\"");
    label->value = std::exchange(
        label->name, std::string(kMetricNameLabel));  // A lone string is the metric name.
    return OkStatus();
  }
  const Token value = lexer.Next();
  if (value.type != TokenType::kString) return cursor.ErrorAt(value, lexer, "label set", "string");
  label->value = Unquote(value.text);
  *next = lexer.Next();
  return OkStatus();
}

// Reads `{...}`, whose brace has been taken.
Status ReadLabelSet(Lexer& lexer, LineCursor& cursor, std::vector<LabelPair>* labels) {
  Token token = lexer.Next();
  while (token.type != TokenType::kRightBrace) {
    LabelPair label;
    Token next;
    KVS_RETURN_IF_ERROR(ReadLabel(lexer, token, cursor, &label, &next));
    labels->push_back(std::move(label));
    if (next.type == TokenType::kComma) {
      token = lexer.Next();
    } else if (next.type == TokenType::kRightBrace) {
      token = next;
    } else {
      return cursor.ErrorAt(next, lexer, "label set", "\",\" or \"}\"");
    }
  }
  cursor.MoveTo(static_cast<size_t>(token.end()));
  return OkStatus();
}

// Reads the series at the beginning of the line and leaves the cursor behind it. A brace belongs to
// the series only if it touches the name: `m {{...}}` has a histogram.
Status ReadMetric(LineCursor& cursor, std::vector<LabelPair>* labels) {
  Lexer lexer(cursor.text());
  Token token;
  if (cursor.Peek() != '{') {
    token = lexer.Next();
    if (!MayBeMetricName(token.type))
      return cursor.ErrorAt(token, lexer, "series", "metric name or label set");
    labels->push_back({std::string(kMetricNameLabel), std::string(token.text)});
    cursor.MoveTo(static_cast<size_t>(token.end()));
    if (cursor.Peek() != '{') return OkStatus();
  }
  lexer.Next();
  return ReadLabelSet(lexer, cursor, labels);
}

// ---- Values

// Reads `xN`, whose x is next, into the number of positions.
Status ReadRepetition(LineCursor& cursor, uint64_t least, uint64_t* positions) {
  cursor.Take();
  const size_t start = cursor.pos();
  const std::string_view digits = cursor.TakeWhile([](char c) { return c >= '0' && c <= '9'; });
  uint64_t times = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), times);
  if (error != std::errc() || times > kRepetitionsMax) {
    return cursor.Error(start, "invalid repetition in series values: ", Quote(digits), ", limit ",
                        kRepetitionsMax);
  }
  *positions = times + least;
  return OkStatus();
}

Status ReadFloatItem(LineCursor& cursor, SequenceItem* item) {
  item->kind = SequenceItem::Kind::kFloat;
  if (cursor.TakeWord("stale")) {
    item->value = std::bit_cast<double>(kStaleNanBits);
  } else {
    KVS_RETURN_IF_ERROR(cursor.ReadSignedNumber(&item->value));
    if (cursor.Peek() == '+' || cursor.Peek() == '-') {
      KVS_RETURN_IF_ERROR(cursor.ReadSignedNumber(&item->increment));
      if (cursor.Peek() != 'x')
        return cursor.Unexpected("series values", "\"x\" and a number of repetitions");
    }
  }
  return cursor.Peek() == 'x' ? ReadRepetition(cursor, 1, &item->positions) : OkStatus();
}

Status ReadHistogramItem(LineCursor& cursor, SequenceItem* item) {
  item->kind = SequenceItem::Kind::kHistogram;
  KVS_RETURN_IF_ERROR(ReadHistogram(cursor, &item->histogram.emplace()));
  if (cursor.Peek() == '+' || cursor.Peek() == '-') {
    item->subtract = cursor.Take() == '-';
    KVS_RETURN_IF_ERROR(ReadHistogram(cursor, &item->histogram_increment.emplace()));
    if (cursor.Peek() != 'x')
      return cursor.Unexpected("series values", "\"x\" and a number of repetitions");
  }
  return cursor.Peek() == 'x' ? ReadRepetition(cursor, 1, &item->positions) : OkStatus();
}

Status ReadItem(LineCursor& cursor, SequenceItem* item) {
  if (cursor.Peek() == '_') {
    cursor.Take();
    return cursor.Peek() == 'x' ? ReadRepetition(cursor, 0, &item->positions) : OkStatus();
  }
  return cursor.Peek() == '{' ? ReadHistogramItem(cursor, item) : ReadFloatItem(cursor, item);
}

// ---- Start timestamps

// Reads a duration of one unit, such as 30s, with an optional sign.
Status ReadSignedDuration(LineCursor& cursor, int64_t* ms) {
  const size_t start = cursor.pos();
  bool minus = false;
  if (cursor.Peek() == '+' || cursor.Peek() == '-') minus = cursor.Take() == '-';
  const size_t digits_start = cursor.pos();
  cursor.TakeWhile([](char c) { return c >= '0' && c <= '9'; });
  cursor.TakeWhile([](char c) { return c >= 'a' && c <= 'w'; });  // Not x, which means repetition.
  if (cursor.Peek() == 'y') cursor.Take();
  const std::string_view text = cursor.text().substr(digits_start, cursor.pos() - digits_start);
  const StatusOr<int64_t> parsed = ParseDurationMs(text);
  if (!parsed.ok()) return cursor.Error(start, parsed.status().message());
  *ms = minus ? -*parsed : *parsed;
  return OkStatus();
}

Status ReadStartTimestampItem(LineCursor& cursor, StartTimestampItem* item) {
  if (cursor.Peek() == '_') {
    cursor.Take();
    item->omitted = true;
    return cursor.Peek() == 'x' ? ReadRepetition(cursor, 0, &item->positions) : OkStatus();
  }
  KVS_RETURN_IF_ERROR(ReadSignedDuration(cursor, &item->offset_ms));
  if (cursor.Peek() == '+' || cursor.Peek() == '-') {
    KVS_RETURN_IF_ERROR(ReadSignedDuration(cursor, &item->increment_ms));
    if (cursor.Peek() != 'x')
      return cursor.Unexpected("start timestamps", "\"x\" and a number of repetitions");
  }
  return cursor.Peek() == 'x' ? ReadRepetition(cursor, 1, &item->positions) : OkStatus();
}

// Reads blank-separated items up to the end of the line.
template <typename Item>
Status ReadItems(LineCursor& cursor, Status (*read)(LineCursor&, Item*), std::vector<Item>* items) {
  while (true) {
    if (!cursor.AtEnd() && !cursor.AtBlank()) return cursor.Unexpected("series values", "");
    cursor.SkipBlanks();
    if (cursor.AtEnd()) return OkStatus();
    KVS_RETURN_IF_ERROR(read(cursor, &items->emplace_back()));
  }
}

}  // namespace

uint64_t SeriesDescription::positions() const {
  uint64_t sum = 0;
  for (const SequenceItem& item : items) sum += item.positions;
  return sum;
}

StatusOr<SeriesDescription> ParseSeriesDescription(std::string_view line) {
  LineCursor cursor(line);
  SeriesDescription description;
  cursor.SkipBlanks();
  KVS_RETURN_IF_ERROR(ReadMetric(cursor, &description.labels));
  KVS_RETURN_IF_ERROR(ReadItems(cursor, &ReadItem, &description.items));
  return description;
}

StatusOr<std::vector<LabelPair>> ParseMetric(std::string_view text) {
  LineCursor cursor(text);
  std::vector<LabelPair> labels;
  cursor.SkipBlanks();
  KVS_RETURN_IF_ERROR(ReadMetric(cursor, &labels));
  cursor.SkipBlanks();
  if (!cursor.AtEnd()) return cursor.Unexpected("", "");
  return labels;
}

bool IsStartTimestampLine(std::string_view line) {
  LineCursor cursor(line);
  cursor.SkipBlanks();
  const std::string_view rest = line.substr(cursor.pos());
  return rest.substr(0, rest.find_first_of(" \t")).ends_with(kStartTimestampSuffix);
}

StatusOr<StartTimestampLine> ParseStartTimestampLine(std::string_view line) {
  LineCursor cursor(line);
  StartTimestampLine result;
  cursor.SkipBlanks();
  KVS_RETURN_IF_ERROR(ReadMetric(cursor, &result.labels));
  if (!cursor.TakeWord(kStartTimestampSuffix))
    return cursor.Unexpected("start timestamps", "\"@st\"");
  KVS_RETURN_IF_ERROR(ReadItems(cursor, &ReadStartTimestampItem, &result.items));
  return result;
}

}  // namespace kvs::promql
