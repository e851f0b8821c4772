// SPDX-License-Identifier: Apache-2.0
#include "batch_labels.h"

#include <string_view>

#include "kvs/model/label_cursor.h"
#include "kvs/model/label_records.h"
#include "kvs/sdk/str.h"

namespace kvs::head {

size_t PutLabelRecords(const kvs_write_batch_t& batch, uint32_t row, wal::Encoder& record) {
  if (batch.label_layout == KVS_LABELS_PROTOBUF) {
    const kvs_bytes_t& bytes = batch.label_bytes[row];
    record.PutVarint(bytes.size);
    record.PutBytes(sdk::View(bytes));
    return bytes.size;
  }
  const auto each_label = [&](auto use) {
    for (uint32_t i = batch.label_begin[row]; i + 1 < batch.label_begin[row + 1]; i += 2)
      use(sdk::View(batch.symbols[batch.label_refs[i]]),
          sdk::View(batch.symbols[batch.label_refs[i + 1]]));
  };
  size_t size = 0;
  each_label([&size](std::string_view name, std::string_view value) {
    size += model::LabelRecordSize(name, value);
  });
  record.PutVarint(size);
  each_label([&record](std::string_view name, std::string_view value) {
    model::PutLabelRecord(name, value, [&record](std::string_view piece) {
      record.PutBytes({reinterpret_cast<const uint8_t*>(piece.data()), piece.size()});
    });
  });
  return size;
}

void AppendLabelRecords(std::span<const kvs_pair_t> labels, std::string& out) {
  for (const kvs_pair_t& label : labels)
    model::AppendLabelRecord(sdk::View(label.name), sdk::View(label.value), out);
}

std::string FormatSeriesOf(const kvs_write_batch_t& batch, uint32_t row) {
  model::LabelSource source;
  source.layout = static_cast<model::LabelLayout>(batch.label_layout);
  source.label_bytes = reinterpret_cast<const model::BytesRef*>(batch.label_bytes);
  source.label_begin = batch.label_begin;
  source.label_refs = batch.label_refs;
  source.symbols = reinterpret_cast<const model::StrRef*>(batch.symbols);
  source.n_symbols = batch.n_symbols;
  return model::FormatSeries(model::LabelCursor(source, row));
}

}  // namespace kvs::head
