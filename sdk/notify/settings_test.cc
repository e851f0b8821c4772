// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/settings.h"

#include <gtest/gtest.h>

#include "kvs/gotemplate/json.h"

#include "yaml_value.h"

namespace kvs::notify {
namespace {

TEST(SettingsTest, ReadsJsonAndYaml) {
  for (
      const char* text :
      {R"({"url": "http://x", "n": 7, "on": true, "list": ["a", "b"], "map": {"k": "v"}, "wait": "1m30.5s"})",
       "url: http://x\nn: 7\non: true\nlist: [a, b]\nmap: {k: v}\nwait: 1m30.5s"}) {
    const StatusOr<Settings> settings = Settings::Parse(text);
    ASSERT_TRUE(settings.ok()) << settings.status().ToString();
    EXPECT_EQ(settings->Text("url"), "http://x");
    EXPECT_EQ(settings->Int("n"), 7);
    EXPECT_TRUE(settings->Flag("on"));
    EXPECT_EQ(settings->Texts("list"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(settings->Table("map").Text("k"), "v");
    EXPECT_EQ(settings->DurationMs("wait"), 90'500);
    EXPECT_FALSE(settings->Has("none"));
    EXPECT_EQ(settings->Int("none", 3), 3);
  }
}

TEST(SettingsTest, RefusesWithoutRepeating) {
  for (const char* text : {"[1]", "\"hunter2\"", "{\"key\": \"hunter2\"", "a: *hunter2"}) {
    const StatusOr<Settings> settings = Settings::Parse(text);
    ASSERT_FALSE(settings.ok()) << text;
    EXPECT_EQ(settings.status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(settings.status().message().find("hunter2"), std::string::npos)
        << settings.status().message();
  }
}

TEST(YamlValueTest, PlainScalarsAreWhatGoTakesThemFor) {
  const struct {
    const char* text;
    const char* json;
  } kCases[] = {
      {"1", "1"},
      {"-12", "-12"},
      {"18446744073709551615", "18446744073709551615"},
      {"+3", "3"},
      {"0x1f", "31"},
      {"010", "8"},
      {"1.5", "1.5"},
      {"1e3", "1000"},
      {"true", "true"},
      {"off", "false"},
      {"~", "null"},
      {"", "null"},
      {"'1'", "\"1\""},
      {"\"yes\"", "\"yes\""},
      {"1.2.3", "\"1.2.3\""},
      {"nan", "\"nan\""},
      {"-", "[null]"},
      {"2026-01-02", "\"2026-01-02\""},
      {"[1, a]", "[1,\"a\"]"},
      {"{b: 1, a: {}}", "{\"a\":{},\"b\":1}"},
  };
  for (const auto& c : kCases) {
    const StatusOr<gotemplate::Value> value = ParseYaml(c.text);
    ASSERT_TRUE(value.ok()) << c.text << ": " << value.status().ToString();
    EXPECT_EQ(gotemplate::ToJson(*value, true), c.json) << c.text;
  }
}

TEST(YamlValueTest, AliasesCannotMakeItLarge) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1) + ", ";
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += last;
    text += "x]\n";
  }
  EXPECT_EQ(ParseYaml(text).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace kvs::notify
