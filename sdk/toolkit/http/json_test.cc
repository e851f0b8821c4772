// SPDX-License-Identifier: Apache-2.0
// JSON bytes as Prometheus writes them: both ways to escape, floats, timestamps, commas.
#include "kvs/http/json.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace kvs::http {
namespace {

std::string Plain(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}
std::string Html(std::string_view text) {
  std::string out;
  AppendHtmlSafeJsonString(out, text);
  return out;
}
std::string Float(double value) {
  std::string out;
  AppendFloat(out, value);
  return out;
}
std::string Time(int64_t ms) {
  std::string out;
  AppendTimestamp(out, ms);
  return out;
}

TEST(JsonTest, PlainStringsEscapeOnlyWhatJsonDemands) {
  EXPECT_EQ(Plain("a\"b\\c\n\r\t\b\x1f"), R"("a\"b\\c\n\r\t\u0008\u001f")");
  EXPECT_EQ(Plain("<a&b>\u2028é"), "\"<a&b>\u2028é\"");
}

TEST(JsonTest, HtmlSafeStringsEscapeMarkupAndRepairUtf8) {
  EXPECT_EQ(Html("<a&b>"), R"("\u003ca\u0026b\u003e")");
  EXPECT_EQ(Html("x\u2028y\u2029z"), R"("x\u2028y\u2029z")");
  EXPECT_EQ(Html("é😀"), "\"é😀\"");
  EXPECT_EQ(Html("a\xff\xc3"), R"("a\ufffd\ufffd")");
  EXPECT_EQ(Html("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(Html("a\nb"), R"("a\nb")");
}

TEST(JsonTest, FloatsAreShortestAndPlainWithinBounds) {
  EXPECT_EQ(Float(0), "0");
  EXPECT_EQ(Float(-0.0), "-0");
  EXPECT_EQ(Float(1), "1");
  EXPECT_EQ(Float(-42), "-42");
  EXPECT_EQ(Float(1.5), "1.5");
  EXPECT_EQ(Float(0.1), "0.1");
  EXPECT_EQ(Float(0.000001), "0.000001");
  EXPECT_EQ(Float(0.0000011234567890123456), "0.0000011234567890123457");
  EXPECT_EQ(Float(0.0000001), "1e-07");
  EXPECT_EQ(Float(123456789.125), "123456789.125");
  EXPECT_EQ(Float(1e20), "100000000000000000000");
  EXPECT_EQ(Float(123456789012345678901.0), "123456789012345680000");
  EXPECT_EQ(Float(1e21), "1e+21");
  EXPECT_EQ(Float(-1.5e300), "-1.5e+300");
  EXPECT_EQ(Float(5e-324), "5e-324");
  EXPECT_EQ(Float(9007199254740993.0), "9007199254740992");
}

// The digits of the shortest decimal and the exponent of the first one.
std::pair<std::string, int> Digits(const std::string& number) {
  std::string digits;
  int exponent = 0;
  bool point = false;
  for (const char c : number.substr(0, number.find('e'))) {
    if (c == '.') point = true;
    if (c < '0' || c > '9') continue;
    if (!digits.empty() || c != '0') digits += c;
    if (!point && !digits.empty()) ++exponent;
    if (point && digits.empty()) --exponent;
  }
  if (number.find('e') != std::string::npos)
    exponent += std::stoi(number.substr(number.find('e') + 1));
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  return {digits, exponent};
}

TEST(JsonTest, FloatsOfEveryMagnitudeHaveTheShortestDigits) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const double decimals[] = {1, 10, 100, 1000, 10'000};
    const double value =
        i % 2 == 0 ? static_cast<double>(random() % 10'000'000'000) / decimals[random() % 5]
                   : std::ldexp(static_cast<double>(random() >> 11),
                                static_cast<int>(random() % 140) - 90);
    char scientific[40];
    char* const end = std::to_chars(scientific, scientific + sizeof(scientific), value,
                                    std::chars_format::scientific)
                          .ptr;

    const std::string text = Float(value);

    ASSERT_EQ(Digits(text), Digits({scientific, end})) << text;
    ASSERT_EQ(text.find('e') == std::string::npos, value == 0 || (value >= 1e-6 && value < 1e21))
        << text;
    ASSERT_EQ(Float(-value), value == 0 ? "-0" : "-" + text);
  }
}

TEST(JsonTest, PointsOfSeriesAreThePointsOneByOne) {
  std::mt19937_64 random(1);
  PointsWriter points(5000);
  for (int series = 0; series < 20; ++series) {
    std::vector<int64_t> ms;
    std::vector<double> values;
    std::string expected;
    const size_t n = series == 7 ? 5000 : random() % 300;
    for (size_t i = 0; i < n; ++i) {
      if (random() % 50 == 0) continue;
      ms.push_back(static_cast<int64_t>(i * 15'000) - (series == 3 ? 10'000'000 : -437));
      values.push_back(std::sqrt(static_cast<double>(random() % 1000)));
      if (ms.size() > 1) expected += ',';
      AppendPoint(expected, ms.back(), values.back());
    }
    std::string out;

    points.Append(out, ms.data(), values.data(), ms.size());

    ASSERT_EQ(out, expected) << series;
  }
}

TEST(JsonTest, SpecialFloatsHaveNames) {
  EXPECT_EQ(Float(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(Float(-std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(Float(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(Float(-std::numeric_limits<double>::infinity()), "-Inf");
}

TEST(JsonTest, EveryFloatReadsBackTheSame) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100000; ++i) {
    const uint64_t bits = random();
    auto value = std::bit_cast<double>(bits);
    if (i % 2 == 0)
      value = std::ldexp(static_cast<double>(bits >> 12), static_cast<int>(bits % 64) - 60);
    if (!std::isfinite(value)) continue;

    const std::string text = Float(value);
    double back = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), back).ptr;

    ASSERT_EQ(end, text.data() + text.size()) << text;
    ASSERT_EQ(back, value) << text;
  }
}

TEST(JsonTest, TimestampsHaveNoFractionOrThreeDigits) {
  EXPECT_EQ(Time(1435781451781), "1435781451.781");
  EXPECT_EQ(Time(1435781451000), "1435781451");
  EXPECT_EQ(Time(1100), "1.100");
  EXPECT_EQ(Time(1001), "1.001");
  EXPECT_EQ(Time(0), "0");
  EXPECT_EQ(Time(-1500), "-1.500");
  EXPECT_EQ(Time(std::numeric_limits<int64_t>::min()), "-9223372036854775.808");
}

TEST(JsonTest, WriterPutsCommasBetweenValuesOnly) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("a");
  json.BeginArray();
  json.Int(-1);
  json.Uint(2);
  json.BeginObject();
  json.EndObject();
  json.EndArray();
  json.Key("b");
  json.Bool(true);
  json.Key("c");
  json.BeginArray();
  json.Point(1500, 2);
  json.Point(2000, 0.5);
  json.EndArray();
  json.Key("d");
  json.SampleValue(3);
  json.Key("<");
  json.Null();
  json.EndObject();

  EXPECT_EQ(out, R"({"a":[-1,2,{}],"b":true,"c":[[1.500,"2"],[2,"0.5"]],"d":"3","\u003c":null})");
}

}  // namespace
}  // namespace kvs::http
