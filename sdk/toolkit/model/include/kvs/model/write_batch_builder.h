// SPDX-License-Identifier: Apache-2.0
// WriteBatchBuilder: a write batch from values at hand, in the symbols layout; for translators
// (OTLP, Influx), for what writes itself (rules, own metrics) and for tests. Texts are copied and
// stored once.
//
//   WriteBatchBuilder b(seed);
//   b.BeginSeries(labels);
//   b.AddSample(t, v);
//   b.AddMetadata("up", MetricType::kGauge, "Whether the target answers", "");
//   const WriteBatch& batch = b.Finish();
//
// Under one seed the keys equal those of Remote Write 2.0 for the same labels in the same order.
// Not synchronised. [any]
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/model/labels.h"
#include "kvs/model/series_key.h"
#include "kvs/model/write_batch.h"

namespace kvs::model {

class WriteBatchBuilder {
 public:
  explicit WriteBatchBuilder(uint64_t seed);

  /// Starts anew; memory is kept, the batch of before is gone.
  void Clear();
  /// The same, under another seed.
  void Clear(uint64_t seed);

  /// The number of a text; equal texts have equal numbers, and "" is 0.
  uint32_t Symbol(std::string_view text);
  /// The text of a symbol, borrowed until Clear().
  std::string_view Text(uint32_t symbol) const { return batch_.symbols[symbol].view(); }

  /// Ends the series before, if any. Labels are expected sorted by name; they are stored as given.
  void BeginSeries(std::span<const LabelView> labels);
  void BeginSeries(const Labels& labels);
  /// As name, value, name, value, ... from Symbol().
  void BeginSeries(std::span<const uint32_t> refs);

  // Of the series begun last.
  void AddSample(int64_t t, double v, int64_t start = 0) { batch_.AddSample(t, v, start); }
  void AddHistogram(const HistogramView& histogram) { batch_.AddHistogram(histogram); }
  void AddExemplar(int64_t t, double v, std::span<const LabelView> labels);

  void AddMetadata(std::string_view metric, MetricType type, std::string_view help,
                   std::string_view unit);

  /// Series begun so far.
  uint32_t n_series() const { return batch_.n_series() + (open_ ? 1 : 0); }

  /// Ends the last series and completes the batch; borrowed until Clear(). Nothing may be added
  /// after it.
  const WriteBatch& Finish();
  /// The same, handed over; the builder is as after Clear().
  WriteBatch Take();
  /// The same, in exchange for a batch whose memory the builder goes on with.
  void Take(WriteBatch* out);

 private:
  std::string_view Store(std::string_view text);
  void EndSeries();
  void GrowTable();

  KeyHasher hasher_;
  WriteBatch batch_;
  std::vector<Key128> symbol_hashes_;  // Of batch_.symbols.
  std::vector<uint32_t>
      table_;  // Symbol number + 1 by hash, open addressing; 0: free. A power of two.
  std::vector<PairRef> pairs_;
  bool open_ = false;
};

}  // namespace kvs::model
