// SPDX-License-Identifier: Apache-2.0
// Lines to series.
#include "translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::ingest::influx {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Series(std::string_view body, int64_t unit_ns = 1) {
  model::WriteBatchBuilder builder(1);
  LineParser parser(body);
  Translator translator(unit_ns, 7, &builder);
  for (Line line; parser.Next(&line);) translator.Add(line);
  const model::WriteBatch batch = builder.Take();
  std::vector<std::string> out;
  for (uint32_t i = 0; i < batch.n_series(); ++i) {
    out.push_back(StrCat(model::FormatSeries(batch.labels(i)), " ", batch.value[i], "@",
                         batch.timestamp_ms[i]));
  }
  return out;
}

TEST(InfluxTranslatorTest, AFieldIsASeries) {
  EXPECT_THAT(Series("m,t1=v1 f1=2,value=3 1465839830100400200"),
              ElementsAre(R"(m_f1{__mimir_source__="influx", t1="v1"} 2@1465839830100)",
                          R"(m{__mimir_source__="influx", t1="v1"} 3@1465839830100)"));
}

TEST(InfluxTranslatorTest, NamesBecomeLegacyNames) {
  EXPECT_EQ(LegacyName("\x8d\x90"), "_");
  EXPECT_THAT(Series("1m.x:y,Tag.a=v,9=w k\xc3\xb6ln=1,2nd=2 0"),
              ElementsAre(R"(_1m_x_y_k_ln{Tag_a="v", _9="w", __mimir_source__="influx"} 1@0)",
                          R"(_1m_x_y_2nd{Tag_a="v", _9="w", __mimir_source__="influx"} 2@0)"));
}

TEST(InfluxTranslatorTest, TextsAreLeftOut) {
  EXPECT_THAT(Series("m note=\"x\" 0"), IsEmpty());
}

TEST(InfluxTranslatorTest, OwnLabelsWinAndOfEqualTagsTheLast) {
  EXPECT_THAT(Series("m,__name__=x,__mimir_source__=y,a=1,a=2 v=1 0"),
              ElementsAre(R"(m_v{__mimir_source__="influx", a="2"} 1@0)"));
}

TEST(InfluxTranslatorTest, TimesAreRoundedDown) {
  EXPECT_THAT(
      Series("m v=1 1999999\nm v=1 -1\nm v=1"),
      ElementsAre(testing::EndsWith("@1"), testing::EndsWith("@-1"), testing::EndsWith("@7")));
  EXPECT_THAT(Series("m v=1 5\nm v=1 9223372036854775807", 1'000'000'000),
              ElementsAre(testing::EndsWith("@5000"), testing::EndsWith("@9223372036854775807")));
}

}  // namespace
}  // namespace kvs::ingest::influx
