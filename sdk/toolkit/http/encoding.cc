// SPDX-License-Identifier: Apache-2.0
#include "kvs/http/encoding.h"

#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "kvs/base/trim.h"

namespace kvs::http {
namespace {

constexpr int kDeflateLevel = 1;
constexpr int kZstdLevel = 1;

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

// Of "gzip;q=0.5"; 1 when there is none, 0 when it cannot be read: a broken preference is none.
double QualityOf(std::string_view params) {
  while (!params.empty()) {
    const std::string_view param = params.substr(0, params.find(';'));
    params.remove_prefix(std::min(param.size() + 1, params.size()));
    const std::string_view p = Trimmed(param);
    if (p.size() < 2 || (p[0] != 'q' && p[0] != 'Q') || p[1] != '=') continue;
    double q = 0;
    if (std::from_chars(p.data() + 2, p.data() + p.size(), q).ec != std::errc()) return 0;
    return q;
  }
  return 1;
}

}  // namespace

std::string_view EncodingName(Encoding encoding) {
  switch (encoding) {
    case Encoding::kGzip:
      return "gzip";
    case Encoding::kDeflate:
      return "deflate";
    case Encoding::kZstd:
      return "zstd";
    case Encoding::kIdentity:
      break;
  }
  return "identity";
}

Encoding NegotiateEncoding(std::string_view accept_encoding) {
  constexpr Encoding kOffered[] = {Encoding::kZstd, Encoding::kGzip, Encoding::kDeflate};
  Encoding best = Encoding::kIdentity;
  double best_quality = 0;
  for (const Encoding offered : kOffered) {
    std::string_view rest = accept_encoding;
    double quality = 0;
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      const size_t semicolon = std::min(item.find(';'), item.size());
      if (EqualsIgnoringCase(Trimmed(item.substr(0, semicolon)), EncodingName(offered))) {
        quality = QualityOf(item.substr(semicolon));
      }
    }
    if (quality > best_quality) {
      best = offered;
      best_quality = quality;
    }
  }
  return best;
}

StatusOr<std::string> Compress(Encoding encoding, std::span<const uint8_t> bytes) {
  std::string out;
  if (encoding == Encoding::kIdentity) {
    out.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return out;
  }
  if (encoding == Encoding::kZstd) {
    out.resize(ZSTD_compressBound(bytes.size()));
    const size_t n = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), kZstdLevel);
    if (ZSTD_isError(n)) return ResourceExhausted("compressing an answer: ", ZSTD_getErrorName(n));
    out.resize(n);
    return out;
  }
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kDeflateLevel), &libdeflate_free_compressor);
  if (compressor == nullptr) return ResourceExhausted("no memory to compress an answer");
  const bool gzip = encoding == Encoding::kGzip;
  out.resize(gzip ? libdeflate_gzip_compress_bound(compressor.get(), bytes.size())
                  : libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  const auto compress = gzip ? &libdeflate_gzip_compress : &libdeflate_zlib_compress;
  out.resize(compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

}  // namespace kvs::http
