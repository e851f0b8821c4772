// SPDX-License-Identifier: Apache-2.0
// Credentials of gRPC from PEM files, which gRPC reads again when they change.
#pragma once

#include <memory>

#include <grpcpp/grpcpp.h>

#include "kvs/base/status.h"
#include "kvs/grpc_tls/tls_files.h"

namespace kvs::grpc_tls {

/// Unavailable, naming it, for a file that cannot be read: gRPC itself would only try again for
/// ever. [main]
Status CheckFiles(const TlsFiles& files);

/// Without files: in plain text.
std::shared_ptr<::grpc::ChannelCredentials> ClientCredentials(const TlsFiles& files);
std::shared_ptr<::grpc::ServerCredentials> ServerCredentials(const TlsFiles& files);

}  // namespace kvs::grpc_tls
