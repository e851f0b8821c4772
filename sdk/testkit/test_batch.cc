// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/test_batch.h"

#include <functional>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/str.h"

namespace kvs::testkit {

std::string ToString(const LabelPairs& labels) {
  std::string out;
  for (const auto& [name, value] : labels)
    StrAppend(out, out.empty() ? "" : ", ", name, "=\"", value, "\"");
  return StrCat("{", out, "}");
}

std::string ToString(const kvs_label_columns_t& columns, uint32_t series) {
  LabelPairs labels;
  for (uint32_t i = columns.begin[series]; i < columns.begin[series + 1]; i += 2) {
    labels.emplace_back(sdk::Text(columns.symbols[columns.refs[i]]),
                        sdk::Text(columns.symbols[columns.refs[i + 1]]));
  }
  return ToString(labels);
}

TestBatch::TestBatch() {
  ref_.struct_size = sizeof(ref_);
  ref_.retain = [](kvs_ref_t*) noexcept {};
  ref_.release = [](kvs_ref_t*) noexcept {};
}

void TestBatch::Add(const LabelPairs& labels, const SamplePairs& samples) {
  for (const auto& [name, value] : labels) {
    for (const std::string& text : {name, value}) {
      label_refs_.push_back(static_cast<uint32_t>(texts_.size()));
      texts_.push_back(text);
    }
  }
  label_begin_.push_back(static_cast<uint32_t>(label_refs_.size()));
  const std::string all = ToString(labels);
  keys_.push_back({std::hash<std::string>()(all), std::hash<std::string>()(all + "#")});
  for (const auto& [t, v] : samples) {
    timestamps_.push_back(t);
    values_.push_back(v);
  }
  sample_begin_.push_back(static_cast<uint32_t>(values_.size()));
}

void TestBatch::AddMetadata(std::string_view metric, uint32_t type) {
  metadata_.push_back({sdk::Str(texts_.emplace_back(metric)), {}, {}, type, 0});
}

const kvs_write_view_t* TestBatch::view(const std::vector<uint32_t>* rows) {
  symbols_.clear();
  for (const std::string& text : texts_) symbols_.push_back(sdk::Str(text));
  batch_ = sdk::Record<kvs_write_batch_t>();
  batch_.label_layout = KVS_LABELS_SYMBOLS;
  batch_.ref = &ref_;
  batch_.n_series = n_series();
  batch_.n_samples = static_cast<uint32_t>(values_.size());
  batch_.series_key = keys_.data();
  batch_.label_begin = label_begin_.data();
  batch_.label_refs = label_refs_.data();
  batch_.symbols = symbols_.data();
  batch_.n_symbols = symbols_.size();
  batch_.sample_begin = sample_begin_.data();
  batch_.timestamp_ms = timestamps_.data();
  batch_.value = values_.data();
  batch_.metadata = metadata_.data();
  batch_.n_metadata = metadata_.size();
  view_ = sdk::Record<kvs_write_view_t>();
  view_.batch = &batch_;
  if (rows != nullptr) {
    view_.rows = rows->data();
    view_.n_rows = static_cast<uint32_t>(rows->size());
  }
  return &view_;
}

std::string ToString(const std::vector<Match>& matches) {
  static constexpr const char* kOperators[] = {"=", "!=", "=~", "!~"};
  std::string out;
  for (const Match& m : matches)
    StrAppend(out, out.empty() ? "" : ", ", m.name, kOperators[m.type], "\"", m.value, "\"");
  return StrCat("{", out, "}");
}

MatchSet::MatchSet(const std::vector<Match>& matches) {
  for (const Match& m : matches)
    matchers_.push_back({sdk::Str(m.name), sdk::Str(m.value), m.type, 0});
  raw_ = {matchers_.data(), matchers_.size()};
}

const std::vector<LabelPairs>& MatchTruthSeries() {
  static const std::vector<LabelPairs>* const kSeries = new std::vector<LabelPairs>{
      {{"__name__", "up"}, {"job", "api"}, {"zone", "a"}},      // 0
      {{"__name__", "up"}, {"job", "api"}, {"zone", "b"}},      // 1
      {{"__name__", "up"}, {"job", "db"}},                      // 2: no zone
      {{"__name__", "down"}, {"job", "api-2"}, {"zone", "a"}},  // 3
      {{"__name__", "down"}, {"host", "x.y"}},                  // 4: no job, no zone
      {{"__name__", "\xc3\xbcp"}, {"job", "a\nb"}},  // 5: not ASCII; a newline in a value
      {{"job", "nameless"}, {"zone", "ab"}},         // 6: no metric name
  };
  return *kSeries;
}

const std::vector<MatchTruth>& MatchTruthTable() {
  constexpr int32_t kEq = KVS_MATCH_EQUAL, kNe = KVS_MATCH_NOT_EQUAL, kRe = KVS_MATCH_REGEX,
                    kNr = KVS_MATCH_NOT_REGEX;
  static const std::vector<MatchTruth>* const kTable = new std::vector<MatchTruth>{
      {{{kEq, "__name__", "up"}}, {0, 1, 2}},
      {{{kEq, "__name__", "u"}}, {}},
      {{{kEq, "__name__", "\xc3\xbcp"}}, {5}},
      {{{kEq, "__name__", "up"}, {kEq, "zone", "a"}}, {0}},
      {{{kEq, "__name__", "up"}, {kEq, "job", "db"}, {kEq, "zone", "a"}}, {}},
      {{{kEq, "job", "api"}}, {0, 1}},
      // A label that is not there is empty.
      {{{kEq, "zone", ""}}, {2, 4, 5}},
      {{{kEq, "nothing", ""}}, {0, 1, 2, 3, 4, 5, 6}},
      {{{kEq, "nothing", "x"}}, {}},
      {{{kNe, "zone", ""}}, {0, 1, 3, 6}},
      {{{kNe, "nothing", ""}}, {}},
      {{{kEq, "__name__", ""}}, {6}},
      {{{kNe, "__name__", ""}, {kNe, "job", ""}}, {0, 1, 2, 3, 5}},
      // A label that is not there is not equal to anything else.
      {{{kNe, "zone", "a"}}, {1, 2, 4, 5, 6}},
      {{{kEq, "__name__", "up"}, {kNe, "zone", "a"}}, {1, 2}},
      {{{kNe, "__name__", "up"}}, {3, 4, 5, 6}},
      {{{kNe, "nothing", "x"}}, {0, 1, 2, 3, 4, 5, 6}},
      // Expressions match the whole value.
      {{{kRe, "job", "api"}}, {0, 1}},
      {{{kRe, "job", "api.*"}}, {0, 1, 3}},
      {{{kRe, "job", "api.+"}}, {3}},
      {{{kRe, "job", "pi"}}, {}},
      {{{kRe, "job", "api|db"}}, {0, 1, 2}},
      {{{kRe, "job", "(api|db)(-2)?"}}, {0, 1, 2, 3}},
      {{{kRe, "job", "a.b"}}, {5}},
      {{{kRe, "host", "x\\.y"}}, {4}},
      {{{kRe, "job", "(?i)API"}}, {0, 1}},
      {{{kRe, "zone", "[ab]"}}, {0, 1, 3}},
      // Expressions that match the empty text find what lacks the label.
      {{{kRe, "zone", ".*"}}, {0, 1, 2, 3, 4, 5, 6}},
      {{{kRe, "zone", ".+"}}, {0, 1, 3, 6}},
      {{{kRe, "zone", "a|"}}, {0, 2, 3, 4, 5}},
      {{{kRe, "zone", "a?"}}, {0, 2, 3, 4, 5}},
      {{{kRe, "zone", ""}}, {2, 4, 5}},
      {{{kRe, "nothing", ".+"}}, {}},
      {{{kNr, "zone", "a"}}, {1, 2, 4, 5, 6}},
      {{{kNr, "zone", "a|b"}}, {2, 4, 5, 6}},
      {{{kNr, "zone", ".*"}}, {}},
      {{{kNr, "zone", ".+"}}, {2, 4, 5}},
      {{{kNr, "zone", ""}}, {0, 1, 3, 6}},
      {{{kNr, "zone", "a|"}}, {1, 6}},
      {{{kNr, "nothing", "x"}}, {0, 1, 2, 3, 4, 5, 6}},
      {{{kEq, "__name__", "up"}, {kNr, "job", "d.*"}, {kRe, "zone", "a|b"}}, {0, 1}},
      {{{kRe, "__name__", "up|down"}, {kEq, "zone", "a"}}, {0, 3}},
      {{{kRe, "__name__", ".*"}, {kEq, "zone", "ab"}}, {6}},
      // Two conditions on one label.
      {{{kRe, "job", "api.*"}, {kNe, "job", "api-2"}}, {0, 1}},
      {{{kEq, "job", "api"}, {kEq, "job", "db"}}, {}},
  };
  return *kTable;
}

}  // namespace kvs::testkit
