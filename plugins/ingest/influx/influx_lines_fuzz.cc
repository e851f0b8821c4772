// SPDX-License-Identifier: Apache-2.0
// Any bytes as Influx lines: texts inside of the body or the arena, and series that are whole.
#include <cstdlib>

#include "kvs/model/label_cursor.h"
#include "kvs/model/write_batch_builder.h"

#include "line_protocol.h"
#include "translator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  ingest::influx::LineParser parser(body);
  model::WriteBatchBuilder builder(1);
  ingest::influx::Translator translator(1'000, 0, &builder);
  for (ingest::influx::Line line; parser.Next(&line);) {
    if (line.measurement.empty() || line.fields.empty()) std::abort();
    translator.Add(line);
  }
  const model::WriteBatch batch = builder.Take();
  for (uint32_t i = 0; i < batch.n_series(); ++i) {
    std::string_view before;
    model::LabelCursor labels = batch.labels(i);
    for (model::LabelView label; labels.Next(&label); before = label.name) {
      if (label.name <= before) std::abort();
    }
    if (labels.damaged() || batch.sample_begin[i + 1] != batch.sample_begin[i] + 1) std::abort();
  }
  return 0;
}
