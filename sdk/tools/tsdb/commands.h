// SPDX-License-Identifier: Apache-2.0
// The commands of `kvasir tsdb`. Each prints on stdout; what is wrong with one block is said on
// stderr, does not stop the others, and makes the result false.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/store_client.h"

namespace kvs::tools {

struct DumpOptions {
  std::string selector;  ///< PromQL's {...}; empty: every series.
  int64_t mint = std::numeric_limits<int64_t>::min();
  int64_t maxt = std::numeric_limits<int64_t>::max();
};

/// A line a block. `human`: times and sizes for people.
StatusOr<bool> List(const std::vector<std::string>& blocks, bool human);

/// The same of a bucket, of which nothing but meta.json is read. `prefix`: "tenant/", or nothing.
StatusOr<bool> ListBucket(const sdk::StoreClient& client, const std::string& prefix,
                          const std::vector<std::string>& ulids, bool human);

/// Puts blocks into a bucket, below `prefix`, each one verified before and with its meta.json last,
/// so that nobody sees half of it; those that are there already are passed over. A line a block.
StatusOr<bool> Import(const std::vector<std::string>& blocks, const sdk::StoreClient& client,
                      const std::string& prefix);

/// The same of the blocks that OpenMetrics text makes; the first error ends it.
StatusOr<bool> ImportText(const std::string& path, const sdk::StoreClient& client,
                          const std::string& prefix);

/// Reads every byte. A line a block: what it has, or which file is damaged where.
StatusOr<bool> Verify(const std::vector<std::string>& blocks);

/// Samples of all blocks, series by series in order of labels: {labels} value milliseconds. What
/// several blocks have at one time is printed once.
StatusOr<bool> Dump(const std::vector<std::string>& blocks, const DumpOptions& options);

/// Which labels make a block large; at most `limit` lines of each kind.
StatusOr<bool> Analyze(const std::string& block, size_t limit);

/// For the messages of all of them.
void Complain(const Status& status);

}  // namespace kvs::tools
