// SPDX-License-Identifier: Apache-2.0
#include "kvs/wire/openmetrics.h"

#include <bit>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// {labels} value milliseconds, one a sample; of what is refused its message, last.
std::vector<std::string> Read(std::string_view text) {
  OpenMetricsReader reader(text);
  OpenMetricsSample sample;
  std::vector<std::string> out;
  while (true) {
    const StatusOr<bool> more = reader.Next(&sample);
    if (!more.ok()) {
      out.push_back(more.status().message());
      return out;
    }
    if (!*more) return out;
    out.push_back(StrCat(model::Labels(sample.labels).ToString(), " ", sample.value, " ",
                         sample.t_ms.has_value() ? StrCat(*sample.t_ms) : "-"));
  }
}

// What a single line is refused for.
std::string Refusal(std::string_view line) {
  const std::vector<std::string> out = Read(StrCat(line, "\n# EOF\n"));
  return out.size() == 1 ? out[0] : StrCat(out.size(), " samples");
}

TEST(OpenMetricsTest, SamplesWithWhatStandsAroundThem) {
  EXPECT_THAT(
      Read("# HELP reqs Requests, with \\n and \"quotes\".\n"
           "# TYPE reqs counter\n"
           "reqs_total{b=\"2\",a=\"x \\\"y\\\" \\\\ \\n é\"} 1.5e3 1700000000.1234 # {trace=\"z\"} "
           "1 2.5\n"
           "reqs_created{a=\"\",} 7\n"
           "# UNIT up_seconds seconds\n"
           "up_seconds +Inf -1.5\n"
           "# TYPE empty unknown\n"
           "{\"my.name\",\"my.label\"=\"v\"} 1 2\n"
           "plain:name{} -0 3 # {} 4\n"
           "# EOF\n"),
      ElementsAre(
          "{__name__=\"reqs_total\", a=\"x \\\"y\\\" \\\\ \\n é\", b=\"2\"} 1500 1700000000123",
          "{__name__=\"reqs_created\"} 7 -", "{__name__=\"up_seconds\"} inf -1500",
          "{__name__=\"my.name\", \"my.label\"=\"v\"} 1 2000",
          "{__name__=\"plain:name\"} -0 3000"));
  EXPECT_THAT(Read("# EOF"), IsEmpty());
}

TEST(OpenMetricsTest, NumbersAreThoseOfGo) {
  OpenMetricsSample sample;
  const auto value = [&](std::string_view number) {
    const std::string text = StrCat("m ", number, "\n# EOF\n");
    OpenMetricsReader reader(text);
    const StatusOr<bool> more = reader.Next(&sample);
    return more.ok() ? sample.value : -99;
  };
  EXPECT_EQ(value("1"), 1);
  EXPECT_EQ(value("+1.5E-2"), 0.015);
  EXPECT_EQ(value("1e-400"), 0);
  EXPECT_EQ(value("5e-324"), 5e-324);
  EXPECT_EQ(value("-inf"), -INFINITY);
  EXPECT_EQ(std::bit_cast<uint64_t>(value("NaN")), 0x7ff8000000000001);
  for (const char* wrong :
       {"", "1e400", "0x1p-2", "1_000", "-NaN", "+nan", "nan(1)", "++1", "+-1", "1,5", "one"})
    EXPECT_EQ(value(wrong), -99) << wrong;
}

TEST(OpenMetricsTest, WhatIsWrongIsSaidWithItsLine) {
  EXPECT_THAT(Read("m 1 1\n"),
              ElementsAre("{__name__=\"m\"} 1 1000", "line 2: data does not end with # EOF"));
  EXPECT_THAT(Read("m 1 1"), ElementsAre("line 1: data does not end with # EOF"));
  EXPECT_THAT(Read("m 1 1\n# EOF\nm 1 2\n"),
              ElementsAre("{__name__=\"m\"} 1 1000", "line 2: unexpected data after # EOF"));
  EXPECT_THAT(Read("# EOF\n\n"), ElementsAre("line 1: unexpected data after # EOF"));
  for (const auto& [line, message] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "begins with no metric name"},
           {" m 1", "begins with no metric name"},
           {"1m 1", "begins with no metric name"},
           {"# a comment", "is none of # HELP"},
           {"#EOF", "is none of # HELP"},
           {"# TYPE m count", "invalid metric type \"count\""},
           {"# TYPE m", "nothing behind the metric name m"},
           {"# UNIT m seconds", "is no suffix"},
           {"m{a=\"1\",a=\"2\"} 1", "label name \"a\" is not unique"},
           {"m{a=\"1\"b=\"2\"} 1", "no , or } behind the label a"},
           {"m{a=\"1} 1", "that does not end"},
           {"m{a=1} 1", "no quoted value of the label a"},
           {"m{a} 1", "no = behind the label name a"},
           {"m{a=\"\xff\"} 1", "no UTF-8"},
           {"m{\"n\"} 1", "a second metric name"},
           {"{a=\"1\"} 1", "no metric name"},
           {"m", "no space and value"},
           {"m  1", "\"\" is no number"},
           {"m x", "\"x\" is no number"},
           {"m 1 x", "\"x\" is no timestamp"},
           {"m 1 NaN", "is no timestamp"},
           {"m 1 1e30", "is no timestamp"},
           {"m 1 2 3", "is no exemplar"},
           {"m 1 2 # {a=\"1\"}", "an exemplar without a value"},
           {"m 1 2 # {a=\"1\"} 1 x", "an exemplar whose timestamp is none"}}) {
    EXPECT_THAT(Refusal(line), AllOf(HasSubstr("line 1: "), HasSubstr(message))) << line;
  }
}

TEST(OpenMetricsTest, ASampleIsReadAgainByItsPlace) {
  const std::string_view text = "# TYPE m gauge\nm{a=\"1\"} 1 1\nm{a=\"\\\"\"} 2 2\n# EOF\n";
  OpenMetricsReader reader(text);
  OpenMetricsSample sample, again;
  ASSERT_TRUE(*reader.Next(&sample));
  ASSERT_TRUE(*reader.Next(&sample));
  EXPECT_EQ(sample.series, "m{a=\"\\\"\"}");
  EXPECT_EQ(text.substr(sample.offset, 2), "m{");

  ASSERT_TRUE(reader.ReadAt(sample.offset, &again).ok());
  EXPECT_EQ(again.labels, sample.labels);
  EXPECT_EQ(again.value, 2);
  EXPECT_FALSE(*reader.Next(&again));
}

}  // namespace
}  // namespace kvs::wire
