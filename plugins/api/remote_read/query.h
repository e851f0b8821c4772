// SPDX-License-Identifier: Apache-2.0
// A query of a remote read, put to a source.
#pragma once

#include <span>
#include <string>

#include "kvs/abi/series_batch.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/wire/remote_read.h"

namespace kvs::api::remote_read {

/// Selects what `query` asks for. InvalidArgument for a matcher that is none. [worker]
Status OpenQuery(const sdk::SourceRef& source, const sdk::Call& call, const wire::ReadQuery& query,
                 bool sorted, sdk::OpenSelection* out);

/// Of one series of a batch; borrowed from it.
std::span<const kvs_chunk_t> ChunksOf(const kvs_series_batch_t& batch, uint32_t row);

/// Its labels, as both forms of an answer have them.
void AppendLabels(std::string& out, const kvs_label_columns_t& labels, uint32_t row);

}  // namespace kvs::api::remote_read
