// SPDX-License-Identifier: Apache-2.0
// kvs.series_sink/1 on the wire, in two forms. In the full one ("write") each series has its
// labels. In the known one
// ("write_known") series have their keys alone, but for those whose labels are told: the other side
// knows the labels of the others by their keys, or asks for them (kLabelsNeeded). A message of
// 2,000 series of ten labels and a sample each takes 570 KB in the first and 56 KB in the second.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/port/series_sink.h"
#include "kvs/base/status.h"
#include "kvs/model/write_batch.h"

namespace kvs::remote::grpc {

/// The selected rows of a view, as a batch of their own.
std::string EncodeWrite(const kvs_write_view_t& view);
/// Label bytes and texts of `out` point into `message`.
Status DecodeWrite(std::string_view message, model::WriteBatch* out);

/// Series of a view.
uint32_t SeriesOf(const kvs_write_view_t& view);
/// As EncodeWrite(), with the labels of the series at these positions of the view only; ascending.
std::string EncodeKnownWrite(const kvs_write_view_t& view, std::span<const uint32_t> told);
/// Layout protobuf. Of series whose labels were not told label_bytes has no data; those of the
/// others, which `told` lists, point into `message`, as do texts.
Status DecodeKnownWrite(std::string_view message, model::WriteBatch* out,
                        std::vector<uint32_t>* told);

/// The output of a reply with kLabelsNeeded: positions of series whose labels are to be told.
std::string EncodeMissing(const std::vector<uint32_t>& missing);
/// Ascending, each below `n_series`, or DATA_LOSS.
Status DecodeMissing(std::string_view message, uint32_t n_series, std::vector<uint32_t>* out);

std::string EncodeWriteResult(const kvs_write_result_t& result);
Status DecodeWriteResult(std::string_view message, kvs_write_result_t* out);

}  // namespace kvs::remote::grpc
