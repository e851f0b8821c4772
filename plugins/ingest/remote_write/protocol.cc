// SPDX-License-Identifier: Apache-2.0
#include "protocol.h"

#include <algorithm>

#include "kvs/base/trim.h"

namespace kvs::ingest::remote_write {
namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kProtoParameter = "proto=";

}  // namespace

StatusOr<Protocol> ProtocolOf(std::string_view content_type) {
  std::string_view rest = content_type;
  const auto next = [&rest] {
    const std::string_view piece = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
    return Trimmed(piece);
  };
  if (next() != kProtobuf) return Protocol::kV1;
  while (!rest.empty()) {
    std::string_view parameter = next();
    if (!parameter.starts_with(kProtoParameter)) continue;
    parameter.remove_prefix(kProtoParameter.size());
    if (parameter == "prometheus.WriteRequest") return Protocol::kV1;
    if (parameter == "io.prometheus.write.v2.Request") return Protocol::kV2;
    return Unimplemented(
        "unknown remote write message ", parameter,
        "; prometheus.WriteRequest and io.prometheus.write.v2.Request are understood");
  }
  return Protocol::kV1;
}

}  // namespace kvs::ingest::remote_write
