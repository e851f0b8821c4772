// SPDX-License-Identifier: Apache-2.0
#include "kvs/records/labels.h"

namespace kvs::records {

void EncodeLabels(Encoder& out, const kvs_label_columns_t& labels) {
  out.Number(labels.n_series);
  out.Texts(labels.symbols, labels.n_symbols);
  out.Array(labels.refs, labels.n_series == 0 ? 0 : labels.begin[labels.n_series]);
  out.Array(labels.begin, labels.n_series == 0 ? 0 : labels.n_series + 1);
}

void DecodeLabels(Decoder& in, std::vector<kvs_str_t>* symbols, kvs_label_columns_t* out) {
  *out = sdk::Record<kvs_label_columns_t>();
  out->n_series = in.Small();
  *symbols = in.Texts();
  out->symbols = symbols->data();
  out->n_symbols = symbols->size();
  const auto refs = in.Array<uint32_t>();
  for (const uint32_t ref : refs) {
    if (ref >= symbols->size()) in.Damaged();
  }
  out->refs = refs.data();
  out->begin = in.Offsets(out->n_series, refs.size());
  if (out->begin == nullptr) {
    if (out->n_series > 0) in.Damaged();
    static constexpr uint32_t kNone[] = {0};
    out->begin = kNone;
  }
}

}  // namespace kvs::records
