// SPDX-License-Identifier: Apache-2.0
#include "sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/identity.h"
#include "kvs/sdk/owned.h"
#include "kvs/testkit/test_batch.h"
#include "kvs/testkit/test_host.h"

namespace kvs::sink::enforce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RowsSink final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call&, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer&) override {
    all = in.rows == nullptr;
    rows.assign(in.rows, in.rows + (all ? 0 : in.n_rows));
    out.samples_accepted = all ? in.batch->n_samples : rows.size();
    return answer;
  }
  bool all = false;
  std::vector<uint32_t> rows;
  Status answer;
};

class EnforceSinkTest : public ::testing::Test {
 protected:
  EnforceSinkTest() : enforce_(host_.host(), Config{}) {
    enforce_.next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&next_));
    batch_.Add({{"__name__", "a"}, {"env", "prod"}}, {{1, 1.0}});
    batch_.Add({{"__name__", "b"}, {"env", "dev"}}, {{1, 1.0}, {2, 1.0}});
    batch_.Add({{"__name__", "c"}}, {{1, 1.0}});
    batch_.Add({{"__name__", "d"}, {"env", "prod"}, {"env", "dev"}}, {{1, 1.0}});
    batch_.Add({{"__name__", "e"}, {"env", "prod"}}, {{1, 1.0}});
  }
  Status Write(std::vector<sdk::OwnedMatcher> bound, const std::vector<uint32_t>* rows = nullptr) {
    sdk::Owned<kvs_identity_t> identity;
    sdk::Identity::HandOut(
        std::make_shared<const sdk::Identity>("s", KVS_RIGHT_WRITE, std::vector<std::string>{"t"},
                                              std::move(bound)),
        *identity.out());
    auto ext = sdk::Record<kvs_ext_t>();
    ext.id = KVS_EXT_IDENTITY;
    ext.value = &*identity;
    auto raw = sdk::Record<kvs_call_t>();
    raw.tenant = sdk::Str("t");
    raw.ext = &ext;
    result_ = sdk::Record<kvs_write_result_t>();
    return sdk::Await(sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&enforce_)).write(),
                      sdk::Call(&raw), batch_.view(rows), &result_);
  }

  testkit::TestHost host_;
  RowsSink next_;
  EnforceSink enforce_;
  testkit::TestBatch batch_;
  kvs_write_result_t result_{};
};

TEST_F(EnforceSinkTest, WhoIsNotBoundWritesEverything) {
  EXPECT_TRUE(Write({}).ok());
  EXPECT_TRUE(next_.all);
}

TEST_F(EnforceSinkTest, OnlyWhatMatchesIsHandedOn) {
  const Status status = Write({{"env", KVS_MATCH_EQUAL, "prod"}});

  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied);
  EXPECT_TRUE(status.partial());
  EXPECT_THAT(status.message(), HasSubstr("3 of 5 series"));
  EXPECT_THAT(next_.rows, ElementsAre(0, 4)) << "a label that stands there twice fits nothing";
  EXPECT_EQ(result_.samples_accepted, 2u);
  EXPECT_EQ(host_.metrics().Value("cortex_discarded_samples_total",
                                  {{"reason", "label_policy"}, {"user", "t"}}),
            4);
}

TEST_F(EnforceSinkTest, AllMatchersMustFitAndAMissingLabelIsEmpty) {
  EXPECT_FALSE(
      Write({{"env", KVS_MATCH_REGEX, "prod|dev"}, {"__name__", KVS_MATCH_NOT_EQUAL, "a"}}).ok());
  EXPECT_THAT(next_.rows, ElementsAre(1, 4));
  EXPECT_FALSE(Write({{"env", KVS_MATCH_NOT_REGEX, ".+"}}).ok());
  EXPECT_THAT(next_.rows, ElementsAre(2));
}

TEST_F(EnforceSinkTest, WhatNothingMatchesIsNotHandedOn) {
  next_.rows.clear();
  const Status status = Write({{"env", KVS_MATCH_EQUAL, "test"}});
  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied);
  EXPECT_FALSE(status.partial());
  EXPECT_THAT(next_.rows, IsEmpty());
  EXPECT_EQ(Write({{"env", KVS_MATCH_REGEX, "["}}).code(), StatusCode::kInvalidArgument);
}

TEST_F(EnforceSinkTest, AFailureBehindComesFirst) {
  const std::vector<uint32_t> rows{0, 4};
  EXPECT_TRUE(Write({{"env", KVS_MATCH_EQUAL, "prod"}}, &rows).ok());
  next_.answer = Unavailable("full");
  EXPECT_EQ(Write({{"env", KVS_MATCH_EQUAL, "prod"}}).code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kvs::sink::enforce
