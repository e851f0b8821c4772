// SPDX-License-Identifier: Apache-2.0
#include "result/series_labels.h"

#include <algorithm>

#include "kvs/sdk/str.h"

namespace kvs::engine::frontend {
namespace {

struct Refs {
  explicit Refs(const SeriesRef& ref)
      : labels(ref.result->labels),
        begin(labels.refs + labels.begin[ref.series]),
        size(labels.begin[ref.series + 1] - labels.begin[ref.series]) {}
  std::string_view text(uint32_t i) const { return sdk::View(labels.symbols[begin[i]]); }

  const kvs_label_columns_t& labels;
  const uint32_t* const begin;
  const uint32_t size;  ///< Names and values, in turn.
};

}  // namespace

void AppendLabelBytes(std::string& out, const SeriesRef& ref) {
  const Refs refs(ref);
  for (uint32_t i = 0; i < refs.size; ++i) {
    const std::string_view text = refs.text(i);
    const auto size = static_cast<uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out.append(text);
  }
}

bool LabelsLess(const SeriesRef& a, const SeriesRef& b) {
  const Refs x(a), y(b);
  for (uint32_t i = 0; i < std::min(x.size, y.size); ++i) {
    const int order = x.text(i).compare(y.text(i));
    if (order != 0) return order < 0;
  }
  return x.size < y.size;
}

}  // namespace kvs::engine::frontend
