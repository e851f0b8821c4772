// SPDX-License-Identifier: Apache-2.0
#include "result/notes.h"

#include <algorithm>
#include <string_view>

#include "kvs/sdk/str.h"

namespace kvs::engine::frontend {
namespace {

// Annotations that count over all steps: what they say of parts cannot be added up from texts.
constexpr std::string_view kCounting[] = {
    "sample has start time that overlaps with previous sample timestamp",
    "input to histogram_quantile needed to be fixed for monotonicity",
};

bool Counts(const std::string& note) {
  return std::ranges::any_of(kCounting, [&](std::string_view counting) {
    return note.find(counting) != std::string::npos;
  });
}

// False: the parts disagree.
bool MergeTexts(std::span<const kvs_query_result_t* const> parts,
                std::vector<std::string> Notes::*which, std::vector<std::string>* out) {
  size_t told_by = 0;
  for (const kvs_query_result_t* part : parts) {
    std::vector<std::string> texts = NotesOf(*part).*which;
    if (texts.empty()) continue;
    if (told_by++ == 0) {
      *out = std::move(texts);
    } else if (texts != *out) {
      return false;
    }
  }
  return told_by < 2 || std::ranges::none_of(*out, Counts);
}

}  // namespace

Notes NotesOf(const kvs_query_result_t& result) {
  Notes out;
  for (uint64_t i = 0; i < result.n_warnings; ++i)
    out.warnings.push_back(sdk::Text(result.warnings[i]));
  for (uint64_t i = 0; i < result.n_infos; ++i) out.infos.push_back(sdk::Text(result.infos[i]));
  return out;
}

std::optional<Notes> MergeNotes(std::span<const kvs_query_result_t* const> parts) {
  Notes out;
  if (!MergeTexts(parts, &Notes::warnings, &out.warnings) ||
      !MergeTexts(parts, &Notes::infos, &out.infos))
    return std::nullopt;
  return out;
}

bool IsPartial(const kvs_query_result_t& result) {
  for (uint64_t i = 0; i < result.n_warnings; ++i) {
    if (!sdk::View(result.warnings[i]).starts_with("PromQL warning: ")) return true;
  }
  return false;
}

bool CanBeCut(const kvs_query_result_t& result) {
  const Notes notes = NotesOf(result);
  return !IsPartial(result) && std::ranges::none_of(notes.warnings, Counts) &&
         std::ranges::none_of(notes.infos, Counts);
}

}  // namespace kvs::engine::frontend
