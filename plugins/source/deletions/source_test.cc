// SPDX-License-Identifier: Apache-2.0
// What is deleted is not selected, and nothing else is left out.
#include "source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/bucket/layout.h"
#include "kvs/chunk/xor.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/promqltest/memory_source.h"
#include "kvs/testkit/store_client.h"
#include "kvs/testkit/test_host.h"

namespace kvs::source::deletions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using Times = std::vector<int64_t>;

class DeletionSourceTest : public ::testing::Test {
 protected:
  DeletionSourceTest() : source_(host_.host(), Config{}) {
    for (int64_t t = 0; t < 50; t += 10) {
      memory_.Append({{"__name__", "up"}, {"job", "a"}}, t, 1);
      memory_.Append({{"__name__", "up"}, {"job", "b"}}, t, 2);
    }
    source_.next = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&memory_));
    source_.store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_));
  }

  void Delete(std::string_view tenant, std::string_view selector, int64_t start_ms, int64_t end_ms,
              uint64_t n = 1) {
    const std::array<uint8_t, 10> random{};
    const bucket::Deletion deletion{
        tsdb::Ulid::Make(n, random), {std::string(selector)}, start_ms, end_ms, 0};
    const testkit::StoreClient client(source_.store);
    ASSERT_TRUE(
        client.Put(bucket::DeletionKey(tenant, deletion.id), bucket::FormatDeletion(deletion))
            .ok());
  }

  // The times of samples by job; an error has none, and is kept.
  std::map<std::string, Times> Select(std::string_view tenant = "t", uint32_t flags = 0) {
    auto select = sdk::Record<kvs_select_t>();
    select.max_ms = 1000;
    select.flags = flags;
    const sdk::OwnedCall call(tenant);
    std::map<std::string, Times> out;
    sdk::OpenSelection selection;
    status_ = sdk::Await(sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_)).select(), call,
                         &select, selection.out());
    while (status_.ok()) {
      auto batch = selection.Next(call);
      status_ = batch.status();
      if (!batch.ok() || *batch == nullptr) break;
      for (uint32_t row = 0; row < (*batch)->n_series; ++row) {
        const auto& labels = (*batch)->labels;
        Times& times = out[sdk::Text(labels.symbols[labels.refs[labels.begin[row + 1] - 1]])];
        if ((*batch)->chunk_begin == nullptr) continue;
        for (uint32_t c = (*batch)->chunk_begin[row]; c < (*batch)->chunk_begin[row + 1]; ++c) {
          const kvs_chunk_t& chunk = (*batch)->chunks[c];
          chunk::XorDecoder decoder({chunk.data, chunk.size});
          int64_t t;
          double v;
          while (decoder.Next(&t, &v)) times.push_back(t);
        }
      }
    }
    return out;
  }

  sdk::HttpReply Post(std::string_view query, Endpoint::Function function = &DeleteSeries) {
    auto request = sdk::Record<kvs_http_request_t>();
    request.method = sdk::Str("POST");
    request.query = sdk::Str(query);
    const testkit::StoreClient client(source_.store);
    DeletionLists lists(sdk::Clock(), sdk::Log(), 1000);
    StatusOr<sdk::HttpReply> reply = function({request, "t", client, lists, 40});
    status_ = reply.status();
    return reply.ok() ? *reply : sdk::HttpReply{};
  }

  const Times kAll = {0, 10, 20, 30, 40};
  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeStore store_;
  testkit::promqltest::MemorySource memory_;
  DeletionSource source_;
  Status status_;
};

TEST_F(DeletionSourceTest, WithoutRequestsEverythingPasses) {
  EXPECT_THAT(Select(), UnorderedElementsAre(Pair("a", kAll), Pair("b", kAll)));
}

TEST_F(DeletionSourceTest, ARangeIsCutOutOfTheSeriesThatMatch) {
  Delete("t", "up{job=\"a\"}", 10, 30);

  EXPECT_THAT(Select(), UnorderedElementsAre(Pair("a", Times{0, 40}), Pair("b", kAll)));
}

TEST_F(DeletionSourceTest, ASeriesOfWhichNothingIsLeftIsNone) {
  Delete("t", "up{job=~\"a|c\"}", 0, 1000);

  EXPECT_THAT(Select(), ElementsAre(Pair("b", kAll)));
  EXPECT_THAT(Select("t", KVS_SELECT_NO_CHUNKS), ElementsAre(Pair("b", ::testing::_)));
}

TEST_F(DeletionSourceTest, RequestsAddUp) {
  Delete("t", "up", 0, 10, 1);
  Delete("t", "{job=\"b\"}", 10, 30, 2);

  EXPECT_THAT(Select(), UnorderedElementsAre(Pair("a", Times{20, 30, 40}), Pair("b", Times{40})));
}

TEST_F(DeletionSourceTest, OtherTenantsKeepTheirs) {
  Delete("t", "up", 0, 1000);

  EXPECT_THAT(Select("other"), UnorderedElementsAre(Pair("a", kAll), Pair("b", kAll)));
}

TEST_F(DeletionSourceTest, RulesSeeLabelsThatNobodyElseWants) {
  Delete("t", "{job=\"a\"}", 0, 1000);

  EXPECT_THAT(Select("t", KVS_SELECT_HAS_LABELS), ElementsAre(Pair("b", kAll)));
}

TEST_F(DeletionSourceTest, TheListIsReadAgainWhenItIsOld) {
  EXPECT_THAT(Select(), ::testing::SizeIs(2));
  Delete("t", "up", 0, 1000);
  EXPECT_THAT(Select(), ::testing::SizeIs(2));

  host_.Advance(61'000);

  EXPECT_THAT(Select(), IsEmpty());
}

TEST_F(DeletionSourceTest, WithoutTheStoreTheLastListCountsAndNoListIsAnError) {
  store_.FailNext(Unavailable("down"));
  Select();
  EXPECT_EQ(status_.code(), StatusCode::kUnavailable);

  Delete("t", "{job=\"a\"}", 0, 1000);
  EXPECT_THAT(Select(), ElementsAre(Pair("b", kAll)));
  host_.Advance(61'000);
  store_.FailNext(Unavailable("down"));
  EXPECT_THAT(Select(), ElementsAre(Pair("b", kAll)));
}

TEST_F(DeletionSourceTest, ARequestOverHttpCountsFromThenOn) {
  EXPECT_EQ(Post("match[]=up{job%3D%22a%22}&start=0.01&end=0.03").status, 204);

  EXPECT_THAT(Select(), UnorderedElementsAre(Pair("a", Times{0, 40}), Pair("b", kAll)));
  EXPECT_THAT(Post("", &ListDeletions).body,
              ::testing::HasSubstr(R"("selectors":["up{job=\"a\"}"],"start_ms":10,"end_ms":30)"));
}

TEST_F(DeletionSourceTest, AnOpenEndIsNow) {
  EXPECT_EQ(Post("match[]=up").status, 204);

  EXPECT_THAT(Post("", &ListDeletions).body, ::testing::HasSubstr(R"("end_ms":40,)"));
}

TEST_F(DeletionSourceTest, BadRequestsAreRefusedAsPrometheusDoes) {
  for (const char* query : {"", "start=1", "match[]={", "match[]={job=~\".*\"}",
                            "match[]=up&start=x", "match[]=up&start=0.03&end=0.01"}) {
    Post(query);
    EXPECT_EQ(status_.code(), StatusCode::kInvalidArgument) << query;
  }
  EXPECT_THAT(Select(), ::testing::SizeIs(2));
}

}  // namespace
}  // namespace kvs::source::deletions
