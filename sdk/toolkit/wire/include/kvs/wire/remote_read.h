// SPDX-License-Identifier: Apache-2.0
// Remote read: requests, already decompressed, and the parts of both kinds of answers. The messages
// are prometheus.ReadRequest, ReadResponse and ChunkedReadResponse.
//
//   ReadRequest request;
//   KVS_RETURN_IF_ERROR(DecodeReadRequest(body, &request));
//   KVS_ASSIGN_OR_RETURN(const ReadResponseType type, NegotiateReadResponse(request));
//
// [any]
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/model/write_batch.h"

namespace kvs::wire {

/// The protocol's numbers.
enum class ReadResponseType : uint32_t { kSamples = 0, kStreamedXorChunks = 1 };

/// Types: 0 equal, 1 not equal, 2 regex, 3 not regex.
struct ReadMatcher {
  uint32_t type = 0;
  std::string_view name;
  std::string_view value;
};

/// What the samples are for. Optional to heed.
struct ReadHints {
  int64_t step_ms = 0;
  std::string_view func;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  std::vector<std::string_view> grouping;
  bool by = false;
  int64_t range_ms = 0;
};

struct ReadQuery {
  int64_t min_ms = 0;  ///< Inclusive, as max_ms.
  int64_t max_ms = 0;
  std::vector<ReadMatcher> matchers;
  ReadHints hints;
};

struct ReadRequest {
  std::vector<ReadQuery> queries;
  std::vector<uint32_t> accepted;  ///< Response types, also unknown ones; the best first.
};

/// `out` is overwritten and borrows from `body`. InvalidArgument, with the offset, when it is
/// malformed.
Status DecodeReadRequest(std::span<const uint8_t> body, ReadRequest* out);

/// The first type that is known; samples where the request names none. InvalidArgument when it
/// names only unknown ones.
StatusOr<ReadResponseType> NegotiateReadResponse(const ReadRequest& request);

/// For tests and clients.
void EncodeReadRequest(const ReadRequest& request, std::string* out);

// Parts of answers. A result of samples is
//   ReadResponse { results { timeseries { labels, samples, histograms } ... } ... },
// with field 1 for results, timeseries and labels; BeginMessage() and EndMessage() of protobuf.h
// make the nesting.

void AppendReadLabel(std::string& out, const model::LabelView& label);
void AppendReadSample(std::string& out, int64_t t, double v);
void AppendReadHistogram(std::string& out, const model::HistogramView& histogram);

/// A chunk of a series of the chunked form; `encoding` is Prometheus' number.
void AppendReadChunk(std::string& out, int64_t min_ms, int64_t max_ms, uint8_t encoding,
                     std::span<const uint8_t> data);
/// A frame of the chunked form: a ChunkedReadResponse with one series, given as its labels and
/// chunks, behind its length and checksum.
void AppendReadFrame(std::string& out, std::string_view series, uint64_t query_index);

}  // namespace kvs::wire
