// SPDX-License-Identifier: Apache-2.0
// A bucket with blocks, and a source over it, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/bucket/index.h"
#include "kvs/bucket/layout.h"
#include "kvs/bucket/marks.h"
#include "kvs/testkit/blocks/block_maker.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/store_client.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "source.h"

namespace kvs::source::blocks {

inline constexpr int64_t kNowS = 1'700'000'000;  // Where the clocks of tests begin.
inline constexpr int64_t kHourMs = 3'600'000;

class TestBucket {
 public:
  TestBucket() : client_(sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store))) {}

  void Put(const std::string& key, std::string_view bytes) {
    KVS_CHECK(client_.Put(key, bytes).ok());
  }
  void Remove(const std::string& key) { KVS_CHECK(client_.Remove(key).ok()); }
  void PutBlock(const std::string& tenant, const testkit::MadeBlock& block) {
    for (const auto& [name, bytes] : block.files) {
      Put(bucket::BlockFileKey(tenant, block.meta.ulid, name),
          {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
  }
  /// Of these blocks, as a compactor writes it.
  void PutIndex(const std::string& tenant, const std::vector<testkit::MadeBlock>& blocks,
                int64_t updated_at_s, const std::vector<bucket::IndexDeletionMark>& marks = {}) {
    bucket::BucketIndex index;
    for (const testkit::MadeBlock& block : blocks) {
      index.blocks.push_back(bucket::IndexBlock::Of(block.meta, 0));
    }
    index.deletion_marks = marks;
    index.updated_at_s = updated_at_s;
    Put(bucket::BucketIndexKey(tenant), bucket::WriteBucketIndex(index).value());
  }
  /// How often the store was asked so: "get", "list", "stat".
  size_t Asked(std::string_view what) const {
    size_t n = 0;
    for (const std::string& line : store.asked()) n += line.starts_with(what);
    return n;
  }

  testkit::FakeStore store;

 private:
  testkit::StoreClient client_;
};

/// A source that runs over a bucket.
class RunningSource {
 public:
  RunningSource(TestBucket& bucket, const std::string& dir, Config config,
                testkit::TestHostOptions options = {.manual_clock = true})
      : host(options), source(host.host(), WithDir(std::move(config), dir)) {
    source.store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&bucket.store));
    KVS_CHECK(testkit::StartComponent(source).ok());
  }
  ~RunningSource() { IgnoreError(testkit::StopComponent(source), "the test ends"); }

  testkit::TestHost host;
  BlocksSource source;

 private:
  static Config WithDir(Config config, const std::string& dir) {
    config.data_dir = dir;
    return config;
  }
};

}  // namespace kvs::source::blocks
