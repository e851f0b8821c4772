// SPDX-License-Identifier: Apache-2.0
// Upload: writes one object, in one request or in parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "config.h"

namespace kvs::storage::s3 {

/// Stateless. [any]
class Uploader {
 public:
  /// Borrowed.
  Uploader(sdk::Host host, Client& client, sdk::Gate& gate, const Config& config);

  struct Put {
    std::string key;
    std::string_view bytes;  ///< borrowed until the end
    int32_t condition = 0;
    std::string etag;
  };
  /// The ETag of the new object. Conditions only work in one request: with them an object is never
  /// written in parts.
  sdk::Co<StatusOr<std::string>> Write(const sdk::Call& call, Put put);

 private:
  /// What a multipart upload shares between its parts.
  struct Upload {
    const Put& put;
    std::string id;
    uint64_t part_size;
    std::vector<std::string> etags;
    std::atomic<size_t> next{0};
    std::atomic<bool> failed{false};
  };
  sdk::Co<StatusOr<std::string>> WriteWhole(const sdk::Call& call, const Put& put);
  sdk::Co<StatusOr<std::string>> WriteParts(const sdk::Call& call, const Put& put);
  /// Takes parts until there are none.
  sdk::Co<Status> SendParts(const sdk::Call& call, Upload& upload);
  sdk::Co<StatusOr<std::string>> Complete(const sdk::Call& call, Upload& upload,
                                          const std::string& mark);
  /// What is left of an upload costs money until it is aborted.
  sdk::Detached Abort(std::string key, std::string id);
  /// The ETag of the object if it is the one that was written with this mark; else `otherwise`.
  sdk::Co<StatusOr<std::string>> IfMarked(const sdk::Call& call, const Put& put,
                                          const std::string& mark, Status otherwise);
  std::map<std::string, std::string> ObjectHeaders() const;

  const sdk::Host host_;
  Client& client_;
  sdk::Gate& gate_;
  const Config& config_;
};

}  // namespace kvs::storage::s3
