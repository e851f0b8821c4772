// SPDX-License-Identifier: Apache-2.0
// Writers, readers and the broom at the same time; meant for ThreadSanitizer as much as for the
// asserts.
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/test_host.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

TEST(HeadConcurrencyTest, ReadersSeeEverySampleAcknowledgedBefore) {
  TempFolder folder;
  testkit::TestHost host;
  Config config;
  config.data_dir = folder.path();
  config.durability = "os";
  config.wal_segment_size.bytes = 64 << 10;  // Generations change while everybody writes.
  HeadUnderTest h(host.host(), config);
  ASSERT_TRUE(h.head.Open().ok());
  constexpr int kWriters = 3;
  constexpr int kRequests = 150;
  constexpr int kSeries = 300;
  std::atomic<int> acknowledged[kWriters] = {};
  std::atomic<bool> stop{false};

  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kRequests; ++i) {
        model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
        for (int s = 0; s < kSeries; ++s) {
          builder.BeginSeries(model::Labels{{"__name__", StrCat("w", w)}, {"s", StrCat(s)}});
          builder.AddSample(kStart + i * 1000, i);
        }
        const model::WriteBatch batch = builder.Take();
        BatchView view(batch);
        auto result = sdk::Record<kvs_write_result_t>();
        const Status status =
            sdk::Await(h.sink().write(), sdk::OwnedCall("a"), &view.view(), &result);
        EXPECT_TRUE(status.ok()) << status.ToString();
        acknowledged[w] = i;
      }
    });
  }
  for (int r = 0; r < 2; ++r) {
    threads.emplace_back([&, r] {
      const sdk::OwnedCall call("a");
      for (int n = 0; !stop; ++n) {
        const int w = (n + r) % kWriters;
        const int64_t at_least = acknowledged[w];
        const std::string name = StrCat("w", w);
        const kvs_matcher_t matcher = {sdk::Str("__name__"), sdk::Str(name), KVS_MATCH_EQUAL, 0};
        auto select = sdk::Record<kvs_select_t>();
        select.matchers = {&matcher, 1};
        select.max_ms = std::numeric_limits<int64_t>::max();
        sdk::OpenSelection selection;
        ASSERT_TRUE(sdk::Await(h.source().select(), call, &select, selection.out()).ok());
        for (;;) {
          const StatusOr<sdk::BatchPtr> batch = selection.Next(call);
          ASSERT_TRUE(batch.ok());
          if (*batch == nullptr) break;
          for (uint32_t s = 0; s < (*batch)->n_series; ++s) {
            int64_t expected = 0;
            for (uint32_t c = (*batch)->chunk_begin[s]; c < (*batch)->chunk_begin[s + 1]; ++c) {
              chunk::XorDecoder decoder({(*batch)->chunks[c].data, (*batch)->chunks[c].size});
              int64_t t = 0;
              double v = 0;
              while (decoder.Next(&t, &v)) {
                ASSERT_EQ(t, kStart + expected * 1000);
                ASSERT_EQ(v, static_cast<double>(expected));
                ++expected;
              }
              ASSERT_TRUE(decoder.status().ok());
            }
            ASSERT_GT(expected, at_least);
          }
        }
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      h.head.Maintain();
      host.metrics().Value("kvs_head_memory_bytes");
    }
  });
  for (int w = 0; w < kWriters; ++w) threads[static_cast<size_t>(w)].join();
  stop = true;
  for (size_t i = kWriters; i < threads.size(); ++i) threads[i].join();

  EXPECT_EQ(host.metrics().Value("cortex_ingester_ingested_samples_total"),
            kWriters * kRequests * kSeries);
}

TEST(HeadConcurrencyTest, IdsThatChangeHandsNeverMixSeries) {
  TempFolder folder;
  testkit::TestHost host;
  Config config;
  config.data_dir = folder.path();
  config.durability = "none";
  HeadUnderTest h(host.host(), config);
  ASSERT_TRUE(h.head.Open().ok());
  std::atomic<bool> stop{false};
  std::thread broom([&] {
    while (!stop) h.head.Maintain();
  });
  std::thread reader([&] {
    const sdk::OwnedCall call("a");
    while (!stop) {
      for (const auto& [series, samples] : h.Read()) {
        // Every series has the one value that stands in its label.
        const size_t quote = series.find('"');
        const std::string value = series.substr(quote + 1, series.find('"', quote + 1) - quote - 1);
        size_t at = 0;
        while ((at = samples.find('=', at)) != std::string::npos) {
          const size_t end = std::min(samples.find(' ', at), samples.size());
          ASSERT_EQ(samples.substr(at + 1, end - at - 1), value) << series;
          at = end;
        }
      }
    }
  });
  HeadUnderTest& writer = h;
  for (int hour = 0; hour < 150; ++hour) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    for (int s = 0; s < 20; ++s) {
      const int value = hour * 20 + s;
      builder.BeginSeries(model::Labels{{"__name__", "m"}, {"v", StrCat(value)}});
      for (int i = 0; i < 3; ++i) builder.AddSample(kStart + hour * 3'600'000 + i * 1000, value);
    }
    const model::WriteBatch batch = builder.Take();
    BatchView view(batch);
    auto result = sdk::Record<kvs_write_result_t>();
    ASSERT_TRUE(sdk::Await(writer.sink().write(), sdk::OwnedCall("a"), &view.view(), &result).ok());
  }
  stop = true;
  broom.join();
  reader.join();
  h.head.Maintain();
  EXPECT_LE(h.index.n_series("a"), 100u);
}

}  // namespace
}  // namespace kvs::head
