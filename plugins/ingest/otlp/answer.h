// SPDX-License-Identifier: Apache-2.0
// Answers as OTLP/HTTP wants them, in the encoding of the request: an ExportMetricsServiceResponse,
// with what was left out if anything was, or a google.rpc.Status. Pure. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::ingest::otlp {

enum class Encoding { kProtobuf, kJson };

/// Of a Content-Type header, whatever its parameters. Unimplemented for others.
StatusOr<Encoding> EncodingOf(std::string_view content_type);
std::string_view ContentTypeOf(Encoding encoding);

/// `rejected` points were left out because of `why`; why without a number is a warning; both
/// nothing: all is well.
std::string SuccessBody(Encoding encoding, uint64_t rejected, std::string_view why);
std::string ErrorBody(Encoding encoding, const Status& status);

}  // namespace kvs::ingest::otlp
