// SPDX-License-Identifier: Apache-2.0
// Histogram columns as bytes: one list of fields for both directions.
#pragma once

#include "kvs/abi/write_batch.h"
#include "kvs/records/codec.h"

namespace kvs::records {

/// `columns` may be null. n_series is that of the batch or result they belong to.
void EncodeHistograms(Encoder& out, const kvs_histogram_columns_t* columns, uint32_t n_series);
/// False when there are none. Arrays point into the message.
bool DecodeHistograms(Decoder& in, kvs_histogram_columns_t* columns, uint32_t n_series);

}  // namespace kvs::records
