// SPDX-License-Identifier: Apache-2.0
// Lists of several sources as one: names and values, metadata, exemplars. What is handed out keeps
// the parts, whose texts it points at. [any]
#pragma once

#include <string>
#include <vector>

#include "kvs/abi/port/series_source.h"
#include "kvs/sdk/owned.h"

namespace kvs::sdk {

/// The union of sorted texts, with `more` among them; at most `limit`, 0: all.
void HandOutUnion(std::vector<Owned<kvs_strings_t>> parts, std::vector<std::string> more,
                  uint64_t limit, kvs_strings_t& out);

/// By metric, without repetitions, in the order of the parts; within the limits of `in`.
void HandOutMetadata(std::vector<Owned<kvs_metadata_list_t>> parts, const kvs_metadata_query_t& in,
                     kvs_metadata_list_t& out);

/// Series in label order. One that several parts have is one, with the exemplars of all, each once.
void HandOutExemplars(std::vector<Owned<kvs_exemplar_list_t>> parts, kvs_exemplar_list_t& out);

}  // namespace kvs::sdk
