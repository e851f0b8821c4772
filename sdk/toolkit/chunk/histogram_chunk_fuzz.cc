// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a histogram chunk of either form: decoding is sound, what could be read can be
// appended to a builder again and read back with the same counts, and reopening agrees with
// decoding.

#include <bit>
#include <cstdint>
#include <vector>

#include "kvs/base/check.h"
#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/histogram_decoder.h"

namespace {

using namespace kvs::chunk;  // NOLINT(google-build-using-namespace)

template <typename H>
struct TimedHistogram {
  int64_t t;
  int64_t start;
  H h;
};

template <typename H>
std::vector<TimedHistogram<H>> Decode(std::span<const uint8_t> chunk, Starts starts, bool* sound) {
  std::vector<TimedHistogram<H>> out;
  BasicHistogramDecoder<H> decoder(chunk, starts);
  while (decoder.Next()) {
    // Few are enough, and a small chunk may hold many large ones.
    if (out.size() == 64) continue;
    auto& [t, start, h] = out.emplace_back();
    t = decoder.t();
    start = decoder.start();
    decoder.Read(&h);
    KVS_CHECK(CountBuckets(h.positive_spans) == h.positive_buckets.size());
    KVS_CHECK(CountBuckets(h.negative_spans) == h.negative_buckets.size());
  }
  *sound = decoder.status().ok();
  return out;
}

bool SameBits(uint64_t a, uint64_t b) {
  return a == b;
}
bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

// Writes the histograms into chunks and checks that they come back.
template <typename H>
void CheckRoundTrip(const std::vector<TimedHistogram<H>>& samples, Starts starts) {
  BasicHistogramChunkBuilder<H> builder(starts);
  size_t checked = 0;
  const auto check = [&] {
    bool sound;
    for (const auto& [t, start, h] : Decode<H>(builder.bytes(), starts, &sound)) {
      const auto& expected = samples[checked++];
      KVS_CHECK(t == expected.t && start == expected.start && SameBits(h.sum, expected.h.sum));
      if (!h.stale())
        KVS_CHECK(SameBits(h.count, expected.h.count) &&
                  SameBits(h.zero_count, expected.h.zero_count));
    }
    KVS_CHECK(sound);
  };
  for (const auto& [t, start, h] : samples) {
    if (builder.Append(t, h, start) != AppendOutcome::kNewChunk) continue;
    check();
    builder.Cut();
    KVS_CHECK(builder.Append(t, h, start) == AppendOutcome::kAppended);
  }
  check();
  KVS_CHECK(checked == samples.size());
}

template <typename H>
void CheckForm(std::span<const uint8_t> chunk, Starts starts) {
  bool sound;
  const std::vector<TimedHistogram<H>> samples = Decode<H>(chunk, starts, &sound);
  CheckRoundTrip(samples, starts);
  const auto reopened = BasicHistogramChunkBuilder<H>::Reopen(chunk, starts);
  KVS_CHECK(reopened.ok() == sound);
  if (sound) KVS_CHECK(reopened->count() == HistogramSampleCount(chunk, starts));
  // Validate() must bear anything.
  for (const auto& sample : samples)
    kvs::IgnoreError(Validate(sample.h), "only that it returns matters");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> chunk(data, data + size);
  for (const Starts starts : {Starts::kNo, Starts::kYes}) {
    CheckForm<Histogram>(chunk, starts);
    CheckForm<FloatHistogram>(chunk, starts);
  }
  return 0;
}
