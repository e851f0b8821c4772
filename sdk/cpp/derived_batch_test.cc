// SPDX-License-Identifier: Apache-2.0
// Labels dropped and rewritten in both layouts; everything else stays where it is.
#include "kvs/sdk/derived_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "kvs/base/str_cat.h"
#include "kvs/model/label_cursor.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/testkit/test_batch.h"

namespace kvs::sdk {
namespace {

std::string LabelsOf(const kvs_write_batch_t& batch, uint32_t row) {
  std::string text;
  model::LabelCursor labels(LabelSourceOf(batch), row);
  for (model::LabelView label; labels.Next(&label);) StrAppend(text, text.empty() ? "" : " ", label.name, "=", label.value);
  return labels.damaged() ? "damaged" : text;
}

// The same series in the layout of Remote Write 1.0.
class ProtobufBatch {
 public:
  explicit ProtobufBatch(const std::vector<testkit::LabelPairs>& series) {
    for (const auto& labels : series) {
      std::string bytes;
      for (const auto& [name, value] : labels) {
        const std::string inside = std::string("\x0a") + char(name.size()) + name + "\x12" + char(value.size()) + value;
        bytes += std::string("\x0a") + char(inside.size()) + inside;
      }
      texts_.push_back(bytes);
      keys_.push_back({keys_.size() + 1, 7});
    }
    for (const std::string& text : texts_) bytes_.push_back(Bytes(std::string_view(text)));
    ref_ = Record<kvs_ref_t>();
    ref_.retain = [](kvs_ref_t*) noexcept {};
    ref_.release = [](kvs_ref_t*) noexcept {};
    batch_ = Record<kvs_write_batch_t>();
    batch_.label_layout = KVS_LABELS_PROTOBUF;
    batch_.ref = &ref_;
    batch_.n_series = static_cast<uint32_t>(keys_.size());
    batch_.series_key = keys_.data();
    batch_.label_bytes = bytes_.data();
  }
  const kvs_write_batch_t& batch() const { return batch_; }

 private:
  std::vector<std::string> texts_;
  std::vector<kvs_bytes_t> bytes_;
  std::vector<kvs_key128_t> keys_;
  kvs_ref_t ref_{};
  kvs_write_batch_t batch_{};
};

const std::vector<testkit::LabelPairs>& TwoSeries() {
  static const auto* const kSeries = new std::vector<testkit::LabelPairs>{
      {{"__name__", "up"}, {"__replica__", "a"}, {"job", "x"}}, {{"__name__", "down"}, {"job", "y"}}};
  return *kSeries;
}

void DropsAndSets(const kvs_write_batch_t& batch) {
  const auto derived = DerivedBatch::Of(batch, "test");
  derived->DropLabel(0, "__replica__");
  derived->DropLabel(1, "nothing of the kind");
  derived->SetLabels(1, std::vector<model::LabelView>{{"__name__", "down"}, {"new", ""}});
  const kvs_write_batch_t& out = *derived->Finish();

  EXPECT_EQ(LabelsOf(out, 0), "__name__=up job=x");
  EXPECT_EQ(LabelsOf(out, 1), "__name__=down new=");
  EXPECT_EQ(LabelsOf(batch, 0), "__name__=up __replica__=a job=x");
  EXPECT_NE(out.series_key[0].lo, batch.series_key[0].lo);
}

TEST(DerivedBatchTest, LabelsOfProtobufRecordsAreDroppedAndSet) {
  const ProtobufBatch batch(TwoSeries());
  DropsAndSets(batch.batch());
}

TEST(DerivedBatchTest, LabelsOfSymbolsAreDroppedAndSet) {
  testkit::TestBatch batch;
  for (const auto& labels : TwoSeries()) batch.Add(labels, {{5, 1.5}});
  DropsAndSets(*batch.view()->batch);
}

TEST(DerivedBatchTest, SeriesThatAreNotRewrittenKeepTheirKeysAndSamples) {
  testkit::TestBatch batch;
  for (const auto& labels : TwoSeries()) batch.Add(labels, {{5, 1.5}});
  const kvs_write_batch_t& from = *batch.view()->batch;
  const auto derived = DerivedBatch::Of(from, "test");
  derived->DropLabel(0, "job");
  const kvs_write_batch_t& out = *derived->Finish();

  EXPECT_EQ(out.series_key[1].lo, from.series_key[1].lo);
  EXPECT_EQ(out.value, from.value);
  EXPECT_EQ(LabelsOf(out, 1), LabelsOf(from, 1));
}

TEST(DerivedBatchTest, KeysDependOnWhoDerivesAndOnTheSalt) {
  const ProtobufBatch batch(TwoSeries());
  const auto key = [&](std::string_view by, uint64_t salt) {
    const auto derived = DerivedBatch::Of(batch.batch(), by);
    derived->Salt(salt);
    derived->DropLabel(0, "job");
    return derived->Finish()->series_key[0].lo;
  };

  EXPECT_EQ(key("a", 1), key("a", 1));
  EXPECT_NE(key("a", 1), key("b", 1));
  EXPECT_NE(key("a", 1), key("a", 2));
}

TEST(DerivedBatchTest, LongLabelsHaveLongLengths) {
  const ProtobufBatch batch(TwoSeries());
  const std::string value(300, 'v');
  const auto derived = DerivedBatch::Of(batch.batch(), "test");
  derived->SetLabels(0, std::vector<model::LabelView>{{"a", value}, {"b", "c"}});
  derived->DropLabel(0, "b");

  EXPECT_EQ(LabelsOf(*derived->Finish(), 0), "a=" + value);
}

TEST(DerivedBatchTest, MetadataAloneAreKeptWithTheirBatch) {
  testkit::TestBatch from;
  from.Add({{"__name__", "up"}}, {{1, 1}});
  from.AddMetadata("up");
  const kvs_write_batch_t* kept = nullptr;
  {
    const DerivedBatch::Ptr derived = DerivedBatch::MetadataOf(*from.view()->batch);
    kept = derived->Finish();
    kept->ref->retain(kept->ref);
  }
  EXPECT_EQ(kept->n_series, 0u);
  ASSERT_EQ(kept->n_metadata, 1u);
  EXPECT_EQ(View(kept->metadata[0].metric), "up");
  kept->ref->release(kept->ref);
}

}  // namespace
}  // namespace kvs::sdk
