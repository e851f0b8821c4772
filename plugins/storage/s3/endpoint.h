// SPDX-License-Identifier: Apache-2.0
// Where a bucket is: scheme, host and path, from the configuration and the environment. [any]
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

#include "config.h"

namespace kvs::storage::s3 {

/// A variable of the environment; empty when it is not set.
using Environment = std::function<std::string(const char* name)>;
Environment ProcessEnvironment();

struct Endpoint {
  std::string scheme;  ///< "https"
  std::string
      host;  ///< as the Host header says it: with the bucket, and a port that is not the scheme's
  std::string bucket_path;  ///< "/bucket", or empty when the bucket stands in the host
  std::string region;
  bool encrypted() const { return scheme == "https"; }
  /// The path that is signed: "/bucket/key". An empty key is the bucket itself.
  std::string PathOf(std::string_view key) const;
  /// "https://host/escaped/path"
  std::string UrlOf(std::string_view key) const;
};

/// InvalidArgument when the endpoint is no address.
StatusOr<Endpoint> MakeEndpoint(const Config& config, const Environment& environment);

}  // namespace kvs::storage::s3
