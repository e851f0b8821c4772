// SPDX-License-Identifier: Apache-2.0
// kvs.series_source/1 on the wire. Decoded inputs are borrowed from the message; decoded outputs own it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/port/series_source.h"
#include "kvs/base/status.h"
#include "kvs/records/codec.h"

namespace kvs::remote::grpc {

using records::Decoder;
using records::Encoder;

/// An input with the arrays that it points at.
template <typename T>
struct Decoded {
  T value{};
  std::vector<std::vector<kvs_matcher_t>> matchers;
  std::vector<kvs_matchers_t> sets;
  std::vector<kvs_str_t> texts;
};

std::string EncodeSelect(const kvs_select_t& select);
Status DecodeSelect(std::string_view message, Decoded<kvs_select_t>* out);
std::string EncodeLabelQuery(const kvs_label_query_t& query);
Status DecodeLabelQuery(std::string_view message, Decoded<kvs_label_query_t>* out);
std::string EncodeMetadataQuery(const kvs_metadata_query_t& query);
Status DecodeMetadataQuery(std::string_view message, kvs_metadata_query_t* out);

std::string EncodeSeriesBatch(const kvs_series_batch_t& batch);
StatusOr<kvs_series_batch_t*> DecodeSeriesBatch(std::string message);
std::string EncodeStrings(const kvs_strings_t& strings);
Status DecodeStrings(std::string message, kvs_strings_t* out);
std::string EncodeMetadataList(const kvs_metadata_list_t& list);
Status DecodeMetadataList(std::string message, kvs_metadata_list_t* out);
std::string EncodeExemplarList(const kvs_exemplar_list_t& list);
Status DecodeExemplarList(std::string message, kvs_exemplar_list_t* out);

}  // namespace kvs::remote::grpc
