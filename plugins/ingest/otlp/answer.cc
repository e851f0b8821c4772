// SPDX-License-Identifier: Apache-2.0
#include "answer.h"

#include "kvs/http/json.h"
#include "kvs/wire/protobuf.h"

namespace kvs::ingest::otlp {
namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kJson = "application/json";

}  // namespace

StatusOr<Encoding> EncodingOf(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (type == kProtobuf) return Encoding::kProtobuf;
  if (type == kJson) return Encoding::kJson;
  return Unimplemented("unsupported content type: ", content_type, ", supported: [", kJson, ", ",
                       kProtobuf, "]");
}

std::string_view ContentTypeOf(Encoding encoding) {
  return encoding == Encoding::kProtobuf ? kProtobuf : kJson;
}

std::string SuccessBody(Encoding encoding, uint64_t rejected, std::string_view why) {
  const bool partial = rejected != 0 || !why.empty();
  std::string body;
  if (encoding == Encoding::kProtobuf) {
    if (!partial) return body;
    const size_t begin = wire::BeginMessage(body, 1);
    if (rejected != 0) wire::AppendVarintField(body, 1, rejected);
    if (!why.empty()) wire::AppendBytesField(body, 2, why);
    wire::EndMessage(body, begin);
    return body;
  }
  if (!partial) return "{}";
  body = StrCat(R"({"partialSuccess":{"rejectedDataPoints":")", rejected, R"(","errorMessage":)");
  http::AppendJsonString(body, why);
  return body + "}}";
}

std::string ErrorBody(Encoding encoding, const Status& status) {
  // Our codes are gRPC's.
  const auto code = static_cast<uint64_t>(status.code());
  std::string body;
  if (encoding == Encoding::kProtobuf) {
    wire::AppendVarintField(body, 1, code);
    wire::AppendBytesField(body, 2, status.message());
    return body;
  }
  body = StrCat(R"({"code":)", code, R"(,"message":)");
  http::AppendJsonString(body, status.message());
  return body + "}";
}

}  // namespace kvs::ingest::otlp
