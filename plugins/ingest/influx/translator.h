// SPDX-License-Identifier: Apache-2.0
// Lines as series, named as Mimir names them: every field is a series `measurement_field`, or
// `measurement` alone for a field that is called value, with the tags as labels and
// __mimir_source__="influx". Pure. [any]
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/model/write_batch_builder.h"

#include "line_protocol.h"

namespace kvs::ingest::influx {

class Translator {
 public:
  /// Lines without a time get `now_ms`. `unit_ns`: of their times.
  Translator(int64_t unit_ns, int64_t now_ms, model::WriteBatchBuilder* out)
      : unit_ns_(unit_ns), now_ms_(now_ms), out_(*out) {}

  void Add(const Line& line);
  /// Fields that hold text, which no sample can.
  uint64_t text_fields() const { return text_fields_; }

 private:
  int64_t TimeMs(const Line& line) const;

  const int64_t unit_ns_;
  const int64_t now_ms_;
  model::WriteBatchBuilder& out_;
  uint64_t text_fields_ = 0;
  std::vector<model::LabelView> labels_;
  std::deque<std::string> names_;  // Of tags, where they had to be changed.
  std::string metric_;
};

/// What a label or metric may not have becomes "_", and a digit in front gets one before it.
std::string LegacyName(std::string_view text);

}  // namespace kvs::ingest::influx
