// SPDX-License-Identifier: Apache-2.0
// Names of the encodings.

#include "kvs/chunk/encoding.h"

namespace kvs::chunk {

std::string_view EncodingName(Encoding encoding) {
  switch (encoding) {
    case Encoding::kNone:
      return "none";
    case Encoding::kXor:
      return "xor";
    case Encoding::kHistogram:
      return "histogram";
    case Encoding::kFloatHistogram:
      return "floathistogram";
    case Encoding::kXor2:
      return "xor2";
    case Encoding::kHistogramWithStart:
      return "histogramST";
    case Encoding::kFloatHistogramWithStart:
      return "floathistogramST";
    case Encoding::kAggregates:
      return "aggregates";
  }
  return "unknown";
}

}  // namespace kvs::chunk
