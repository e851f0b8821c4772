// SPDX-License-Identifier: Apache-2.0
// source.blocks against the suite of its port. What a case writes becomes a block in the bucket.
#include <gtest/gtest.h>

#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/suite.h"

#include "test_bucket.h"

namespace kvs::source::blocks {
namespace {

/// Puts each batch into the bucket as one block.
class BlockSink final : public sdk::SeriesSink {
 public:
  BlockSink(TestBucket& bucket, BlocksSource& source) : bucket_(bucket), source_(source) {}

  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t&,
                     sdk::Completer&) override {
    const kvs_write_batch_t& batch = *in.batch;
    testkit::BlockMaker maker;
    for (uint32_t row = 0; row < batch.n_series; ++row) {
      model::LabelsBuilder labels;
      for (uint32_t i = batch.label_begin[row]; i < batch.label_begin[row + 1]; i += 2) {
        labels.Set(sdk::View(batch.symbols[batch.label_refs[i]]),
                   sdk::View(batch.symbols[batch.label_refs[i + 1]]));
      }
      const uint32_t sample = batch.sample_begin[row];
      maker.AddFloats(labels.Build(), batch.timestamp_ms[sample], 1000, {batch.value[sample]});
    }
    bucket_.PutBlock(std::string(call.tenant()), maker.Make(++blocks_));
    source_.MakeDue();
    return OkStatus();
  }

 private:
  TestBucket& bucket_;
  BlocksSource& source_;
  uint64_t blocks_ = 0;
};

class SourceBlocksConformance : public ::testing::TestWithParam<testkit::Case> {};

TEST_P(SourceBlocksConformance, Holds) {
  const testkit::TempDir dir;
  TestBucket bucket;
  RunningSource running(bucket, dir.path(), Config{}, {});
  BlockSink sink(bucket, running.source);
  testkit::Context context(sdk::IfaceOf<sdk::SeriesSource>(&running.source));
  context.With(sdk::IfaceOf<sdk::SeriesSink>(&sink));

  const Status status = GetParam().run(context);

  if (testkit::IsSkip(status)) GTEST_SKIP() << status.message();
  EXPECT_TRUE(status.ok()) << status.ToString();
}

INSTANTIATE_TEST_SUITE_P(SeriesSource, SourceBlocksConformance,
                         ::testing::ValuesIn(testkit::SeriesSourceSuite().cases),
                         testkit::CaseName());

}  // namespace
}  // namespace kvs::source::blocks
