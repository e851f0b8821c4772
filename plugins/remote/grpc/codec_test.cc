// SPDX-License-Identifier: Apache-2.0
// What is encoded is decoded, and no cut or flipped message does harm.
#include <gtest/gtest.h>

#include <random>

#include "kvs/model/label_records.h"
#include "kvs/records/codec.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sdk/write_batch.h"
#include "query_codec.h"
#include "source_codec.h"
#include "write_codec.h"

namespace kvs::remote::grpc {
namespace {

using BatchPool = sdk::WriteBatchPool<std::string>;

BatchPool::Ptr ABatch() {
  BatchPool::Ptr buffer = BatchPool(0, 0).Get();
  model::WriteBatch& batch = buffer->batch;
  batch.Clear(model::LabelLayout::kSymbols);
  for (const char* text : {"", "__name__", "up", "job", "a", "b"}) batch.symbols.push_back(model::StrRef::Of(text));
  const model::PairRef label{model::StrRef::Of("trace"), model::StrRef::Of("t")};
  for (uint32_t i = 0; i < 3; ++i) {
    batch.label_refs.insert(batch.label_refs.end(), {1, 2, 3, 4 + i % 2});
    batch.AddSample(100 + i, i + 0.5);
    if (i == 1) {
      batch.AddSample(200, 7, 50);
      batch.AddExemplar(200, 3, {&label, 1});
      model::HistogramView h;
      const int32_t offsets[] = {1, 2};
      const uint32_t lengths[] = {1, 1};
      const uint64_t buckets[] = {3, 4};
      h.timestamp_ms = 300;
      h.schema = 2;
      h.count = 7;
      h.positive_span_offset = offsets;
      h.positive_span_length = lengths;
      h.positive_bucket = buckets;
      h.negative_span_offset = {offsets, 1};
      h.negative_span_length = {lengths, 1};
      h.negative_bucket = {buckets, 1};
      batch.AddHistogram(h);
    }
    batch.EndSeries({i, i + 10});
  }
  batch.metadata.push_back({model::StrRef::Of("up"), model::StrRef::Of("help"), model::StrRef::Of("s"), 2, 0});
  batch.Finish();
  return buffer;
}

TEST(WriteCodecTest, AWholeBatchComesBack) {
  const BatchPool::Ptr buffer = ABatch();
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  const std::string message = EncodeWrite(view);
  model::WriteBatch out;

  ASSERT_TRUE(DecodeWrite(message, &out).ok());

  ASSERT_EQ(out.n_series(), 3u);
  EXPECT_EQ(out.series_key[2].hi, 12u);
  EXPECT_EQ(out.timestamp_ms, buffer->batch.timestamp_ms);
  EXPECT_EQ(out.value, buffer->batch.value);
  EXPECT_EQ(out.start_timestamp_ms, buffer->batch.start_timestamp_ms);
  EXPECT_EQ(out.sample_begin, buffer->batch.sample_begin);
  EXPECT_EQ(model::FormatSeries(out.labels(1)), R"(up{job="b"})");
  ASSERT_EQ(out.histograms.size(), 1u);
  EXPECT_EQ(out.histograms.At(0).negative_bucket[0], 3u);
  EXPECT_EQ(out.histograms.At(0).positive_bucket[1], 4u);
  ASSERT_EQ(out.exemplars.size(), 1u);
  EXPECT_EQ(out.exemplars.label[0].name.view(), "trace");
  ASSERT_EQ(out.metadata.size(), 1u);
  EXPECT_EQ(out.metadata[0].help.view(), "help");
}

TEST(WriteCodecTest, SelectedRowsTravelAlone) {
  const BatchPool::Ptr buffer = ABatch();
  const uint32_t rows[] = {1};
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  view.rows = rows;
  view.n_rows = 1;
  const std::string message = EncodeWrite(view);
  model::WriteBatch out;

  ASSERT_TRUE(DecodeWrite(message, &out).ok());

  ASSERT_EQ(out.n_series(), 1u);
  EXPECT_EQ(out.timestamp_ms, (std::vector<int64_t>{101, 200}));
  EXPECT_EQ(out.exemplars.size(), 1u);
  EXPECT_EQ(out.histograms.size(), 1u);
  EXPECT_TRUE(out.metadata.empty());
}

TEST(WriteCodecTest, AKnownWriteBringsTheLabelsThatAreToldAndAllElse) {
  const BatchPool::Ptr buffer = ABatch();
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  const std::string message = EncodeKnownWrite(view, std::vector<uint32_t>{1});
  model::WriteBatch out;
  std::vector<uint32_t> told;

  ASSERT_TRUE(DecodeKnownWrite(message, &out, &told).ok());

  EXPECT_EQ(told, std::vector<uint32_t>{1});
  ASSERT_EQ(out.n_series(), 3u);
  EXPECT_EQ(out.label_bytes[0].data, nullptr);
  EXPECT_EQ(model::FormatSeries(out.labels(1)), R"(up{job="b"})");
  EXPECT_EQ(out.series_key[2].hi, 12u);
  EXPECT_EQ(out.timestamp_ms, buffer->batch.timestamp_ms);
  EXPECT_EQ(out.value, buffer->batch.value);
  EXPECT_EQ(out.start_timestamp_ms, buffer->batch.start_timestamp_ms);
  EXPECT_EQ(out.sample_begin, buffer->batch.sample_begin);
  EXPECT_EQ(out.histograms.size(), 1u);
  EXPECT_EQ(out.exemplars.size(), 1u);
  EXPECT_EQ(out.metadata.size(), 1u);
}

TEST(WriteCodecTest, SelectedRowsOfAKnownWriteTravelAlone) {
  const BatchPool::Ptr buffer = ABatch();
  const uint32_t rows[] = {0, 2};
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  view.rows = rows;
  view.n_rows = 2;
  const std::string message = EncodeKnownWrite(view, std::vector<uint32_t>{1});
  model::WriteBatch out;
  std::vector<uint32_t> told;

  ASSERT_TRUE(DecodeKnownWrite(message, &out, &told).ok());

  ASSERT_EQ(out.n_series(), 2u);
  EXPECT_EQ(out.label_bytes[0].data, nullptr);
  EXPECT_EQ(model::FormatSeries(out.labels(1)), R"(up{job="a"})");
  EXPECT_EQ(out.timestamp_ms, (std::vector<int64_t>{100, 102}));
  EXPECT_EQ(out.sample_begin, (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(out.histograms.size(), 0u);
}

TEST(WriteCodecTest, LabelRecordsOfSelectedRowsAreToldAsTheyAre) {
  std::string records[2];
  model::AppendLabelRecord("n", "0", records[0]);
  model::AppendLabelRecord("n", "1", records[1]);
  const BatchPool::Ptr buffer = BatchPool(0, 0).Get();
  buffer->batch.Clear(model::LabelLayout::kProtobuf);
  for (uint64_t i = 0; i < 2; ++i) {
    buffer->batch.label_bytes.push_back({reinterpret_cast<const uint8_t*>(records[i].data()), records[i].size()});
    buffer->batch.AddSample(1, 1);
    buffer->batch.EndSeries({i, i});
  }
  buffer->batch.Finish();
  const uint32_t rows[] = {1};
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  view.rows = rows;
  view.n_rows = 1;

  for (const std::vector<uint32_t>& telling : {std::vector<uint32_t>{0}, std::vector<uint32_t>{}}) {
    const std::string message = EncodeKnownWrite(view, telling);
    model::WriteBatch out;
    std::vector<uint32_t> told;
    ASSERT_TRUE(DecodeKnownWrite(message, &out, &told).ok());
    EXPECT_EQ(told, telling);
    ASSERT_EQ(out.n_series(), 1u);
    EXPECT_EQ(out.series_key[0].hi, 1u);
    EXPECT_EQ(model::FormatSeries(out.labels(0)), telling.empty() ? "{}" : R"({n="1"})");
  }
}

TEST(WriteCodecTest, TimesOfAKnownWriteMayLieFarApart) {
  const std::vector<int64_t> times{INT64_MIN, 0, INT64_MAX};
  const BatchPool::Ptr buffer = BatchPool(0, 0).Get();
  buffer->batch.Clear(model::LabelLayout::kSymbols);
  for (uint64_t i = 0; i < times.size(); ++i) {
    buffer->batch.AddSample(times[i], 1);
    buffer->batch.EndSeries({i, i});
  }
  buffer->batch.Finish();
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  model::WriteBatch out;
  std::vector<uint32_t> told;

  ASSERT_TRUE(DecodeKnownWrite(EncodeKnownWrite(view, {}), &out, &told).ok());

  EXPECT_EQ(out.timestamp_ms, times);
}

TEST(WriteCodecTest, WhatIsMissingMustBeOfTheWrite) {
  std::vector<uint32_t> out;

  EXPECT_TRUE(DecodeMissing(EncodeMissing({0, 2}), 3, &out).ok());
  EXPECT_EQ(out, (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(DecodeMissing(EncodeMissing({0, 3}), 3, &out).code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeMissing(EncodeMissing({1, 1}), 3, &out).code(), StatusCode::kDataLoss);
}

TEST(WriteCodecTest, DamagedMessagesAreErrorsOrHarmless) {
  const BatchPool::Ptr buffer = ABatch();
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  const std::string message = EncodeWrite(view);
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = message;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    if (round % 3 == 0) damaged.resize(random() % damaged.size());
    model::WriteBatch out;
    if (!DecodeWrite(damaged, &out).ok()) continue;
    for (uint32_t s = 0; s < out.n_series(); ++s) {  // Whatever decodes can be walked.
      model::LabelCursor labels = out.labels(s);
      for (model::LabelView label; labels.Next(&label);) EXPECT_LE(label.name.size(), message.size());
      for (uint32_t i = out.sample_begin[s]; i < out.sample_begin[s + 1]; ++i) EXPECT_EQ(out.value.at(i), out.value.at(i));
    }
  }
}

TEST(WriteCodecTest, DamagedKnownWritesAreErrorsOrHarmless) {
  const BatchPool::Ptr buffer = ABatch();
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  const std::string message = EncodeKnownWrite(view, std::vector<uint32_t>{0, 2});
  std::mt19937 random(6);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = message;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    if (round % 3 == 0) damaged.resize(random() % damaged.size());
    model::WriteBatch out;
    std::vector<uint32_t> told;
    if (!DecodeKnownWrite(damaged, &out, &told).ok()) continue;
    ASSERT_EQ(out.label_bytes.size(), out.n_series());
    for (const uint32_t row : told) {
      model::LabelCursor labels = out.labels(row);
      for (model::LabelView label; labels.Next(&label);) EXPECT_LE(label.name.size(), message.size());
    }
    for (uint32_t s = 0; s < out.n_series(); ++s) {
      for (uint32_t i = out.sample_begin[s]; i < out.sample_begin[s + 1]; ++i) EXPECT_EQ(out.timestamp_ms.at(i), out.timestamp_ms.at(i));
    }
  }
}

TEST(SourceCodecTest, ASelectionComesBack) {
  const kvs_matcher_t matchers[] = {{sdk::Str("job"), sdk::Str("a.*"), KVS_MATCH_REGEX, 0}};
  const kvs_str_t labels[] = {sdk::Str("job"), sdk::Str("pod")};
  auto select = sdk::Record<kvs_select_t>();
  select.flags = KVS_SELECT_SORTED | KVS_SELECT_HAS_LABELS;
  select.min_ms = -5;
  select.max_ms = 10;
  select.matchers = {matchers, 1};
  select.labels = labels;
  select.n_labels = 2;
  select.limit = 3;
  select.resolution_ms = 300'000;
  select.aggregates = KVS_AGGREGATE_SUM | KVS_AGGREGATE_COUNT;
  const std::string message = EncodeSelect(select);
  Decoded<kvs_select_t> out;

  ASSERT_TRUE(DecodeSelect(message, &out).ok());

  EXPECT_EQ(out.value.flags, select.flags);
  EXPECT_EQ(out.value.min_ms, -5);
  ASSERT_EQ(out.value.matchers.n, 1u);
  EXPECT_EQ(sdk::View(out.value.matchers.matchers[0].value), "a.*");
  ASSERT_EQ(out.value.n_labels, 2u);
  EXPECT_EQ(sdk::View(out.value.labels[1]), "pod");
  EXPECT_EQ(out.value.limit, 3u);
  EXPECT_EQ(out.value.resolution_ms, 300'000);
  EXPECT_EQ(out.value.aggregates, select.aggregates);
}

TEST(SourceCodecTest, ABatchComesBackWithItsChunks) {
  const kvs_str_t symbols[] = {sdk::Str("job"), sdk::Str("a")};
  const uint32_t begin[] = {0, 2, 2}, refs[] = {0, 1}, chunk_begin[] = {0, 1, 3};
  const uint8_t bytes[] = {1, 2, 3};
  const kvs_chunk_t chunks[] = {{0, 9, bytes, 3, 2, 1, 0}, {10, 19, bytes + 1, 2, 3, 2, KVS_CHUNK_OVERLAPS}, {20, 29, bytes, 0, 0, 1, 0}};
  auto batch = sdk::Record<kvs_series_batch_t>();
  batch.n_series = 2;
  batch.labels = sdk::Record<kvs_label_columns_t>();
  batch.labels.n_series = 2;
  batch.labels.symbols = symbols;
  batch.labels.n_symbols = 2;
  batch.labels.begin = begin;
  batch.labels.refs = refs;
  batch.chunk_begin = chunk_begin;
  batch.chunks = chunks;
  const std::string message = EncodeSeriesBatch(batch);

  StatusOr<kvs_series_batch_t*> out = DecodeSeriesBatch(message);
  ASSERT_TRUE(out.ok());
  const sdk::BatchPtr owned(*out);

  EXPECT_EQ(owned->n_series, 2u);
  EXPECT_EQ(owned->chunk_begin[2], 3u);
  EXPECT_EQ(owned->chunks[1].data[1], 3);
  EXPECT_EQ(owned->chunks[1].flags, KVS_CHUNK_OVERLAPS);
  EXPECT_EQ(sdk::View(owned->labels.symbols[owned->labels.refs[1]]), "a");

  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = message;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    StatusOr<kvs_series_batch_t*> read = DecodeSeriesBatch(damaged);
    if (!read.ok()) continue;
    const sdk::BatchPtr kept(*read);
    uint64_t sum = 0;
    for (uint32_t i = kept->labels.begin[0]; i < kept->labels.begin[kept->n_series]; ++i) sum += kept->labels.symbols[kept->labels.refs[i]].size;
    if (kept->chunk_begin != nullptr) {
      for (uint32_t c = 0; c < kept->chunk_begin[kept->n_series]; ++c) {
        for (uint32_t b = 0; b < kept->chunks[c].size; ++b) sum += kept->chunks[c].data[b];
      }
    }
    EXPECT_LT(sum, 100000u);
  }
}

TEST(QueryCodecTest, AQueryComesBackWhole) {
  auto query = sdk::Record<kvs_query_t>();
  query.flags = KVS_QUERY_RANGE | KVS_QUERY_PART;
  query.text = sdk::Str("up");
  query.start_ms = -5;
  query.end_ms = 7;
  query.step_ms = 3;
  query.lookback_ms = 11;
  query.max_resolution_ms = KVS_RESOLUTION_AUTO;
  query.shard_index = 2;
  query.shard_count = 16;
  query.priority = -1;
  const std::string message = EncodeQuery(query);

  kvs_query_t out;
  ASSERT_TRUE(DecodeQuery(message, &out).ok());

  EXPECT_EQ(out.flags, query.flags);
  EXPECT_EQ(sdk::View(out.text), "up");
  EXPECT_EQ(out.start_ms, -5);
  EXPECT_EQ(out.end_ms, 7);
  EXPECT_EQ(out.step_ms, 3);
  EXPECT_EQ(out.lookback_ms, 11);
  EXPECT_EQ(out.max_resolution_ms, KVS_RESOLUTION_AUTO);
  EXPECT_EQ(out.shard_index, 2u);
  EXPECT_EQ(out.shard_count, 16u);
  EXPECT_EQ(out.priority, -1);
}

}  // namespace
}  // namespace kvs::remote::grpc
