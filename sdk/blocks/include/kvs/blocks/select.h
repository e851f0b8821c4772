// SPDX-License-Identifier: Apache-2.0
// Selecting from one block, in the words of kvs.series_source/1. Whoever has several blocks merges
// their cursors (kvs/sdk/merge_cursor.h) and lists.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/blocks/block_reads.h"
#include "kvs/model/matcher.h"
#include "kvs/sdk/port/series_source.h"

namespace kvs::blocks {

/// InvalidArgument for an expression that is none.
StatusOr<std::vector<model::Matcher>> CompileMatchers(const kvs_matchers_t& matchers);

/// Finds the series; reading them is left to the cursor. Series come in label order whether asked
/// for or not, in batches of at most 1024 series and about 1 MiB of chunks, each series with the
/// chunks that overlap the range and without what tombstones delete; one without any is left out.
/// Chunks are borrowed from the block and pinned by the batch, and copied only where the block
/// gives them in the scratch. Damage is DataLoss that names block, file and offset; what came
/// before it stays valid. [worker]
StatusOr<std::unique_ptr<sdk::SeriesCursor>> SelectSeries(std::unique_ptr<BlockReads> reads,
                                                          const sdk::Call& call,
                                                          const kvs_select_t& select);

/// Ascending names of labels that series have which match any of the query's sets. Times are not
/// looked at: a block is asked when it overlaps them. [worker]
StatusOr<std::vector<std::string>> LabelNames(BlockReads& reads, const sdk::Call& call,
                                              const kvs_label_query_t& query);

/// Likewise the values of query.name. [worker]
StatusOr<std::vector<std::string>> LabelValues(BlockReads& reads, const sdk::Call& call,
                                               const kvs_label_query_t& query);

/// The union of such lists, cut to `limit` unless that is 0.
void HandOutStrings(std::vector<std::vector<std::string>> lists, uint64_t limit,
                    kvs_strings_t& out);

}  // namespace kvs::blocks
