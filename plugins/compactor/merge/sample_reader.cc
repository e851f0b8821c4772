// SPDX-License-Identifier: Apache-2.0
#include "merge/sample_reader.h"

#include "kvs/chunk/aggregates.h"

namespace kvs::compactor {

using chunk::Encoding;
using chunk::Starts;

SampleReader::SampleReader(Encoding encoding, std::span<const uint8_t> bytes)
    : encoding_(encoding), carries_starts_(chunk::CarriesStarts(encoding)) {
  const Starts starts = carries_starts_ ? Starts::kYes : Starts::kNo;
  switch (encoding) {
    case Encoding::kXor:
      decoder_.emplace<chunk::XorDecoder>(bytes);
      break;
    case Encoding::kXor2:
      decoder_.emplace<chunk::Xor2Decoder>(bytes);
      break;
    case Encoding::kHistogram:
    case Encoding::kHistogramWithStart:
      kind_ = SampleKind::kHistogram;
      decoder_.emplace<chunk::HistogramDecoder>(bytes, starts);
      break;
    case Encoding::kFloatHistogram:
    case Encoding::kFloatHistogramWithStart:
      kind_ = SampleKind::kFloatHistogram;
      decoder_.emplace<chunk::FloatHistogramDecoder>(bytes, starts);
      break;
    case Encoding::kNone:
    case Encoding::kAggregates:
      break;
  }
}

bool SampleReader::Next() {
  if (auto* const xor1 = std::get_if<chunk::XorDecoder>(&decoder_)) return xor1->Next(&t_, &value_);
  if (auto* const xor2 = std::get_if<chunk::Xor2Decoder>(&decoder_))
    return xor2->Next(&t_, &value_, &start_);
  const auto next = [this](auto& decoder) {
    if (!decoder.Next()) return false;
    t_ = decoder.t();
    start_ = decoder.start();
    return true;
  };
  if (auto* const h = std::get_if<chunk::HistogramDecoder>(&decoder_)) return next(*h);
  if (auto* const h = std::get_if<chunk::FloatHistogramDecoder>(&decoder_)) return next(*h);
  return false;
}

Status SampleReader::status() const {
  return std::visit(
      [this](const auto& decoder) -> Status {
        if constexpr (requires { decoder.status(); }) {
          return decoder.status();
        } else {
          return Unimplemented("chunk encoding ", static_cast<int>(encoding_), " is not known");
        }
      },
      decoder_);
}

uint64_t CountSamples(Encoding encoding, std::span<const uint8_t> bytes) {
  if (encoding == Encoding::kAggregates) return chunk::WindowCount(bytes);
  if (!chunk::IsHistogramEncoding(encoding)) return chunk::SampleCount(bytes);
  return chunk::HistogramSampleCount(bytes,
                                     chunk::CarriesStarts(encoding) ? Starts::kYes : Starts::kNo);
}

}  // namespace kvs::compactor
