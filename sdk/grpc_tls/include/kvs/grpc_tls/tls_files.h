// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace kvs::grpc_tls {

/// Certificates of one side, as PEM files that are read again when they change; connections keep
/// what they began with.
struct TlsFiles {
  std::string cert_file;
  std::string key_file;
  std::string ca_file;  ///< whom the other side's certificate must come from

  bool empty() const { return cert_file.empty() && key_file.empty() && ca_file.empty(); }
};

}  // namespace kvs::grpc_tls
