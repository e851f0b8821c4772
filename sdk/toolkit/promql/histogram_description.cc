// SPDX-License-Identifier: Apache-2.0
#include "histogram_description.h"

#include <charconv>

#include "kvs/base/quote.h"

namespace kvs::promql {
namespace {

enum class Key : uint8_t {
  kSchema,
  kSum,
  kCount,
  kZeroBucket,
  kZeroBucketWidth,
  kBuckets,
  kOffset,
  kNegativeBuckets,
  kNegativeOffset,
  kCustomValues,
  kCounterResetHint,
};

struct KeyName {
  std::string_view name;
  Key key;
};

constexpr KeyName kKeys[] = {
    {"schema", Key::kSchema},
    {"sum", Key::kSum},
    {"count", Key::kCount},
    {"z_bucket", Key::kZeroBucket},
    {"z_bucket_w", Key::kZeroBucketWidth},
    {"buckets", Key::kBuckets},
    {"offset", Key::kOffset},
    {"n_buckets", Key::kNegativeBuckets},
    {"n_offset", Key::kNegativeOffset},
    {"custom_values", Key::kCustomValues},
    {"counter_reset_hint", Key::kCounterResetHint},
};

bool IsWordCharacter(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Status ReadInteger(LineCursor& cursor, int32_t* value) {
  const size_t start = cursor.pos();
  if (cursor.Peek() == '-') cursor.Take();
  cursor.TakeWhile([](char c) { return c >= '0' && c <= '9'; });
  const std::string_view text = cursor.text().substr(start, cursor.pos() - start);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (error == std::errc() && end == text.data() + text.size()) return OkStatus();
  return cursor.Error(start, "expected an integer in histogram description, got ", Quote(text));
}

Status ReadNumbers(LineCursor& cursor, std::vector<double>* values) {
  if (cursor.Peek() != '[') return cursor.Unexpected("histogram description", "\"[\"");
  cursor.Take();
  do {
    KVS_RETURN_IF_ERROR(cursor.ReadSignedNumber(&values->emplace_back()));
    if (!cursor.AtBlank() && cursor.Peek() != ']')
      return cursor.Unexpected("histogram description", "\"]\"");
    cursor.SkipBlanks();
  } while (cursor.Peek() != ']');
  cursor.Take();
  return OkStatus();
}

Status ReadHint(LineCursor& cursor, std::optional<CounterResetHint>* hint) {
  const size_t start = cursor.pos();
  const std::string_view word = cursor.TakeWhile(IsWordCharacter);
  if (word == "unknown") {
    *hint = CounterResetHint::kUnknown;
  } else if (word == "reset") {
    *hint = CounterResetHint::kReset;
  } else if (word == "not_reset") {
    *hint = CounterResetHint::kNotReset;
  } else if (word == "gauge") {
    *hint = CounterResetHint::kGauge;
  } else {
    return cursor.Error(start, "bad histogram descriptor found: ", Quote(word));
  }
  return OkStatus();
}

Status ReadValue(LineCursor& cursor, Key key, HistogramDescription* h) {
  switch (key) {
    case Key::kSchema:
      return ReadInteger(cursor, &h->schema);
    case Key::kSum:
      return cursor.ReadSignedNumber(&h->sum);
    case Key::kCount:
      return cursor.ReadSignedNumber(&h->count);
    case Key::kZeroBucket:
      return cursor.ReadSignedNumber(&h->zero_count);
    case Key::kZeroBucketWidth:
      return cursor.ReadSignedNumber(&h->zero_threshold);
    case Key::kBuckets:
      return ReadNumbers(cursor, &h->positive_buckets);
    case Key::kOffset:
      return ReadInteger(cursor, &h->positive_offset);
    case Key::kNegativeBuckets:
      return ReadNumbers(cursor, &h->negative_buckets);
    case Key::kNegativeOffset:
      return ReadInteger(cursor, &h->negative_offset);
    case Key::kCustomValues:
      return ReadNumbers(cursor, &h->custom_values);
    case Key::kCounterResetHint:
      break;
  }
  return ReadHint(cursor, &h->counter_reset_hint);
}

// Reads `key:value`; `*seen` has a bit a key.
Status ReadPair(LineCursor& cursor, uint32_t* seen, HistogramDescription* histogram) {
  const size_t start = cursor.pos();
  const std::string_view word = cursor.TakeWhile(IsWordCharacter);
  for (const auto& [name, key] : kKeys) {
    if (word != name) continue;
    if (cursor.Peek() != ':') return cursor.Error(start, "missing `:` for histogram descriptor");
    cursor.Take();
    const uint32_t bit = 1u << static_cast<uint32_t>(key);
    if ((*seen & bit) != 0)
      return cursor.Error(start, "duplicate key ", Quote(word), " in histogram");
    *seen |= bit;
    return ReadValue(cursor, key, histogram);
  }
  if (word.empty())
    return cursor.Unexpected("histogram description",
                             "histogram description key, e.g. buckets:[5 10 7]");
  return cursor.Error(start, "bad histogram descriptor found: ", Quote(word));
}

}  // namespace

Status ReadHistogram(LineCursor& cursor, HistogramDescription* histogram) {
  if (!cursor.TakeWord("{{")) return cursor.Unexpected("series values", "\"{{\"");
  uint32_t seen = 0;
  while (true) {
    cursor.SkipBlanks();
    if (cursor.TakeWord("}}")) return OkStatus();
    KVS_RETURN_IF_ERROR(ReadPair(cursor, &seen, histogram));
    if (!cursor.AtBlank() && cursor.Peek() != '}') {
      return cursor.Unexpected("histogram description",
                               "histogram description key, e.g. buckets:[5 10 7]");
    }
  }
}

}  // namespace kvs::promql
