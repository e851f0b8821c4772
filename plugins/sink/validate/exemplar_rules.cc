// SPDX-License-Identifier: Apache-2.0
#include "exemplar_rules.h"

#include <algorithm>

#include "kvs/sdk/str.h"

namespace kvs::sink::validate {
namespace {

// Code points; bytes that are not UTF-8 hardly matter here.
size_t CharactersOf(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

ExemplarVerdict JudgeExemplar(int64_t t, std::span<const kvs_pair_t> labels, int64_t oldest,
                              int64_t newest) {
  size_t characters = 0;
  bool says_something = false;
  for (const kvs_pair_t& label : labels) {
    characters += CharactersOf(sdk::View(label.name)) + CharactersOf(sdk::View(label.value));
    says_something |= label.name.size != 0 && label.value.size != 0;
  }
  if (!says_something) return ExemplarVerdict::kLabelsMissing;
  if (t == 0) return ExemplarVerdict::kTimestampInvalid;
  if (characters > kMaxExemplarCharacters) return ExemplarVerdict::kLabelsTooLong;
  if (t > newest) return ExemplarVerdict::kTooFarInFuture;
  if (t < oldest) return ExemplarVerdict::kTooFarInPast;
  return ExemplarVerdict::kOk;
}

std::string_view ReasonOf(ExemplarVerdict verdict) {
  switch (verdict) {
    case ExemplarVerdict::kLabelsMissing:
      return "exemplar_labels_missing";
    case ExemplarVerdict::kTimestampInvalid:
      return "exemplar_timestamp_invalid";
    case ExemplarVerdict::kLabelsTooLong:
      return "exemplar_labels_too_long";
    case ExemplarVerdict::kTooFarInFuture:
      return "exemplar_too_far_in_future";
    case ExemplarVerdict::kTooFarInPast:
      return "exemplar_too_far_in_past";
    case ExemplarVerdict::kTooMany:
      return "too_many_exemplars_per_series_per_request";
    case ExemplarVerdict::kOk:
    case ExemplarVerdict::kCount:
      break;
  }
  return {};
}

}  // namespace kvs::sink::validate
