// SPDX-License-Identifier: Apache-2.0
#include "batch_codec.h"

#include <utility>

#include "kvs/records/codec.h"
#include "kvs/records/query_result.h"
#include "kvs/sdk/status.h"

#include "query_codec.h"
#include "remote.pb.h"
#include "reply.h"

namespace kvs::remote::grpc {

using records::Decoder;
using records::Encoder;

std::string EncodeQueryBatch(const kvs_query_batch_t& batch) {
  Encoder out;
  out.Number(batch.max_parallel);
  out.Number(batch.timeout_ms);
  out.Number(batch.n_queries);
  for (uint64_t i = 0; i < batch.n_queries; ++i) out.Text(EncodeQuery(*batch.queries[i]));
  return out.Take();
}

Status DecodeQueryBatch(std::string_view message, DecodedBatch* out) {
  Decoder in(message);
  out->value = sdk::Record<kvs_query_batch_t>();
  out->value.max_parallel = in.Small();
  out->value.timeout_ms = in.Signed();
  const uint64_t n = in.Number();
  for (uint64_t i = 0; i < n; ++i) {
    const std::string_view query = in.Text();
    if (query.empty()) in.Damaged();
    KVS_RETURN_IF_ERROR(in.status());
    KVS_RETURN_IF_ERROR(DecodeQuery(query, &out->queries.emplace_back()));
  }
  for (const kvs_query_t& query : out->queries) out->pointers.push_back(&query);
  out->value.queries = out->pointers.data();
  out->value.n_queries = n;
  return in.status();
}

std::string EncodeQueryAnswers(sdk::QueryAnswers& answers) {
  Encoder out;
  out.Number(uint64_t{answers.size()});
  for (size_t i = 0; i < answers.size(); ++i) {
    const Status status = answers.TakeStatus(i);
    v1::Reply reply;
    SetStatus(status, &reply);
    if (status.ok()) reply.set_output(records::EncodeQueryResult(answers.result(i)));
    out.Number(answers.wall_ns(i));
    out.Text(reply.SerializeAsString());
  }
  return out.Take();
}

Status DecodeQueryAnswers(std::string_view message, kvs_query_answers_t* out) {
  Decoder in(message);
  if (in.Number() != out->n_answers) in.Damaged();
  KVS_RETURN_IF_ERROR(in.status());
  for (uint64_t i = 0; i < out->n_answers; ++i) {
    kvs_query_answer_t& answer = out->answers[i];
    answer.wall_ns = in.Signed();
    const std::string_view text = in.Text();
    v1::Reply reply;
    if (!reply.ParseFromArray(text.data(), static_cast<int>(text.size())) || reply.code() < 0)
      in.Damaged();
    Status status = in.status();
    if (status.ok()) status = StatusOf(reply);
    if (status.ok())
      status = records::DecodeQueryResult(std::move(*reply.mutable_output()), answer.result);
    answer.code = sdk::Export(status, answer.error);
  }
  return OkStatus();
}

}  // namespace kvs::remote::grpc
