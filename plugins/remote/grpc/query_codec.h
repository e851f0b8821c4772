// SPDX-License-Identifier: Apache-2.0
// kvs.query_engine/1 and kvs.object_store/1 on the wire. Decoded inputs are borrowed from the message; decoded outputs own
// it.
#pragma once

#include <string>
#include <string_view>

#include "kvs/abi/port/object_store.h"
#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"

namespace kvs::remote::grpc {

std::string EncodeQuery(const kvs_query_t& query);
Status DecodeQuery(std::string_view message, kvs_query_t* out);

std::string EncodeKey(const kvs_str_t& key);
Status DecodeKey(std::string_view message, kvs_str_t* out);
std::string EncodeGet(const kvs_object_get_t& get);
Status DecodeGet(std::string_view message, kvs_object_get_t* out);
std::string EncodePut(const kvs_object_put_t& put);
Status DecodePut(std::string_view message, kvs_object_put_t* out);
std::string EncodeList(const kvs_object_list_t& list);
Status DecodeList(std::string_view message, kvs_object_list_t* out);
std::string EncodeInfo(const kvs_object_info_t& info);
Status DecodeInfo(std::string message, kvs_object_info_t* out);
std::string EncodeData(const kvs_object_data_t& data);
Status DecodeData(std::string message, kvs_object_data_t* out);
std::string EncodePage(const kvs_object_page_t& page);
Status DecodePage(std::string message, kvs_object_page_t* out);

}  // namespace kvs::remote::grpc
