// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/meta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "golden_block.h"

namespace kvs::tsdb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// As Mimir's compactor writes it.
constexpr std::string_view kMimirMeta = R"({
	"ulid": "01M82E9KMRX73RA3MW4EXRZN8W",
	"minTime": -5,
	"maxTime": 1700006360001,
	"stats": {
		"numSamples": 428,
		"numFloatSamples": 400,
		"numHistogramSamples": 28,
		"numSeries": 4,
		"numChunks": 4,
		"numTombstones": 1
	},
	"compaction": {
		"level": 2,
		"sources": [
			"01ARZ3NDEKTSV4RRFFQ69G5FAV",
			"01M82E9KMRX73RA3MW4EXRZN8W"
		],
		"deletable": true,
		"parents": [
			{
				"ulid": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
				"minTime": 0,
				"maxTime": 7200000
			}
		],
		"failed": true,
		"hints": [
			"from-out-of-order"
		]
	},
	"version": 1,
	"thanos": {
		"version": 1,
		"labels": {
			"__compactor_shard_id__": "1_of_4",
			"quote": "a \"b\" \\ {c}, [d]: \u003ce\u003e"
		},
		"downsample": {
			"resolution": 300000
		},
		"source": "compactor",
		"segment_files": [
			"000001"
		],
		"files": [
			{
				"rel_path": "chunks/000001",
				"size_bytes": 756
			},
			{
				"rel_path": "meta.json"
			}
		]
	}
})";

TEST(MetaTest, WhatPrometheusWroteIsWrittenTheSame) {
  const StatusOr<BlockMeta> meta = ParseMeta(testing::kGoldenMeta);

  ASSERT_TRUE(meta.ok()) << meta.status().ToString();
  EXPECT_EQ(FormatMeta(*meta), testing::kGoldenMeta);
  EXPECT_EQ(meta->ulid.ToString(), "01M82E9KMRX73RA3MW4EXRZN8W");
  EXPECT_EQ(meta->mint, 1700000000000);
  EXPECT_EQ(meta->maxt, 1700006360001);
  EXPECT_EQ(meta->stats, (BlockStats{.samples = 428, .series = 4, .chunks = 4}));
  EXPECT_THAT(meta->compaction.sources, ElementsAre(meta->ulid));
  EXPECT_FALSE(meta->thanos.has_value());
}

TEST(MetaTest, EveryMemberSurvives) {
  const StatusOr<BlockMeta> meta = ParseMeta(kMimirMeta);

  ASSERT_TRUE(meta.ok()) << meta.status().ToString();
  EXPECT_EQ(FormatMeta(*meta), kMimirMeta);
  EXPECT_EQ(meta->thanos->labels.at("quote"), "a \"b\" \\ {c}, [d]: <e>");
  EXPECT_EQ(meta->thanos->labels.at(std::string(kShardIdLabel)), "1_of_4");
  EXPECT_EQ(meta->thanos->resolution_ms, 300'000);
  EXPECT_TRUE(meta->compaction.HasHint(kHintFromOutOfOrder));
  EXPECT_FALSE(meta->compaction.HasHint(kHintFromStaleSeries));
}

TEST(MetaTest, EmptyObjectsStayOnTheirLine) {
  BlockMeta meta;
  meta.thanos.emplace();

  const std::string text = FormatMeta(meta);

  EXPECT_THAT(text, HasSubstr("\"stats\": {},"));
  EXPECT_THAT(text, HasSubstr("\"labels\": {},"));
}

TEST(MetaTest, UnknownMembersAndNullsArePassedOver) {
  const StatusOr<BlockMeta> meta = ParseMeta(
      R"({"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":1,"maxTime":2,"version":1,"future":{"x":[]},
          "stats":null,"thanos":{"version":0,"labels":null,"index_stats":{"series_max_size":3}}})");

  ASSERT_TRUE(meta.ok()) << meta.status().ToString();
  ASSERT_TRUE(meta->thanos.has_value());
  EXPECT_EQ(meta->thanos->version, 1);  // The first version did not say so.
}

TEST(MetaTest, WhatIsMissingOrOfAWrongTypeIsNamed) {
  const auto message = [](std::string_view json) {
    const Status status = ParseMeta(json).status();
    EXPECT_EQ(status.code(), StatusCode::kDataLoss) << json;
    return status.message();
  };
  const std::string front =
      R"({"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":1,"maxTime":2,"version":1)";

  EXPECT_THAT(message(""), HasSubstr("meta.json: no JSON"));
  EXPECT_THAT(message("[1]"), HasSubstr("not an object"));
  EXPECT_THAT(message("{}"), HasSubstr("version is missing"));
  EXPECT_THAT(message(R"({"version":2})"), HasSubstr("version 2; only 1 is known"));
  EXPECT_THAT(message(R"({"version":1})"), HasSubstr("ulid is missing"));
  EXPECT_THAT(message(R"({"version":1,"ulid":"x","minTime":1,"maxTime":2})"),
              HasSubstr("ulid: a ULID has 26 letters"));
  EXPECT_THAT(
      message(R"({"version":1,"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":3,"maxTime":2})"),
      HasSubstr("maxTime 2 is before minTime 3"));
  EXPECT_THAT(message(front + R"(,"stats":{"numSeries":"4"}})"),
              HasSubstr("stats.numSeries is not a whole number"));
  EXPECT_THAT(message(front + R"(,"stats":{"numSeries":-1}})"), HasSubstr("stats.numSeries"));
  EXPECT_THAT(message(front + R"(,"compaction":{"sources":[1]}})"),
              HasSubstr("compaction.sources is not a text"));
  EXPECT_THAT(message(front + R"(,"compaction":{"parents":[{}]}})"),
              HasSubstr("compaction.parents.ulid is missing"));
  EXPECT_THAT(message(front + R"(,"thanos":{"labels":{"a":1}}})"),
              HasSubstr("thanos.labels.a is not a text"));
}

TEST(MetaTest, EveryTruncationIsDamage) {
  for (size_t n = 0; n < kMimirMeta.size(); ++n) {
    EXPECT_EQ(ParseMeta(kMimirMeta.substr(0, n)).status().code(), StatusCode::kDataLoss) << n;
  }
}

}  // namespace
}  // namespace kvs::tsdb
