// SPDX-License-Identifier: Apache-2.0
// query_batch of kvs.query_engine/1 on the wire. Decoded inputs are borrowed from the message.
// Each answer is what the reply to its query alone would be; all of them travel in one message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"
#include "kvs/sdk/query_set.h"

namespace kvs::remote::grpc {

/// A batch, and what it points at. Stays where it is.
struct DecodedBatch {
  kvs_query_batch_t value{};
  std::vector<kvs_query_t> queries;
  std::vector<const kvs_query_t*> pointers;
};

std::string EncodeQueryBatch(const kvs_query_batch_t& batch);
Status DecodeQueryBatch(std::string_view message, DecodedBatch* out);

/// Takes the errors out of `answers`, which were filled.
std::string EncodeQueryAnswers(sdk::QueryAnswers& answers);
/// Fills every answer of `out`; one that is damaged ends with DATA_LOSS. Where the message has not
/// as many, DATA_LOSS, and none is filled.
Status DecodeQueryAnswers(std::string_view message, kvs_query_answers_t* out);

}  // namespace kvs::remote::grpc
