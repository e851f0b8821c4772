// SPDX-License-Identifier: Apache-2.0
// The answer of a query engine as bytes: what travels between processes, and what a cache keeps.
#pragma once

#include <string>
#include <string_view>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"

namespace kvs::records {

std::string EncodeQueryResult(const kvs_query_result_t& result);
/// `out` owns the message. DataLoss for what is damaged: then nothing is owned, whatever the bytes.
Status DecodeQueryResult(std::string message, kvs_query_result_t* out);

}  // namespace kvs::records
