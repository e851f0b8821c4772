// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a chunk segment: walking it and reading it at any reference stays inside, and
// its chunks survive being written again.

#include <cstdint>
#include <vector>

#include "kvs/base/check.h"
#include "kvs/tsdb/chunk_segment.h"

namespace {

using namespace kvs::tsdb;  // NOLINT(google-build-using-namespace)

class OneSegment final : public SegmentOpener {
 public:
  kvs::StatusOr<ByteSink*> Open(uint32_t segment) override {
    KVS_CHECK(segment == 0);
    return &sink;
  }
  MemorySink sink;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes file(data, data + size);
  const MemorySource source(file);
  const SegmentSet segments({&source});
  OneSegment copy;
  ChunkWriter writer(copy);
  Bytes scratch;
  SegmentWalker walker(source);
  for (ChunkView chunk; walker.Next(&chunk);) {
    KVS_CHECK(segments.Read(walker.offset(), &scratch).ok());
    KVS_CHECK(writer.Add(chunk.encoding, chunk.data).ok());
  }
  KVS_CHECK(writer.Finish().ok());
  for (uint32_t offset = 0; offset < size && offset < 4096; ++offset) {
    (void)segments.Read(offset, &scratch);
  }
  if (writer.n_segments() == 0 || !walker.status().ok()) return 0;
  const MemorySource again(copy.sink.bytes());
  SegmentWalker second(again);
  ChunkView chunk;
  while (second.Next(&chunk)) {
  }
  KVS_CHECK(second.status().ok());
  return 0;
}
