// SPDX-License-Identifier: Apache-2.0
// What was appended, as records of the log.
#include <algorithm>

#include "batch_labels.h"
#include "write/batch_writer.h"

namespace kvs::head {
namespace {

// What the log's generation looks like in a series: 16 bits, never 0. A series would have to rest
// for 65,535 generations, each of at least a segment, to be mistaken for one whose labels are
// there.
uint16_t Stamp(uint32_t generation) {
  return static_cast<uint16_t>(1 + generation % 65535);
}

}  // namespace

// The labels of series that this generation of the log has not seen; returns their size.
size_t BatchWriter::PutLabels(std::span<const uint32_t> positions, uint16_t stamp) {
  wal::Encoder& record = scratch_.record;
  uint32_t n = 0;
  size_t size = 0;
  for (size_t i = 0; i < positions.size(); ++i) {
    Series& series = *scratch_.series[i];
    if (series.logged == stamp || !series.sampled()) continue;
    if (n++ == 0) {
      record.Begin(wal::Kind::kSeries);
      record.PutFixed(tenant_.number);
      record.PutText(tenant_.name);
    }
    record.PutVarint(scratch_.ids[positions[i]]);
    size += PutLabelRecords(batch_, RowAt(positions[i]), record);
    series.logged = stamp;
  }
  if (n != 0) record.End();
  return size;
}

// With the shard's lock held, so that the log has the order of memory.
Status BatchWriter::StageShard(std::span<const uint32_t> positions, uint32_t shard_number) {
  WriteScratch& s = scratch_;
  const bool has_histograms = !s.histograms.empty() || !s.late_histograms.empty();
  if (n_samples_ == 0 && s.late.empty() && !has_histograms) return OkStatus();
  for (;;) {
    // The log may begin a generation at any time; then labels are needed again.
    const uint32_t generation = head_.wal_.generation();
    s.record.Clear();
    const size_t label_bytes = PutLabels(positions, Stamp(generation));
    if (n_samples_ != 0) {
      wal::SamplesHeader header{};
      header.tenant = tenant_.number;
      header.shard = shard_number;
      header.n = n_samples_;
      header.id_bytes = static_cast<uint32_t>(id_end_ - s.id_column.data());
      header.time_bytes = static_cast<uint32_t>(time_end_ - s.time_column.data());
      if (start_end_ != nullptr)
        header.start_bytes = static_cast<uint32_t>(start_end_ - s.start_column.data());
      s.record.Begin(start_end_ == nullptr ? wal::Kind::kSamples : wal::Kind::kStartedSamples);
      s.record.PutFixed(header);
      s.record.PutBytes({s.id_column.data(), header.id_bytes});
      s.record.PutBytes({s.time_column.data(), header.time_bytes});
      s.record.PutBytes(
          {reinterpret_cast<const uint8_t*>(s.value_column.data()), n_samples_ * sizeof(double)});
      s.record.PutBytes({s.start_column.data(), header.start_bytes});
      s.record.End();
    }
    if (!s.late.empty()) PutLate(shard_number);
    PutHistograms(wal::Kind::kHistograms, s.histograms, shard_number);
    PutHistograms(wal::Kind::kLateHistograms, s.late_histograms, shard_number);
    if (head_.wal_.Stage(generation, s.record.bytes(), label_bytes)) {
      generation_ = generation;
      s.histograms.clear();
      s.late_histograms.clear();
      return OkStatus();
    }
    KVS_RETURN_IF_ERROR(head_.wal_.CheckAccepting());
  }
}

void BatchWriter::PutLate(uint32_t shard_number) {
  wal::Encoder& record = scratch_.record;
  const bool any_start =
      std::any_of(scratch_.late.begin(), scratch_.late.end(),
                  [](const WriteScratch::LateSample& sample) { return sample.start != 0; });
  record.Begin(any_start ? wal::Kind::kLateStartedSamples : wal::Kind::kLateSamples);
  record.PutFixed(tenant_.number);
  record.PutFixed(shard_number);
  for (const WriteScratch::LateSample& sample : scratch_.late) {
    record.PutVarint(sample.id);
    record.PutVarint(wal::ZigZag(sample.t));
    record.PutFixed(sample.v);
    if (any_start) record.PutVarint(wal::ZigZag(sample.start));
  }
  record.End();
}

void BatchWriter::PutHistograms(wal::Kind kind, const std::vector<uint8_t>& histograms,
                                uint32_t shard_number) {
  if (histograms.empty()) return;
  wal::Encoder& record = scratch_.record;
  record.Begin(kind);
  record.PutFixed(tenant_.number);
  record.PutFixed(shard_number);
  record.PutBytes(histograms);
  record.End();
}

Status BatchWriter::WriteExemplars() {
  const kvs_exemplar_columns_t& columns = *batch_.exemplars;
  std::vector<Exemplar> added;
  for (uint32_t position = 0; position < n_; ++position) {
    if (scratch_.ids[position] == KVS_NO_ID) continue;
    const uint32_t row = RowAt(position);
    for (uint32_t k = columns.begin[row]; k < columns.begin[row + 1]; ++k) {
      Exemplar exemplar{scratch_.ids[position], columns.timestamp_ms[k], columns.value[k], {}};
      AppendLabelRecords({columns.label + columns.label_begin[k],
                          columns.label_begin[k + 1] - columns.label_begin[k]},
                         exemplar.labels);
      const ExemplarStore::Added verdict =
          tenant_.exemplars.Add(exemplar, tenant_.limits.max_exemplars(head_.exemplar_budget_.max),
                                head_.exemplar_budget_);
      if (verdict != ExemplarStore::Added::kOutOfOrder) ++exemplars_;
      if (verdict == ExemplarStore::Added::kNew) added.push_back(std::move(exemplar));
    }
  }
  if (added.empty()) return OkStatus();
  tenant_.exemplars_appended.Add(static_cast<double>(added.size()));
  wal::Encoder& record = scratch_.record;
  for (;;) {
    const uint32_t generation = head_.wal_.generation();
    record.Clear();
    // An exemplar whose series this generation does not know is lost at the next start, as
    // exemplars may be.
    record.Begin(wal::Kind::kExemplars);
    record.PutFixed(tenant_.number);
    for (const Exemplar& exemplar : added) {
      record.PutVarint(exemplar.id);
      record.PutVarint(wal::ZigZag(exemplar.t));
      record.PutFixed(exemplar.v);
      record.PutText(exemplar.labels);
    }
    record.End();
    if (head_.wal_.Stage(generation, record.bytes(), 0)) return OkStatus();
    KVS_RETURN_IF_ERROR(head_.wal_.CheckAccepting());
  }
}

Status BatchWriter::WriteMetadata() {
  wal::Encoder& record = scratch_.record;
  const MetadataBounds bounds{static_cast<size_t>(head_.config_.max_metadata_per_user),
                              static_cast<size_t>(tenant_.limits.max_metadata()),
                              static_cast<size_t>(tenant_.limits.max_metadata_per_metric())};
  const auto discard = [this](uint32_t n, std::string_view reason) {
    if (n != 0) head_.metrics_.discarded_metadata.With({reason, tenant_.name}).Add(n);
  };
  for (;;) {
    const uint32_t generation = head_.wal_.generation();
    record.Clear();
    record.Begin(wal::Kind::kMetadata);
    record.PutFixed(tenant_.number);
    record.PutText(tenant_.name);
    const MetadataStore::Added added =
        tenant_.metadata.Add({batch_.metadata, batch_.n_metadata}, bounds, generation, record);
    discard(added.beyond_metrics, "per_user_metadata_limit");
    discard(added.beyond_per_metric, "per_metric_metadata_limit");
    if (added.logged == 0) return OkStatus();
    record.End();
    if (head_.wal_.Stage(generation, record.bytes(), 0)) return OkStatus();
    tenant_.metadata.Unlogged();
    KVS_RETURN_IF_ERROR(head_.wal_.CheckAccepting());
  }
}

}  // namespace kvs::head
