// SPDX-License-Identifier: Apache-2.0
#include "kvs/chunk/aggregates.h"

namespace kvs::chunk {
namespace {

// Protobuf's varint, of which five bytes hold any length that a chunk may have.
bool ReadLength(std::span<const uint8_t>& in, uint64_t* length) {
  *length = 0;
  for (unsigned shift = 0; shift < 35 && !in.empty(); shift += 7) {
    const uint8_t byte = in.front();
    in = in.subspan(1);
    *length |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

StatusOr<AggregateParts> AggregateParts::Parse(std::span<const uint8_t> chunk) {
  AggregateParts out;
  std::span<const uint8_t> in = chunk;
  for (size_t i = 0; i < kAggregates; ++i) {
    uint64_t length = 0;
    if (!ReadLength(in, &length) || (length > 0 && length >= in.size())) {
      return DataLoss("aggregate ", i, " of ", kAggregates, " is cut off");
    }
    if (length == 0) continue;  // It has none.
    if (static_cast<Encoding>(in.front()) != Encoding::kXor) {
      return Unimplemented("aggregate ", i, " has the chunk encoding ",
                           static_cast<unsigned>(in.front()), ", and only xor is known");
    }
    out.parts_[i] = in.subspan(1, length);
    in = in.subspan(1 + length);
  }
  return out;
}

unsigned WindowCount(std::span<const uint8_t> chunk) {
  const StatusOr<AggregateParts> parts = AggregateParts::Parse(chunk);
  return parts.ok() ? parts->windows() : 0;
}

bool AggregateReader::Next(AggregateWindow* window) {
  if (!status_.ok()) return false;
  int64_t t = 0;
  const bool any = count_.Next(&window->t, &window->count);
  bool whole = true;
  for (const auto& [part, value] : {std::pair(&sum_, &window->sum), std::pair(&min_, &window->min),
                                    std::pair(&max_, &window->max)}) {
    const bool has = part->Next(&t, value);
    whole &= has == any && (!has || t == window->t);
    if (!part->status().ok()) status_ = part->status();
  }
  if (!count_.status().ok()) status_ = count_.status();
  if (status_.ok() && !whole) status_ = DataLoss("the aggregates are not of the same windows");
  return any && status_.ok();
}

void AggregatesBuilder::AppendWindow(const AggregateWindow& window) {
  KVS_CHECK(count_.Append(window.t, window.count));
  KVS_CHECK(sum_.Append(window.t, window.sum));
  KVS_CHECK(min_.Append(window.t, window.min));
  KVS_CHECK(max_.Append(window.t, window.max));
}

void AggregatesBuilder::AppendCounter(int64_t t, double v) {
  KVS_CHECK(counter_.Append(t, v));
}

std::vector<uint8_t> AggregatesBuilder::Build() const {
  std::vector<uint8_t> out;
  for (const XorChunkBuilder* part : {&count_, &sum_, &min_, &max_, &counter_}) {
    if (part->empty()) {
      out.push_back(0);
      continue;
    }
    const std::span<const uint8_t> bytes = part->bytes();
    uint64_t length = bytes.size();
    for (; length >= 0x80; length >>= 7) out.push_back(static_cast<uint8_t>(length | 0x80));
    out.push_back(static_cast<uint8_t>(length));
    out.push_back(static_cast<uint8_t>(Encoding::kXor));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

void AggregatesBuilder::Clear() {
  for (XorChunkBuilder* part : {&count_, &sum_, &min_, &max_, &counter_}) part->Clear();
}

}  // namespace kvs::chunk
