// SPDX-License-Identifier: Apache-2.0
// Label columns as bytes, inside a larger message.
#pragma once

#include <vector>

#include "kvs/abi/series_batch.h"
#include "kvs/records/codec.h"

namespace kvs::records {

void EncodeLabels(Encoder& out, const kvs_label_columns_t& labels);
/// `out` points into `symbols` and the message.
void DecodeLabels(Decoder& in, std::vector<kvs_str_t>* symbols, kvs_label_columns_t* out);

}  // namespace kvs::records
