// SPDX-License-Identifier: Apache-2.0
#include "merge/symbols.h"

#include <algorithm>

namespace kvs::compactor {
namespace {

// Goes through the symbols of one index.
struct Walk {
  const tsdb::IndexHeader* header;
  size_t source;
  uint32_t number = 0;
  std::string text;
  tsdb::Bytes scratch;

  // False at the end.
  StatusOr<bool> Load() {
    if (number == header->n_symbols()) return false;
    KVS_ASSIGN_OR_RETURN(const std::string_view view, header->Symbol(number, &scratch));
    if (number > 0 && view <= text) {
      return DataLoss("index: symbol ", number, " does not come after the one before");
    }
    text.assign(view);
    return true;
  }
};

bool HasLaterText(const Walk* a, const Walk* b) {
  return a->text > b->text;
}

}  // namespace

StatusOr<MergedSymbols> MergedSymbols::Make(const std::vector<const tsdb::IndexHeader*>& headers,
                                            const std::vector<std::string>& names) {
  MergedSymbols out;
  out.numbers_.resize(headers.size());
  std::vector<Walk> walks(headers.size());
  std::vector<Walk*> heap;
  const auto load = [&](Walk* walk) -> StatusOr<bool> {
    StatusOr<bool> more = walk->Load();
    if (!more.ok()) return Annotate(more.status(), names[walk->source]);
    return more;
  };
  for (size_t i = 0; i < headers.size(); ++i) {
    walks[i].header = headers[i];
    walks[i].source = i;
    out.numbers_[i].reserve(headers[i]->n_symbols());
    KVS_ASSIGN_OR_RETURN(const bool more, load(&walks[i]));
    if (more) heap.push_back(&walks[i]);
  }
  std::make_heap(heap.begin(), heap.end(), HasLaterText);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), HasLaterText);
    Walk& walk = *heap.back();
    if (out.ends_.empty() || out.Text(out.size() - 1) != walk.text) {
      out.texts_ += walk.text;
      out.ends_.push_back(out.texts_.size());
    }
    out.numbers_[walk.source].push_back(out.size() - 1);
    ++walk.number;
    KVS_ASSIGN_OR_RETURN(const bool more, load(&walk));
    if (more) {
      std::push_heap(heap.begin(), heap.end(), HasLaterText);
    } else {
      heap.pop_back();
    }
  }
  return out;
}

void SymbolSubset::Freeze() {
  before_.reserve(bits_.size());
  uint32_t n = 0;
  for (const uint64_t word : bits_) {
    before_.push_back(n);
    n += static_cast<uint32_t>(__builtin_popcountll(word));
  }
}

}  // namespace kvs::compactor
