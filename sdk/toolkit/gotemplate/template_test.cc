// SPDX-License-Identifier: Apache-2.0
// The language itself: what each text prints, or which error it gives.
#include "kvs/gotemplate/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::gotemplate {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* text;
  const char* expected;  // What it prints, or the message of its error.
};

const std::vector<Method>& PersonMethods() {
  static const std::vector<Method> kMethods{
      {"Greet", 1,
       [](const Value& self, const std::vector<Value>& args) -> StatusOr<Value> {
         return Value(StrCat(args[0].Print(), ", ", self.Find("Name")->as_string()));
       }},
      {"Fail", 0, [](const Value&, const std::vector<Value>&) -> StatusOr<Value> {
         return InvalidArgument("no luck");
       }}};
  return kMethods;
}

Value Data() {
  return Value::Struct(
      "main.Data",
      {{"Name", "ada"},
       {"N", 7},
       {"F", 1.5},
       {"T", true},
       {"Empty", ""},
       {"Nil", Value()},
       {"List", Value::MakeList({1, 2, 3}, "[]int")},
       {"None", Value::MakeList({})},
       {"M", Value::StringMap({{"b", "2"}, {"a", "1"}})},
       {"Any", Value::MakeMap({{"x", 1}})},
       {"P", Value::Struct("main.Person", {{"Name", "Bob"}, {"Tags", Value::Strings({"u", "v"})}},
                           &PersonMethods())},
       {"D", Value::Duration{90'000'000'000}}});
}

std::string Print(std::string_view text, Output output = Output::kText,
                  MissingKey missing = MissingKey::kNoValue) {
  TemplateSet set;
  set.set_missing_key(missing);
  if (const Status status = set.Parse("t", text); !status.ok()) return status.message();
  const StatusOr<std::string> out = set.Execute("t", Data(), output);
  return out.ok() ? *out : out.status().message();
}

void Expect(std::initializer_list<Case> cases, Output output = Output::kText) {
  for (const Case& c : cases) EXPECT_EQ(Print(c.text, output), c.expected) << c.text;
}

TEST(TemplateTest, TextAndTrimming) {
  Expect({{"plain", "plain"},
          {"a {{- 3 -}} b", "a3b"},
          {"a {{- /* note */ -}} b", "ab"},
          {"{{/* a\n b */}}x", "x"},
          {"{{\"a\"}} \n {{- \"b\"}}", "ab"},
          {"{{ `raw\\n` }}{{ \"q\\n\" }}", "raw\\nq\n"},
          {"{{-3}}", "-3"}});
}

TEST(TemplateTest, ConstantsPrintAsGoPrintsThem) {
  Expect({{"{{1}} {{-2}} {{1.5}} {{1e3}} {{0x1F}} {{0b11}} {{0o17}} {{017}} {{1_000}} {{'a'}} "
           "{{true}}",
           "1 -2 1.5 1000 31 3 15 15 1000 97 true"},
          {"{{1000000.0}} {{123456789.0}} {{0.00001}} {{100000.0}}",
           "1e+06 1.23456789e+08 1e-05 100000"}});
}

TEST(TemplateTest, FieldsMapsAndMethods) {
  Expect(
      {{"{{.Name}} {{.P.Name}} {{.M.a}}", "ada Bob 1"},
       {"{{.P.Greet \"Hi\"}} {{\"Ho\" | .P.Greet}}", "Hi, Bob Ho, Bob"},
       {"{{.M.zz}}", "<no value>"},
       {"{{(index .List 0)}} {{(.P).Name}}", "1 Bob"},
       {"{{.M}} {{.List}} {{.P.Tags}} {{.D}}", "map[a:1 b:2] [1 2 3] [u v] 1m30s"},
       {"{{$x := .P}}{{$x.Name}} {{$.Name}}", "Bob ada"},
       {"{{.Nope}}",
        "template: t:1:2: executing \"t\" at <.Nope>: can't evaluate field Nope in type main.Data"},
       {"{{.Name.X}}",
        "template: t:1:7: executing \"t\" at <.Name.X>: can't evaluate field X in type string"},
       {"a\n{{.P.Fail}}",
        "template: t:2:4: executing \"t\" at <.P.Fail>: error calling Fail: no luck"},
       {"{{.Name 1}}",
        "template: t:1:2: executing \"t\" at <.Name>: Name has arguments but cannot be invoked as "
        "function"},
       {"{{.M.a 1}}",
        "template: t:1:4: executing \"t\" at <.M.a>: a is not a method but has arguments"},
       {"{{.P.Greet}}",
        "template: t:1:4: executing \"t\" at <.P.Greet>: wrong number of args for Greet: want 1 "
        "got 0"}});
  EXPECT_EQ(Print("{{.M.zz}}|{{.Any.zz}}", Output::kText, MissingKey::kZero), "|<no value>");
  EXPECT_THAT(Print("{{.M.zz}}", Output::kText, MissingKey::kError),
              HasSubstr("map has no entry for key \"zz\""));
}

TEST(TemplateTest, Branches) {
  Expect({{"{{if .T}}a{{else}}b{{end}}", "a"},
          {"{{if .Empty}}a{{else if .N}}b{{else}}c{{end}}", "b"},
          {"{{if .Empty}}a{{else if .Nil}}b{{else}}c{{end}}", "c"},
          {"{{if not .T}}a{{end}}", ""},
          {"{{with .Name}}{{.}}{{end}}{{with .Empty}}x{{else}}y{{end}}", "aday"},
          {"{{with .Empty}}x{{else with .N}}{{.}}{{end}}", "7"},
          {"{{with $x := 3}}{{$x}}{{end}}", "3"},
          {"{{if and .T .N}}1{{end}}{{if or .Empty 0}}2{{end}}{{or .Empty \"d\"}}{{and 0 .Nope}}",
           "1d0"}});
}

TEST(TemplateTest, Ranges) {
  Expect({{"{{range .List}}{{.}},{{end}}", "1,2,3,"},
          {"{{range $i, $e := .List}}{{$i}}={{$e}} {{end}}", "0=1 1=2 2=3 "},
          {"{{range $k, $v := .M}}{{$k}}{{$v}}{{end}}", "a1b2"},
          {"{{range .None}}x{{else}}none{{end}}", "none"},
          {"{{range .List}}{{if eq . 2}}{{continue}}{{end}}{{.}}{{end}}", "13"},
          {"{{range .List}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}", "1"},
          {"{{range 3}}{{.}}{{end}}", "012"},
          {"{{$s := 0}}{{range .List}}{{$s = .}}{{end}}{{$s}}", "3"},
          {"{{range $i, $e := .List}}{{range $i, $f := $.List}}{{$f}}{{end}}{{$i}};{{end}}",
           "1230;1231;1232;"},
          {"{{range .F}}{{end}}",
           "template: t:1:8: executing \"t\" at <.F>: range can't iterate over 1.5"}});
}

TEST(TemplateTest, DefinitionsAndBlocks) {
  Expect({{"{{define \"a\"}}<{{.}}>{{end}}{{template \"a\" .Name}}", "<ada>"},
          {"{{define \"a\"}}{{.}}{{end}}{{template \"a\"}}", "<no value>"},
          {"{{block \"b\" .N}}[{{.}}]{{end}}", "[7]"},
          {"{{template \"gone\" .}}",
           "template: t:1:11: executing \"t\" at <{{template \"gone\" .}}>: template \"gone\" not "
           "defined"},
          {"{{define \"a\"}}{{.Nope}}{{end}}{{template \"a\" .}}",
           "template: t:1:16: executing \"a\" at <.Nope>: can't evaluate field Nope in type "
           "main.Data"},
          {"{{define \"a\"}}x{{template \"a\"}}{{end}}{{template \"a\"}}",
           "template: t:1:26: executing \"a\" at <{{template \"a\"}}>: exceeded maximum template "
           "depth (200)"}});
}

TEST(TemplateTest, Comparisons) {
  Expect({{"{{eq 1 1}} {{eq 1 2 1}} {{ne \"a\" \"b\"}} {{lt 1 2}} {{le 2 2}} {{gt 1.5 1.0}} {{ge "
           "\"b\" \"a\"}}",
           "true true true true true true true"},
          {"{{eq .F 1}}",
           "template: t:1:2: executing \"t\" at <eq .F 1>: error calling eq: incompatible types "
           "for comparison"},
          {"{{gt .F 1}}",
           "template: t:1:2: executing \"t\" at <gt .F 1>: error calling gt: incompatible types "
           "for comparison"},
          {"{{lt true false}}",
           "template: t:1:2: executing \"t\" at <lt true false>: error calling lt: invalid type "
           "for comparison"},
          {"{{eq 1}}",
           "template: t:1:2: executing \"t\" at <eq 1>: error calling eq: missing argument for "
           "comparison"},
          {"{{eq .Nil .Nil}} {{eq .Nil 1}}", "true false"}});
}

TEST(TemplateTest, IndexSliceLen) {
  Expect({{"{{index .List 1}} {{index .M \"a\"}} {{index .M \"z\"}}|{{len .List}} {{len \"abc\"}} "
           "{{slice .Name 1 2}} {{slice .List 1}}",
           "2 1 |3 3 d [2 3]"},
          {"{{index .List 5}}",
           "template: t:1:2: executing \"t\" at <index .List 5>: error calling index: index out of "
           "range: 5"},
          {"{{len 3}}",
           "template: t:1:2: executing \"t\" at <len 3>: error calling len: len of type int"}});
}

TEST(TemplateTest, Printf) {
  Expect(
      {{"{{printf \"%d|%5d|%-5d|%05d|%x|%X|%o|%b|%c|%q|%U\" 42 42 42 42 255 255 8 5 65 65 65}}",
        "42|   42|42   |00042|ff|FF|10|101|A|'A'|U+0041"},
       {"{{printf \"%v %s %q %x %.2s|%6s|%-6s|\" \"a\" \"b\" \"c\" \"hi\" \"long\" \"r\" \"l\"}}",
        "a b \"c\" 6869 lo|     r|l     |"},
       {"{{printf \"%f %.2f %e %g %8.3f %v\" 1.5 1.005 1500.0 0.0001 3.14159 2.0}}",
        "1.500000 1.00 1.500000e+03 0.0001    3.142 2"},
       {"{{printf \"%.4g %.4g %.3g %.1g\" 1234.0 12345.0 100.0 0.5}}", "1234 1.234e+04 100 0.5"},
       {"{{printf \"%t %v %T %d%%\" true .List .F 3}}", "true [1 2 3] float64 3%"},
       {"{{printf \"%d\" \"s\"}}{{printf \"%d %d\" 1}}{{printf \"%d\" 1 2}}{{printf \"%z\" 1}}",
        "%!d(string=s)1 %!d(MISSING)1%!(EXTRA int=2)%!z(int=1)"},
       {"{{printf \"%[2]d %[1]d\" 1 2}} {{printf \"%*d\" 4 7}} {{printf \"%+d % d\" 1 2}} {{printf "
        "\"%s\" .P.Tags}}",
        "2 1    7 +1  2 [u v]"},
       {"{{print 1 2 \"a\" 3 4}} {{println 1 \"a\"}}", "1 2a3 4 1 a\n"},
       {"{{printf 1}}", "template: t:1:9: executing \"t\" at <1>: expected string; found 1"}});
}

TEST(TemplateTest, ErrorsOfParsing) {
  Expect({{"{{", "template: t:1: unclosed action"},
          {"{{if}}x{{end}}", "template: t:1: missing value for if"},
          {"{{if .T}}x", "template: t:1: unexpected EOF"},
          {"{{end}}", "template: t:1: unexpected {{end}}"},
          {"{{nofunc 1}}", "template: t:1: function \"nofunc\" not defined"},
          {"\n{{$x}}", "template: t:2: undefined variable \"$x\""},
          {"{{.A | 3}}", "template: t:1: non executable command in pipeline stage 2"},
          {"{{\"abc}}", "template: t:1: unterminated quoted string"},
          {"{{(1}}", "template: t:1: unclosed left paren"},
          {"{{1)}}", "template: t:1: unexpected right paren"},
          {"{{break}}", "template: t:1: {{break}} outside {{range}}"},
          {"{{/* x }}", "template: t:1: unclosed comment"},
          {"{{define}}{{end}}", "template: t:1: unexpected \"}}\" in define clause"},
          {"{{template 1}}", "template: t:1: unexpected \"1\" in template clause"},
          {"{{.A.}}", "template: t:1: unexpected <.> in operand"},
          {"{{range $a, $b, $c := .L}}{{end}}", "template: t:1: too many declarations in range"},
          {"{{if .T}}{{else}}{{else}}{{end}}", "template: t:1: expected end; found {{else}}"},
          {"{{1.Foo}}", "template: t:1: bad number syntax: \"1.F\""},
          {"{{}}", "template: t:1: missing value for command"},
          {"{{\x01}}", "template: t:1: unrecognized character in action: U+0001"}});
}

TEST(TemplateTest, HtmlIsEscapedWhereItStands) {
  TemplateSet set;
  ASSERT_TRUE(
      set.Parse("t",
                "<p title=\"{{.Name}}\" class={{.Name}}>{{.Name}}</p><!-- {{.Name}} --><a "
                "href=\"{{.Url}}?q={{.Name}}\">{{.Safe}}</a>"
                "<script>var x = {{.Name}};</script><b style=\"color: {{.Color}}\">{{.Name}}</b>")
          .ok());
  const Value data = Value::Struct("d", {{"Name", "<a b=\"1\">+'"},
                                         {"Url", "javascript:alert(1)"},
                                         {"Safe", Value("<i>x</i>", Content::kHtml)},
                                         {"Color", "red"}});

  const StatusOr<std::string> out = set.Execute("t", data, Output::kHtml);

  ASSERT_TRUE(out.ok()) << out.status().message();
  EXPECT_EQ(*out,
            "<p title=\"&lt;a b=&#34;1&#34;&gt;&#43;&#39;\" "
            "class=&lt;a&#32;b&#61;&#34;1&#34;&gt;&#43;&#39;>&lt;a b=&#34;1&#34;&gt;&#43;&#39;</p>"
            "<a href=\"#ZgotmplZ?q=%3ca%20b%3d%221%22%3e%2b%27\"><i>x</i></a>"
            "<script>var x = \"\\u003ca b=\\\"1\\\"\\u003e+'\";</script><b style=\"color: "
            "red\">&lt;a b=&#34;1&#34;&gt;&#43;&#39;</b>");
}

TEST(TemplateTest, ExecutionIsBounded) {
  TemplateSet set;
  ASSERT_TRUE(set.Parse("t", "{{range 1000000}}{{range 1000000}}x{{end}}{{end}}").ok());
  set.set_limits({.steps = 10'000, .output_bytes = 1 << 20, .depth = 10});
  EXPECT_EQ(set.Execute("t", Value()).status().code(), StatusCode::kResourceExhausted);

  set.set_limits({.steps = 10'000'000, .output_bytes = 100, .depth = 10});
  EXPECT_THAT(set.Execute("t", Value()).status().message(),
              HasSubstr("the output exceeds 100 bytes"));
}

TEST(TemplateTest, ValuesCannotGrowWithoutEnd) {
  for (const char* text :
       {"{{$x := \"aaaaaaaaaaaaaaaa\"}}{{range 60}}{{$x = print $x $x}}{{end}}",
        "{{$x := \"aaaaaaaaaaaaaaaa\"}}{{range 60}}{{$x = printf \"%[1]s%[1]s\" $x}}{{end}}",
        "{{printf \"%999999d%999999d%999999d%999999d%999999d%999999d\" 1 2 3 4 5 6}}"})
    EXPECT_THAT(Print(text), HasSubstr("a value exceeds 4194304 bytes")) << text;
}

TEST(TemplateTest, NestingOverManyTemplatesEndsBeforeTheStackDoes) {
  std::string deep = "{{define \"a\"}}";
  for (int i = 0; i < 400; ++i) deep += "{{if 1}}";
  deep += "{{template \"a\"}}";
  for (int i = 0; i < 401; ++i) deep += "{{end}}";
  TemplateSet set;
  ASSERT_TRUE(set.Parse("t", deep + "{{template \"a\"}}").ok());
  EXPECT_THAT(set.Execute("t", Value()).status().message(), HasSubstr("nested too deeply"));
  std::string parentheses = "{{";
  parentheses.append(600, '(');
  EXPECT_THAT(set.Parse("p", parentheses).message(), HasSubstr("nested too deeply"));
}

TEST(TemplateTest, ASetKeepsWhatAnEmptyDefinitionWouldReplace) {
  TemplateSet set;
  ASSERT_TRUE(set.Parse("lib", "{{define \"a\"}}one{{end}}").ok());
  ASSERT_TRUE(set.Parse("more", "{{define \"a\"}} {{/* nothing */}} {{end}}").ok());
  EXPECT_EQ(*set.ExecuteText("{{template \"a\"}}", Value()), "one");
  ASSERT_TRUE(set.Parse("more", "{{define \"a\"}}two{{end}}").ok());
  EXPECT_EQ(*set.ExecuteText("{{template \"a\"}}", Value()), "two");
}

}  // namespace
}  // namespace kvs::gotemplate
