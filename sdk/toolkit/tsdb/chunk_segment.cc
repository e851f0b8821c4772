// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/chunk_segment.h"

#include <algorithm>

#include "kvs/base/crc32c.h"

#include "checked_writer.h"
#include "codec.h"

namespace kvs::tsdb {
namespace {

using internal::Damaged;
using internal::FieldReader;
using internal::kCrcBytes;

constexpr uint32_t kSegmentMagic = 0x85bd40dd;
constexpr uint8_t kSegmentVersion = 1;
constexpr std::string_view kSegmentHeaderPart = "segment header";
constexpr std::string_view kChunkPart = "chunk";
constexpr size_t kEncodingBytes = 1;
constexpr uint64_t kMaxChunkBytes = UINT32_MAX;
// Read at once when a chunk's length is not known: most chunks fit.
constexpr size_t kUsualChunkBytes = 2048;

}  // namespace

std::string SegmentName(uint32_t segment) {
  std::string digits = StrCat(uint64_t{segment} + 1);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return digits;
}

Status CheckSegmentHeader(std::span<const uint8_t> bytes) {
  FieldReader in(bytes, 0);
  const uint32_t magic = in.Be32();
  const uint8_t version = in.Byte();
  uint32_t padding = in.Byte();
  padding |= in.Byte();
  padding |= in.Byte();
  KVS_RETURN_IF_ERROR(in.status(kSegmentHeaderPart));
  if (magic != kSegmentMagic) return Damaged(kSegmentHeaderPart, 0, "these are no chunks: wrong magic number");
  if (version != kSegmentVersion) return Damaged(kSegmentHeaderPart, 4, "unknown version ", version);
  if (padding != 0) return Damaged(kSegmentHeaderPart, 5, "padding is not zero");
  return OkStatus();
}

StatusOr<uint64_t> ChunkSizeInSegment(std::span<const uint8_t> bytes, uint64_t offset) {
  FieldReader in(bytes, offset);
  const uint64_t n = in.Uvarint();
  KVS_RETURN_IF_ERROR(in.status(kChunkPart));
  if (n > kMaxChunkBytes) return Damaged(kChunkPart, offset, "a length of ", n, " bytes");
  return in.consumed() + kEncodingBytes + n + kCrcBytes;
}

StatusOr<ChunkView> DecodeChunk(std::span<const uint8_t> bytes, uint64_t offset) {
  KVS_ASSIGN_OR_RETURN(const uint64_t size, ChunkSizeInSegment(bytes, offset));
  if (size > bytes.size()) {
    return Damaged(kChunkPart, offset, "takes ", size, " bytes of which ", bytes.size(),
                   " are there");
  }
  FieldReader in(bytes, offset);
  const uint64_t n = in.Uvarint();
  const std::span<const uint8_t> covered = bytes.subspan(in.consumed(), kEncodingBytes + n);
  const uint32_t crc = internal::LoadBe32(covered.data() + covered.size());
  if (Crc32c(covered) != crc) return Damaged(kChunkPart, offset, "wrong checksum");
  return ChunkView{static_cast<chunk::Encoding>(covered[0]), covered.subspan(kEncodingBytes), size};
}

namespace {

StatusOr<ChunkView> ReadChunk(const ByteSource& source, uint64_t offset, Bytes* scratch) {
  if (offset < kSegmentHeaderBytes || offset >= source.size()) {
    return Damaged(kChunkPart, offset, "outside the segment of ", source.size(), " bytes");
  }
  const uint64_t left = source.size() - offset;
  KVS_ASSIGN_OR_RETURN(
      std::span<const uint8_t> bytes,
      source.Read(offset, static_cast<size_t>(std::min<uint64_t>(left, kUsualChunkBytes)),
                  scratch));
  KVS_ASSIGN_OR_RETURN(const uint64_t size, ChunkSizeInSegment(bytes, offset));
  if (size > bytes.size() && size <= left) {
    KVS_ASSIGN_OR_RETURN(bytes, source.Read(offset, static_cast<size_t>(size), scratch));
  }
  return DecodeChunk(bytes, offset);
}

}  // namespace

StatusOr<ChunkView> SegmentSet::Read(uint64_t ref, Bytes* scratch) const {
  const uint32_t segment = ChunkSegment(ref);
  if (segment >= segments_.size()) {
    return DataLoss("chunk reference names segment ", SegmentName(segment), " of ",
                    segments_.size());
  }
  StatusOr<ChunkView> chunk = ReadChunk(*segments_[segment], ChunkOffset(ref), scratch);
  if (!chunk.ok()) return Annotate(chunk.status(), "segment ", SegmentName(segment));
  return chunk;
}

StatusOr<ChunkView> SegmentWalker::ReadNext() {
  if (next_ == 0) {
    const size_t n = static_cast<size_t>(std::min<uint64_t>(source_.size(), kSegmentHeaderBytes));
    KVS_ASSIGN_OR_RETURN(const auto header, source_.Read(0, n, &scratch_));
    KVS_RETURN_IF_ERROR(CheckSegmentHeader(header));
    next_ = kSegmentHeaderBytes;
  }
  offset_ = next_;
  if (offset_ == source_.size()) return ChunkView{};
  KVS_ASSIGN_OR_RETURN(const ChunkView chunk, ReadChunk(source_, offset_, &scratch_));
  next_ = offset_ + chunk.size_in_segment;
  return chunk;
}

bool SegmentWalker::Next(ChunkView* chunk) {
  if (!status_.ok()) return false;
  StatusOr<ChunkView> next = ReadNext();
  if (!next.ok()) {
    status_ = next.status();
    return false;
  }
  *chunk = *next;
  return next_ != offset_;
}

class ChunkWriter::State {
 public:
  explicit State(ByteSink& sink) : out(sink) {}
  internal::CheckedWriter out;
};

ChunkWriter::ChunkWriter(SegmentOpener& opener, uint64_t segment_bytes)
    : opener_(opener), segment_bytes_(segment_bytes) {
  KVS_CHECK(segment_bytes <= UINT32_MAX);
}

ChunkWriter::~ChunkWriter() = default;

StatusOr<uint64_t> ChunkWriter::Add(chunk::Encoding encoding, std::span<const uint8_t> data) {
  if (data.size() > kMaxChunkBytes) {
    return InvalidArgument("a chunk of ", data.size(), " bytes; at most ", kMaxChunkBytes);
  }
  Bytes head;
  internal::PutUvarint(head, data.size());
  const uint64_t size = head.size() + kEncodingBytes + data.size() + kCrcBytes;
  const bool is_full = state_ != nullptr && state_->out.offset() > kSegmentHeaderBytes &&
                       state_->out.offset() + size > segment_bytes_;
  if (is_full) KVS_RETURN_IF_ERROR(Finish());
  if (state_ == nullptr) {
    KVS_ASSIGN_OR_RETURN(ByteSink* const sink, opener_.Open(n_segments_));
    state_ = std::make_unique<State>(*sink);
    ++n_segments_;
    state_->out.PutBe32(kSegmentMagic);
    state_->out.PutBe32(uint32_t{kSegmentVersion} << 24);
  }
  internal::CheckedWriter& out = state_->out;
  const uint64_t offset = out.offset();
  out.Put(head);
  out.BeginCrc();
  const uint8_t code = static_cast<uint8_t>(encoding);
  out.Put({&code, 1});
  out.Put(data);
  out.PutCrc();
  KVS_RETURN_IF_ERROR(out.status());
  return MakeChunkRef(n_segments_ - 1, static_cast<uint32_t>(offset));
}

Status ChunkWriter::Finish() {
  if (state_ == nullptr) return OkStatus();
  const Status status = state_->out.Finish();
  state_.reset();
  return status;
}

}  // namespace kvs::tsdb
