// SPDX-License-Identifier: Apache-2.0
#include "cache/entry.h"

#include <cstring>

#include "kvs/base/crc32c.h"
#include "kvs/records/codec.h"
#include "kvs/records/query_result.h"

namespace kvs::engine::frontend {
namespace {

// "KvsRes" and the number of the layout.
constexpr uint64_t kMagic = 0x3173'6552'7376'4b01;
constexpr uint64_t kExtentsMax = 1024;

uint32_t ChecksumOf(std::string_view bytes) {
  return Crc32c({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

// Whether `t` is a whole number of steps behind `start`. Of what somebody forged, the two may be as
// far apart as no signed number says.
bool IsStep(int64_t t, int64_t start, int64_t step_ms) {
  return t >= start && (static_cast<uint64_t>(t) - static_cast<uint64_t>(start)) %
                               static_cast<uint64_t>(step_ms) ==
                           0;
}

// Times of a series are steps of the extent, each later than the one before.
bool AreSteps(const int64_t* t, uint32_t begin, uint32_t end, const StepRange& steps,
              int64_t step_ms) {
  for (uint32_t p = begin; p < end; ++p) {
    if (t[p] > steps.end_ms || !IsStep(t[p], steps.start_ms, step_ms) ||
        (p > begin && t[p] <= t[p - 1]))
      return false;
  }
  return true;
}

Status Check(const kvs_query_result_t& result, const StepRange& steps, int64_t step_ms) {
  if (result.value_type != KVS_VALUE_MATRIX) return DataLoss("it is no matrix");
  const kvs_histogram_columns_t* const h = result.histograms;
  if (result.n_series > 0 && h != nullptr && h->begin == nullptr)
    return DataLoss("its histograms belong to nobody");
  for (uint32_t s = 0; s < result.n_series; ++s) {
    if ((result.labels.begin[s + 1] - result.labels.begin[s]) % 2 != 0)
      return DataLoss("a label has no value");
    const bool sound =
        AreSteps(result.timestamp_ms, result.point_begin[s], result.point_begin[s + 1], steps,
                 step_ms) &&
        (h == nullptr || AreSteps(h->timestamp_ms, h->begin[s], h->begin[s + 1], steps, step_ms));
    if (!sound) return DataLoss("a point is at no step of it");
  }
  return OkStatus();
}

}  // namespace

std::string EncodeEntry(std::string_view key, std::span<const ExtentToKeep> extents) {
  records::Encoder out;
  out.Number(kMagic);
  out.Text(key);
  out.Number(uint64_t{extents.size()});
  for (const ExtentToKeep& extent : extents) {
    out.Number(extent.steps.start_ms);
    out.Number(extent.steps.end_ms);
    out.Text(extent.text);
    out.Text(records::EncodeQueryResult(*extent.result));
  }
  std::string bytes = out.Take();
  const uint64_t checksum = ChecksumOf(bytes);
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  return bytes;
}

StatusOr<std::vector<Extent>> DecodeEntry(std::string_view bytes, std::string_view key,
                                          int64_t step_ms) {
  uint64_t checksum = 0;
  if (bytes.size() < sizeof checksum) return DataLoss("it is too short");
  std::memcpy(&checksum, bytes.data() + bytes.size() - sizeof checksum, sizeof checksum);
  bytes.remove_suffix(sizeof checksum);
  if (checksum != ChecksumOf(bytes)) return DataLoss("its checksum is wrong");
  records::Decoder in(bytes);
  if (in.Number() != kMagic) return DataLoss("it is of another layout");
  if (in.Text() != key) return DataLoss("it is of another key");
  const uint64_t n = in.Number();
  if (n > kExtentsMax) return DataLoss("it has ", n, " extents");
  std::vector<Extent> out;
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    Extent extent;
    extent.steps = {in.Signed(), in.Signed()};
    extent.text = std::string(in.Text());
    const std::string_view message = in.Text();
    if (!in.ok()) break;
    const bool in_order = IsStep(extent.steps.end_ms, extent.steps.start_ms, step_ms) &&
                          (out.empty() || out.back().steps.end_ms < extent.steps.start_ms);
    if (!in_order) return DataLoss("its extents are out of order");
    KVS_RETURN_IF_ERROR(records::DecodeQueryResult(std::string(message), extent.result.out()));
    KVS_RETURN_IF_ERROR(Check(*extent.result, extent.steps, step_ms));
    out.push_back(std::move(extent));
  }
  KVS_RETURN_IF_ERROR(in.status());
  return out;
}

}  // namespace kvs::engine::frontend
