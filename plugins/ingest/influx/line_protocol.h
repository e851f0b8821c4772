// SPDX-License-Identifier: Apache-2.0
// Influx line protocol: lines such as
//
//   weather,city=ulm temperature=21.5,windy=true,note="calm, \"so far\"" 1465839830100400200
//
//   LineParser parser(body);
//   Line line;
//   while (parser.Next(&line)) Use(line);     // Damaged lines are passed over.
//   parser.errors();                          // "line 3: field \"x\" has no value"
//
// Pure. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/model/write_batch.h"

namespace kvs::ingest::influx {

struct Field {
  std::string_view key;
  double value = 0;
  bool is_text = false;  ///< Has no number; `value` says nothing.
};

/// One line. Borrowed from the body and the parser, until the next one.
struct Line {
  std::string_view measurement;
  std::vector<model::LabelView> tags;
  std::vector<Field> fields;
  bool has_time = false;
  int64_t time = 0;  ///< In the unit of the request.
};

class LineParser {
 public:
  /// `body` outlives the parser.
  explicit LineParser(std::string_view body) : rest_(body) {}

  /// The next line that makes sense; false at the end.
  bool Next(Line* line);

  /// Lines that made none: how many, and what was wrong with the first ten.
  uint64_t n_errors() const { return n_errors_; }
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  Status Parse(std::string_view text, Line* line);
  Status ParseTags(std::string_view* text, Line* line);
  Status ParseFields(std::string_view* text, Line* line);
  /// Takes off the front what ends before the first of `ends` that is not escaped.
  std::string_view Take(std::string_view* text, std::string_view ends);
  std::string_view Unescaped(std::string_view text, std::string_view escapable);

  std::string_view rest_;
  uint64_t number_ = 0;  // Of the line at hand.
  uint64_t n_errors_ = 0;
  std::vector<std::string> errors_;
  model::ByteArena arena_;  // Texts without their backslashes.
};

/// Nanoseconds in the unit that `precision` names: ns (also when empty), us, ms, s, and those of
/// version 1: n, u, m, h. InvalidArgument for others.
StatusOr<int64_t> UnitNs(std::string_view precision);

}  // namespace kvs::ingest::influx
