// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/port/series_source.h"

#include "kvs/sdk/str.h"

namespace kvs::sdk {

// What the table of a cursor points at.
struct CursorEntries {
  static kvs_status_t Next(void* self, const kvs_call_t* call, const void* /*in*/,
                           kvs_series_batch_t** out, const kvs_completion_t* completion,
                           kvs_error_t* error) noexcept {
    return Guard(error, [&] {
      Completer completer(completion, error);
      return static_cast<SeriesCursor*>(self)->Next(Call(call), *out, completer);
    });
  }
  static void Release(void* self) noexcept { delete static_cast<SeriesCursor*>(self); }
  static uint64_t LateWarnings(void* self, const kvs_str_t** out) noexcept {
    auto* const cursor = static_cast<SeriesCursor*>(self);
    cursor->told_texts_.clear();
    cursor->told_.clear();
    cursor->AddLateWarnings(&cursor->told_texts_);
    for (const std::string& text : cursor->told_texts_) cursor->told_.push_back(Str(text));
    *out = cursor->told_.data();
    return cursor->told_.size();
  }
  static constexpr kvs_series_cursor_table_t kTable = {sizeof(kvs_series_cursor_table_t), 0, &Next,
                                                       &Release, &LateWarnings};
};

void HandOutCursor(kvs_series_cursor_t& out, std::unique_ptr<SeriesCursor> cursor) {
  out.table = &CursorEntries::kTable;
  out.self = cursor.release();
}

StatusOr<BatchPtr> OpenSelection::Next(const Call& call) const {
  kvs_series_batch_t* batch = nullptr;
  auto error = Record<kvs_error_t>();
  const kvs_status_t code = AwaitRaw(next(), call, nullptr, &batch, &error);
  if (code == KVS_END) return BatchPtr();
  KVS_RETURN_IF_ERROR(Import(code, &error));
  return BatchPtr(batch);
}

void OpenSelection::AddWarnings(std::vector<std::string>* warnings) const {
  for (uint32_t i = 0; i < cursor_.n_warnings; ++i) warnings->push_back(Text(cursor_.warnings[i]));
}

void OpenSelection::AddLateWarnings(std::vector<std::string>* warnings) const {
  // Not opened, or of a plugin that is older than the function.
  if (cursor_.table == nullptr || !KVS_HAS(cursor_.table, kvs_series_cursor_table_t, late_warnings))
    return;
  const kvs_str_t* texts = nullptr;
  const uint64_t n = cursor_.table->late_warnings(cursor_.self, &texts);
  for (uint64_t i = 0; i < n; ++i) warnings->push_back(Text(texts[i]));
}

}  // namespace kvs::sdk
