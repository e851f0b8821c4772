// SPDX-License-Identifier: Apache-2.0
// A bucket in memory that a compactor works on, and a store that dies in the middle of it.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <string>

#include "kvs/bucket/index.h"
#include "kvs/bucket/layout.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/store_client.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "compactor.h"
#include "merge/test_blocks.h"
#include "plan/downsampling.h"

namespace kvs::compactor::testing {

inline constexpr int64_t kHourMs = 3'600'000;

/// After so many puts and removals, every call fails: as if the process had been killed between two
/// of them.
class DyingStore final : public sdk::ObjectStore {
 public:
  DyingStore(sdk::ObjectStore& next, int changes) : next_(next), left_(changes) {}
  bool died() const { return died_; }

  sdk::Outcome Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out,
                    sdk::Completer& done) override {
    return died_ ? Dead() : next_.Stat(call, in, out, done);
  }
  sdk::Outcome Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                   sdk::Completer& done) override {
    return died_ ? Dead() : next_.Get(call, in, out, done);
  }
  sdk::Outcome List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                    sdk::Completer& done) override {
    return died_ ? Dead() : next_.List(call, in, out, done);
  }
  sdk::Outcome Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                   sdk::Completer& done) override {
    return Spend() ? next_.Put(call, in, out, done) : Dead();
  }
  sdk::Outcome Remove(const sdk::Call& call, const kvs_str_t& in, sdk::Completer& done) override {
    return Spend() ? next_.Remove(call, in, done) : Dead();
  }

 private:
  static sdk::Outcome Dead() { return Unavailable("killed"); }
  bool Spend() {
    if (left_-- > 0) return true;
    died_ = true;
    return false;
  }
  sdk::ObjectStore& next_;
  std::atomic<int> left_;
  std::atomic<bool> died_{false};
};

inline tsdb::Ulid Name(uint64_t n) {
  const std::array<uint8_t, 10> random = {static_cast<uint8_t>(n)};
  return tsdb::Ulid::Make(n, random);
}

class Bucket {
 public:
  sdk::ObjectStore& store() { return store_; }
  testkit::FakeStore& fake() { return store_; }
  testkit::StoreClient client() {
    return testkit::StoreClient(sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_)));
  }

  void PutBlock(std::string_view tenant, uint64_t n, int64_t mint, int64_t maxt,
                const MemoryBlock& block) {
    const auto put = [&](std::string_view file, std::string_view bytes) {
      KVS_CHECK(client().Put(bucket::BlockFileKey(tenant, Name(n), file), bytes).ok());
    };
    const auto text = [](const tsdb::Bytes& bytes) {
      return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    tsdb::BlockMeta meta;
    meta.ulid = Name(n);
    meta.mint = mint;
    meta.maxt = maxt;
    meta.compaction.sources = {Name(n)};
    meta.thanos.emplace();
    put("index", text(block.index));
    for (size_t i = 0; i < block.segments.size(); ++i)
      put(bucket::SegmentPath(i + 1), text(block.segments[i]));
    put("meta.json", tsdb::FormatMeta(meta));
  }

  std::vector<std::string> Keys(std::string_view prefix = {}) {
    return client().List(prefix).value().keys();
  }

  struct Found {
    tsdb::BlockMeta meta;
    BlockSamples samples;
    bool marked = false;
  };
  /// Every complete block of a tenant, verified.
  std::vector<Found> Blocks(std::string_view tenant) {
    std::vector<Found> out;
    for (const std::string& key : Keys(bucket::TenantPrefix(tenant))) {
      const bucket::KeyInfo info = bucket::ClassifyKey(tenant, key);
      if (info.kind != bucket::KeyKind::kBlockFile || info.file != bucket::kMetaFile) continue;
      Found found{tsdb::ParseMeta(client().Get(key).value()).value(), {}, false};
      MemoryBlock block;
      block.index = Bytes(bucket::BlockFileKey(tenant, info.ulid, "index"));
      for (uint64_t i = 1;
           client().Exists(bucket::BlockFileKey(tenant, info.ulid, bucket::SegmentPath(i))).value();
           ++i) {
        block.segments.push_back(
            Bytes(bucket::BlockFileKey(tenant, info.ulid, bucket::SegmentPath(i))));
      }
      found.samples = ReadBlock(block);
      found.marked =
          client()
              .Exists(bucket::GlobalMarkKey(tenant, info.ulid, bucket::kDeletionMarkFile))
              .value();
      out.push_back(std::move(found));
    }
    return out;
  }
  /// What readers see: the samples of all blocks together; `unmarked`: of those that will stay.
  BlockSamples Samples(std::string_view tenant, bool unmarked, int64_t resolution_ms = 0) {
    BlockSamples out;
    for (const Found& found : Blocks(tenant)) {
      if ((unmarked && found.marked) || ResolutionOf(found.meta) != resolution_ms) continue;
      for (const auto& [labels, samples] : found.samples)
        out[labels].insert(samples.begin(), samples.end());
    }
    return out;
  }
  bucket::BucketIndex Index(std::string_view tenant) {
    return bucket::ReadBucketIndex(Bytes(bucket::BucketIndexKey(tenant))).value();
  }

 private:
  tsdb::Bytes Bytes(const std::string& key) {
    const std::string text = client().Get(key).value();
    return {text.begin(), text.end()};
  }
  testkit::FakeStore store_;
};

/// A compactor over a store, whose runs the test calls.
class TestCompactor {
 public:
  TestCompactor(testkit::TestHost& host, sdk::ObjectStore& store, Config config)
      : compactor_(host.host(), std::move(config)) {
    compactor_.store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store));
    compactor_.Open();
  }
  Compactor* operator->() { return &compactor_; }
  Compactor& operator*() { return compactor_; }

 private:
  Compactor compactor_;
};

}  // namespace kvs::compactor::testing
