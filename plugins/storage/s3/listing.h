// SPDX-License-Identifier: Apache-2.0
// Pages of our listings from pages of S3's. [any]
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kvs/objstore/key_prefix.h"
#include "kvs/objstore/listing.h"

#include "answers.h"

namespace kvs::storage::s3 {

struct ListRequest {
  std::string prefix;       ///< in the bucket
  std::string start_after;  ///< as the caller knows it
  std::string delimiter;
  uint32_t max_keys = 0;
};

struct ListPage {
  std::vector<objstore::ListEntry> entries;
  bool more = false;
};

/// Of a ListObjectsV2 request; `token` goes on with an earlier one.
std::vector<std::pair<std::string, std::string>> ListQuery(const ListRequest& request,
                                                           const objstore::KeyPrefix& store_prefix,
                                                           const std::string& token);

/// Drops what the caller has seen and what is no key of ours, and the store's own prefix from the
/// rest.
ListPage MakePage(const ListRequest& request, const objstore::KeyPrefix& store_prefix,
                  ListAnswer answer);

}  // namespace kvs::storage::s3
