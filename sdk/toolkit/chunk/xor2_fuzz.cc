// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as an XOR2 chunk: what could be read survives being written again, and a reopened
// chunk goes on. Then the same bytes as samples, which must survive a round trip.

#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kvs/base/check.h"
#include "kvs/chunk/xor2.h"

namespace {

using namespace kvs::chunk;  // NOLINT(google-build-using-namespace)

struct Sample {
  int64_t start;
  int64_t t;
  uint64_t v_bits;
  bool operator==(const Sample&) const = default;
};

std::vector<Sample> Decode(std::span<const uint8_t> chunk, bool* sound) {
  std::vector<Sample> out;
  Xor2Decoder decoder(chunk);
  Sample s;
  double v;
  while (decoder.Next(&s.t, &v, &s.start)) {
    s.v_bits = std::bit_cast<uint64_t>(v);
    out.push_back(s);
  }
  *sound = decoder.status().ok();
  KVS_CHECK(decoder.remaining() == 0);
  return out;
}

void CheckRoundTrip(const std::vector<Sample>& samples) {
  Xor2ChunkBuilder builder;
  for (const Sample& s : samples)
    KVS_CHECK(builder.Append(s.start, s.t, std::bit_cast<double>(s.v_bits)));
  bool sound;
  KVS_CHECK(Decode(builder.bytes(), &sound) == samples);
  KVS_CHECK(sound);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // An exact copy, so that the sanitizer sees every read outside.
  const std::vector<uint8_t> chunk(data, data + size);
  bool sound;
  const std::vector<Sample> samples = Decode(chunk, &sound);
  KVS_CHECK(samples.size() <= SampleCount(chunk));
  KVS_CHECK(sound == (samples.size() == SampleCount(chunk)));
  CheckRoundTrip(samples);
  const kvs::StatusOr<ReopenedXor2> reopened = ReopenXor2(chunk);
  KVS_CHECK(reopened.ok() == sound);
  // Samples behind the last number that the header can say must all carry their start.
  const bool can_go_on = samples.size() < kMaxSamples &&
                         (samples.size() <= StartTimes::kLastChange ||
                          (reopened.ok() && reopened->state.starts.first_change() != 0));
  if (sound && can_go_on && size >= kXor2HeaderBytes) {
    std::vector<uint8_t> memory = chunk;
    memory.resize(size + kXor2MaxSampleBytes);
    BitBuffer out{memory.data(), reopened->bits, static_cast<uint32_t>(memory.size())};
    Xor2State state = reopened->state;
    // A chunk may announce a change that never comes; there every later sample has its start.
    if (state.starts.first_change() < samples.size() || state.starts.first_change() == 0) {
      Xor2Append(state, out, static_cast<int64_t>(state.starts.start), 1, 2.5);
      std::vector<Sample> longer = samples;
      longer.push_back(
          {static_cast<int64_t>(reopened->state.starts.start), 1, std::bit_cast<uint64_t>(2.5)});
      KVS_CHECK(Decode(Xor2Finish(state, out), &sound) == longer);
    }
  }

  std::vector<Sample> as_samples;
  for (size_t i = 0; i + sizeof(Sample) <= size; i += sizeof(Sample)) {
    Sample s;
    std::memcpy(&s, data + i, sizeof(s));
    as_samples.push_back(s);
  }
  CheckRoundTrip(as_samples);
  return 0;
}
