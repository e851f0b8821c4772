// SPDX-License-Identifier: Apache-2.0
#include "metadata_rules.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/str.h"

namespace kvs::sink::validate {
namespace {

using ::testing::HasSubstr;

constexpr TenantLimits kLimits = [] {
  TenantLimits limits;
  limits.max_metadata_length = 5;
  return limits;
}();

kvs_metadata_t Metadata(std::string_view metric, std::string_view help, std::string_view unit) {
  return {sdk::Str(metric), sdk::Str(help), sdk::Str(unit), KVS_TYPE_GAUGE, 0};
}

TEST(MetadataRulesTest, NamesAndUnitsHaveALength) {
  EXPECT_EQ(JudgeMetadata(Metadata("up", "h", "s"), kLimits), MetadataVerdict::kOk);
  EXPECT_EQ(JudgeMetadata(Metadata("", "h", "s"), kLimits), MetadataVerdict::kMissingName);
  EXPECT_EQ(JudgeMetadata(Metadata("metric", "h", "s"), kLimits), MetadataVerdict::kNameTooLong);
  EXPECT_EQ(JudgeMetadata(Metadata("up", "h", "second"), kLimits), MetadataVerdict::kUnitTooLong);
  EXPECT_EQ(JudgeMetadata(Metadata("metric", "helper", "second"), TenantLimits()),
            MetadataVerdict::kOk)
      << "0: any length";
}

TEST(MetadataRulesTest, LongHelpIsCutBetweenCharacters) {
  EXPECT_EQ(JudgeMetadata(Metadata("up", "helper", ""), kLimits), MetadataVerdict::kHelpTooLong);
  EXPECT_FALSE(IsRefusal(MetadataVerdict::kHelpTooLong));
  EXPECT_EQ(CutHelp("helper", kLimits), "helpe");
  EXPECT_EQ(CutHelp("help", kLimits), "help");
  EXPECT_EQ(CutHelp("hellü", kLimits), "hell");
}

TEST(MetadataRulesTest, RefusalsNameTheLimitAndTheId) {
  const Status status =
      RefusalOf(MetadataVerdict::kUnitTooLong, Metadata("up", "", "second"), kLimits);

  EXPECT_EQ(status.reason(), "err-mimir-unit-too-long");
  EXPECT_TRUE(status.partial());
  EXPECT_EQ(status.message(),
            "received metadata with a unit of 6 bytes, more than the limit of 5, see "
            "-validation.max-metadata-length, metric: \"up\" (err-mimir-unit-too-long)");
  EXPECT_THAT(RefusalOf(MetadataVerdict::kMissingName, Metadata("", "", ""), kLimits).message(),
              HasSubstr("err-mimir-metadata-missing-metric-name"));
}

}  // namespace
}  // namespace kvs::sink::validate
