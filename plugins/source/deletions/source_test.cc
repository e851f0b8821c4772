// SPDX-License-Identifier: Apache-2.0
// What is deleted is not selected, and nothing else is left out.
#include "source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/blocks/select.h"
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

// A source of samples that also answers questions about labels; times do not bind them, as in a
// block.
class LabelledSource final : public testkit::promqltest::MemorySource {
 public:
  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer&) override {
    return Collect(in, out, [](const model::LabelView& label) { return std::string(label.name); });
  }
  sdk::Outcome LabelValues(const sdk::Call&, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer&) override {
    return Collect(in, out, [&](const model::LabelView& label) {
      return label.name == sdk::View(in.name) ? std::string(label.value) : std::string();
    });
  }

 private:
  template <typename TextOf>
  sdk::Outcome Collect(const kvs_label_query_t& in, kvs_strings_t& out, TextOf text_of) {
    std::set<std::string> found;
    for (const auto& [labels, samples] : series()) {
      bool any = in.n_sets == 0;
      for (uint64_t s = 0; s < in.n_sets; ++s) {
        const auto matchers = blocks::CompileMatchers(in.sets[s]);
        any = any || std::all_of(matchers->begin(), matchers->end(), [&](const model::Matcher& m) {
                return m.Matches(labels.Get(m.name()));
              });
      }
      if (!any) continue;
      for (const model::LabelView& label : labels) {
        if (std::string text = text_of(label); !text.empty()) found.insert(std::move(text));
      }
    }
    blocks::HandOutStrings({{found.begin(), found.end()}}, in.limit, out);
    return OkStatus();
  }
};

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
  std::map<std::string, Times> Select(std::string_view tenant = "t", uint32_t flags = 0,
                                      uint64_t limit = 0) {
    auto select = sdk::Record<kvs_select_t>();
    select.max_ms = 1000;
    select.limit = limit;
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

  // Names of labels, or the values of one; those of series with this job, if one is given.
  std::vector<std::string> Labels(std::string_view name = {}, std::string_view job = {},
                                  int64_t min_ms = 0, uint64_t limit = 0) {
    const kvs_matcher_t matcher{sdk::Str("job"), sdk::Str(job), KVS_MATCH_EQUAL, 0};
    const kvs_matchers_t set{&matcher, 1};
    auto query = sdk::Record<kvs_label_query_t>();
    query.min_ms = min_ms;
    query.max_ms = 1000;
    query.limit = limit;
    query.name = sdk::Str(name);
    query.sets = &set;
    query.n_sets = job.empty() ? 0 : 1;
    const sdk::SourceRef source(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    sdk::Owned<kvs_strings_t> found;
    status_ = sdk::Await(name.empty() ? source.label_names() : source.label_values(),
                         sdk::OwnedCall("t"), &query, found.out());
    std::vector<std::string> out;
    for (uint64_t i = 0; i < found->n_items; ++i) out.push_back(sdk::Text(found->items[i]));
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
  LabelledSource memory_;
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

TEST_F(DeletionSourceTest, WithoutSamplesASeriesIsGoneWhenNothingOfItIsLeftInTheTime) {
  Delete("t", "up{job=\"a\"}", 0, 40, 1);  // It has no samples after that, and nothing says so.
  Delete("t", "up{job=\"b\"}", 0, 30, 2);

  EXPECT_THAT(Select("t", KVS_SELECT_NO_CHUNKS), ElementsAre(Pair("b", ::testing::_)));
  Delete("t", "up{job=\"b\"}", 31, 40, 3);
  host_.Advance(61'000);
  EXPECT_THAT(Select("t", KVS_SELECT_NO_CHUNKS), IsEmpty()) << "two requests together";
}

TEST_F(DeletionSourceTest, ALimitCountsWhatIsLeft) {
  Delete("t", "up{job=\"a\"}", 0, 40);
  for (const uint32_t flags : {uint32_t{0}, uint32_t{KVS_SELECT_NO_CHUNKS}}) {
    EXPECT_THAT(Select("t", flags, 1), ElementsAre(Pair("b", ::testing::_)));
  }
  Delete("t", "up{job=\"x\"}", 0, 40, 2);
  memory_.Append({{"__name__", "up"}, {"job", "c"}}, 0, 1);
  EXPECT_THAT(Select("t", 0, 1), ::testing::SizeIs(1));
}

TEST_F(DeletionSourceTest, LabelsAreThoseOfSeriesThatAreLeft) {
  memory_.Append({{"__name__", "rare"}, {"job", "a"}, {"zone", "x.y|z"}}, 10, 1);
  memory_.Append({{"__name__", "rare"}, {"job", "b"}, {"zone", "é"}}, 10, 1);
  EXPECT_THAT(Labels(), ElementsAre("__name__", "job", "zone"));
  EXPECT_THAT(Labels("zone"), ElementsAre("x.y|z", "é"));

  Delete("t", "rare{job=\"a\"}", 0, 40, 1);
  host_.Advance(61'000);

  EXPECT_THAT(Labels("zone"), ElementsAre("é"));
  EXPECT_THAT(Labels("__name__"), ElementsAre("rare", "up"));
  EXPECT_THAT(Labels("job"), ElementsAre("a", "b")) << "up has them too";
  EXPECT_THAT(Labels("__name__", "a"), ElementsAre("up"));
  EXPECT_THAT(Labels("__name__", "b"), ElementsAre("rare", "up"));
  EXPECT_THAT(Labels("", "a"), ElementsAre("__name__", "job"));
  EXPECT_THAT(Labels(), ElementsAre("__name__", "job", "zone"));
  EXPECT_THAT(Labels("job", {}, 0, 1), ElementsAre("a"));

  Delete("t", "{zone!=\"\"}", 5, 15, 2);
  Delete("t", "{job=\"b\"}", 20, 30, 3);
  host_.Advance(61'000);
  EXPECT_THAT(Labels(), ElementsAre("__name__", "job"));
  EXPECT_THAT(Labels("__name__"), ElementsAre("up"));
  EXPECT_THAT(Labels("zone"), IsEmpty());
  EXPECT_THAT(Labels("job", {}, 41), ElementsAre("a", "b")) << "no rule touches the time";
}

TEST_F(DeletionSourceTest, ManyValuesAreLookedForInTurn) {
  for (int i = 0; i < 2500; ++i)
    memory_.Append({{"__name__", "m"}, {"n", StrCat("v-", 10000 + i)}, {"x", "1"}}, 10, 1);
  memory_.Append({{"__name__", "m"}, {"n", "v-12400"}}, 10, 1);
  Delete("t", "{x=\"1\"}", 0, 40);

  EXPECT_THAT(Labels("n"), ElementsAre("v-12400"));
  EXPECT_THAT(Labels("x"), IsEmpty());
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
