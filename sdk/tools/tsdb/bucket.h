// SPDX-License-Identifier: Apache-2.0
// Bucket: an object store of an installed plugin, for a command: the plugin is loaded, wired and
// started as a server does it.
#pragma once

#include <memory>
#include <string>

#include "kvs/sdk/store_client.h"
#include "kvs/tsdb/meta.h"

#include "bucket_url.h"

namespace kvs::tools {

class Bucket {
 public:
  /// Complaints about the settings go to standard error. [main]
  static StatusOr<std::unique_ptr<Bucket>> Open(const BucketUrl& url);
  virtual ~Bucket() = default;

  /// [main]
  virtual const sdk::StoreClient& client() const = 0;
};

/// Copies the files of a block into folder/ULID. `prefix` is "tenant/", or nothing; what
/// `with_data` leaves out is all but meta.json. [main]
Status DownloadBlock(const sdk::StoreClient& client, const std::string& prefix,
                     const std::string& ulid, const std::string& folder, bool with_data);

/// Names of the blocks below `prefix`, ascending. NotFound when there is none. [main]
StatusOr<std::vector<std::string>> ListBlocks(const sdk::StoreClient& client,
                                              const std::string& prefix);

}  // namespace kvs::tools
