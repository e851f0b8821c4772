// SPDX-License-Identifier: Apache-2.0
// DerivedBatch: a write batch with the samples of another one, and labels of its own for some of its
// series. Nothing but those labels is copied. For sinks that drop or rewrite labels.
//
//   auto derived = DerivedBatch::Of(*in.batch, "sink.relabel");
//   derived->SetLabels(row, labels);
//   view.batch = derived->Finish();          // Immutable from here on; valid while derived lives, or is retained.
//
// Link kvs::model beside kvs::sdk.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/abi/write_batch.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/str.h"

namespace kvs::sdk {

/// Not synchronised until Finish(). [any]
class DerivedBatch {
 public:
  struct Unref {
    void operator()(DerivedBatch* batch) const { batch->Release(); }
  };
  using Ptr = std::unique_ptr<DerivedBatch, Unref>;

  /// Retains `from`. `by` says who derives: rewritten series get keys that nobody else gives, for equal
  /// keys must mean equal labels.
  static Ptr Of(const kvs_write_batch_t& from, std::string_view by);
  /// The metadata of another batch and none of its series, which it retains. A view with rows has no metadata, so who hands
  /// on some series of a batch hands on its metadata with this, behind them. Unlike MetadataAlone() it may be kept.
  static Ptr MetadataOf(const kvs_write_batch_t& from);
  DerivedBatch(const DerivedBatch&) = delete;
  DerivedBatch& operator=(const DerivedBatch&) = delete;

  /// Takes the label with this name out of a series, if it is there. The others stay as they stood.
  void DropLabel(uint32_t row, std::string_view name);
  /// Gives a series these labels, which are copied.
  void SetLabels(uint32_t row, std::span<const model::LabelView> labels);
  /// Marks what is derived, beside `by`: series that were rewritten by different rules are different.
  void Salt(uint64_t salt) { salt_ ^= salt; }

  const kvs_write_batch_t* Finish();

 private:
  struct Ref {
    kvs_ref_t base;  // First, so that the callbacks find their way back.
    DerivedBatch* owner;
  };
  struct Rewritten {
    uint32_t row;
    uint32_t begin, end;  // In new_refs_.
  };
  DerivedBatch(const kvs_write_batch_t& from, const kvs_write_batch_t& raw);
  ~DerivedBatch();
  void Release();
  uint8_t* Allocate(size_t n);
  uint32_t NewSymbol(std::string_view text);
  void MarkRewritten(uint32_t row);
  void FinishRefs();

  const kvs_write_batch_t& from_;
  kvs_write_batch_t raw_;
  Ref ref_{};
  std::atomic<uint32_t> count_{1};
  uint64_t salt_ = 0;
  std::vector<kvs_key128_t> keys_;
  std::vector<bool> rewritten_;

  // Layout protobuf: where each series' labels are, here or in the other batch.
  std::vector<kvs_bytes_t> label_bytes_;
  std::vector<std::unique_ptr<uint8_t[]>> blocks_;
  uint8_t* at_ = nullptr;
  size_t left_ = 0;

  // Layout symbols.
  std::vector<kvs_str_t> symbols_;
  std::vector<Rewritten> new_rows_;
  std::vector<uint32_t> new_refs_;
  std::vector<uint32_t> label_begin_, label_refs_;
};

}  // namespace kvs::sdk
