// SPDX-License-Identifier: Apache-2.0
// Lines: escapes, types of fields, times, and what damaged ones say.
#include "line_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::ingest::influx {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Lines as text, errors behind them.
std::vector<std::string> Parsed(std::string_view body) {
  LineParser parser(body);
  std::vector<std::string> out;
  for (Line line; parser.Next(&line);) {
    std::string text(line.measurement);
    for (const model::LabelView& tag : line.tags)
      StrAppend(text, " [", tag.name, "|", tag.value, "]");
    for (const Field& field : line.fields)
      StrAppend(text, " ", field.key, "=", field.is_text ? "text" : StrCat(field.value));
    if (line.has_time) StrAppend(text, " @", line.time);
    out.push_back(text);
  }
  for (const std::string& error : parser.errors()) out.push_back(error);
  return out;
}

TEST(LineParserTest, TagsFieldsAndTime) {
  EXPECT_THAT(Parsed("weather,city=ulm,zone=1 temperature=21.5,humidity=40i 1465839830100400200"),
              ElementsAre("weather [city|ulm] [zone|1] temperature=21.5 humidity=40 "
                          "@1465839830100400200"));
  EXPECT_THAT(Parsed("up value=1"), ElementsAre("up value=1"));
  EXPECT_THAT(Parsed("up value=1 -5"), ElementsAre("up value=1 @-5"));
}

TEST(LineParserTest, EveryTypeOfField) {
  EXPECT_THAT(Parsed("m a=1,b=-2.5e3,c=3i,d=18446744073709551615u,e=t,f=FALSE,g=\"x\",h=+1,i=.5"),
              ElementsAre("m a=1 b=-2500 c=3 d=18446744073709551616 e=1 f=0 g=text h=1 i=0.5"));
}

TEST(LineParserTest, Escapes) {
  EXPECT_THAT(Parsed(R"(my\ m\,x\=y,ta\ g=v\,a\=l\ ue,b\\c=d\e fi\ eld=1 5)"),
              ElementsAre(R"(my m,x\=y [ta g|v,a=l ue] [b\\c|d\e] fi eld=1 @5)"));
}

TEST(LineParserTest, TextsMayHoldAnything) {
  EXPECT_THAT(Parsed("m note=\"a, b=c \\\" \\\\\",v=1 5\nn v=\"line\nend\",w=2 6\n"),
              ElementsAre("m note=text v=1 @5", "n v=text w=2 @6"));
}

TEST(LineParserTest, BlankLinesAndCommentsArePassedOver) {
  EXPECT_THAT(Parsed("# comment\n\n  \r\nm v=1 5\r\n\tn v=2  6 \n"),
              ElementsAre("m v=1 @5", "n v=2 @6"));
  EXPECT_THAT(Parsed(""), IsEmpty());
}

TEST(LineParserTest, DamagedLinesAreNamedAndTheOthersRead) {
  EXPECT_THAT(
      Parsed("good v=1\n,t=1 v=1\nm\nm,t v=1\nm,=x v=1\nm,t= v=1\nm v\nm v=\nm v=abc\nm v=1 12x\n"
             "m =1\nbetter v=2\n"),
      ElementsAre("good v=1", "better v=2", "line 2: measurement has no name",
                  "line 3: there are no fields", "line 4: tag \"t\" has no value",
                  "line 5: tag has no name", "line 6: tag \"t\" has no value",
                  "line 7: field \"v\" has no value",
                  "line 8: value \"\" of field \"v\" is neither a number, a text in quotes, nor "
                  "true or false",
                  "line 9: value \"abc\" of field \"v\" is neither a number, a text in quotes, nor "
                  "true or false",
                  "line 10: time \"12x\" is not a whole number", "line 11: field has no name"));
  EXPECT_THAT(Parsed("m v=\"open"), ElementsAre("line 1: text of field \"v\" has no end"));
  EXPECT_THAT(Parsed("m v=\"a\"b"),
              ElementsAre("line 1: something follows the text of field \"v\""));
  EXPECT_THAT(Parsed("m v=inf"), testing::SizeIs(1));
  EXPECT_THAT(Parsed("m v=nan"), testing::SizeIs(1));
  EXPECT_THAT(Parsed("m v=1e999"), testing::SizeIs(1));
}

TEST(LineParserTest, OnlyTheFirstErrorsAreKept) {
  std::string body;
  for (int i = 0; i < 100; ++i) body += "bad\n";
  LineParser parser(body);
  Line line;

  EXPECT_FALSE(parser.Next(&line));

  EXPECT_EQ(parser.n_errors(), 100u);
  EXPECT_EQ(parser.errors().size(), 10u);
}

TEST(LineParserTest, Units) {
  EXPECT_EQ(*UnitNs(""), 1);
  EXPECT_EQ(*UnitNs("us"), 1000);
  EXPECT_EQ(*UnitNs("ms"), 1'000'000);
  EXPECT_EQ(*UnitNs("h"), 3'600'000'000'000);
  EXPECT_FALSE(UnitNs("days").ok());
}

}  // namespace
}  // namespace kvs::ingest::influx
