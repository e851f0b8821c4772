// SPDX-License-Identifier: Apache-2.0
// Remote Write 1.0 and 2.0: protobuf bodies, already decompressed, into write batches in one pass
// without an allocation per series, and back. docs/formats/remote_write.md has the messages.
//
//   model::WriteBatch batch;   // Kept from request to request.
//   KVS_RETURN_IF_ERROR(DecodeWriteRequestV1(body, seed, &batch));
//
// Decoding checks the framing of everything, labels included, and skips unknown fields; what
// labels, values and timestamps mean is judged later, and only for series nobody has seen: the key
// tells. [any]
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/write_batch.h"

namespace kvs::wire {

/// prometheus.WriteRequest. `out` is cleared first and borrows from `body`. Labels stay the bytes
/// of the wire (layout protobuf) and the key of a series is their hash under `seed`, a secret of
/// the process mixed with the tenant. A series whose labels do not stand in one piece gets a copy
/// in the batch's arena. Memory: at most some 25 times the body. InvalidArgument, with the offset,
/// when the message is malformed; the batch is then without meaning.
Status DecodeWriteRequestV1(std::span<const uint8_t> body, uint64_t seed, model::WriteBatch* out);

/// What of a 2.0 request was left out. Other parts of the request are in the batch.
struct RejectedParts {
  uint32_t series = 0;
  uint32_t exemplars = 0;  ///< Of series that were accepted.
  uint32_t metadata = 0;
  std::vector<std::string> errors;  ///< In Prometheus' words; the first ten.

  bool empty() const { return series == 0 && exemplars == 0 && metadata == 0; }
};

/// io.prometheus.write.v2.Request, likewise, in layout symbols. Metadata of series become metadata
/// of their metric families. Series with references outside of the symbol table or an odd number of
/// them, and series without samples, histograms and exemplars, are left out and counted in `rejected`, as the
/// protocol wants (partial write); when `rejected` is null they fail the request with
/// InvalidArgument.
Status DecodeWriteRequestV2(std::span<const uint8_t> body, uint64_t seed, model::WriteBatch* out,
                            RejectedParts* rejected);

/// Appends a finished batch in any layout to `out` as a message of the protocol. For forwarding,
/// own metrics and tests. 1.0 has no start timestamps: they are lost.
void EncodeWriteRequestV1(const model::WriteBatch& batch, std::string* out);
/// In 2.0 metadata hang on series: those of families without a series in the batch are lost.
void EncodeWriteRequestV2(const model::WriteBatch& batch, std::string* out);

}  // namespace kvs::wire
