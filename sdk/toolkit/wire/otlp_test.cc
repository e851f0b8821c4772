// SPDX-License-Identifier: Apache-2.0
// OTLP in both encodings: every kind of metric, values of every type, and what malformed bodies
// say.
#include "kvs/wire/otlp.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otlp_testing.h"
#include "testing.h"

namespace kvs::wire::otlp {
namespace {

using ::testing::HasSubstr;

std::string Decoded(const std::string& body) {
  const Exact exact(body);
  Request request;
  const Status status = Decode(exact.span(), &request);
  return status.ok() ? Dump(request) : status.ToString();
}

std::string DecodedJson(std::string_view body) {
  Request request;
  const Status status = DecodeJson(body, &request);
  return status.ok() ? Dump(request) : status.ToString();
}

Msg NumberPointOf(double value) {
  return Msg().Attribute(7, "path", "/a").Fixed(2, 1000).Fixed(3, 2000).Double(4, value);
}

std::string EveryKind() {
  const Msg exemplar = Msg()
                           .Fixed(2, 1500)
                           .Fixed(6, 7)
                           .Text(5, "0123456789abcdef")
                           .Text(4, "01234567")
                           .Attribute(7, "user", "u1");
  const Msg gauge =
      Msg()
          .Text(1, "g")
          .Text(2, "A gauge")
          .Text(3, "By")
          .In(5,
              Msg().In(1, NumberPointOf(1.5)).In(1, Msg().Fixed(3, 2000).Fixed(6, uint64_t(-3))));
  const Msg sum = Msg().Text(1, "s").In(
      7, Msg().In(1, NumberPointOf(2).In(5, exemplar)).Varint(2, 2).Varint(3, 1));
  const Msg histogram = Msg().Text(1, "h").In(9, Msg()
                                                     .In(1, Msg()
                                                                .Attribute(9, "path", "/h")
                                                                .Fixed(3, 2000)
                                                                .Fixed(4, 6)
                                                                .Double(5, 12.5)
                                                                .Packed<uint64_t>(6, {1, 2, 3})
                                                                .Packed<double>(7, {0.5, 1})
                                                                .Varint(10, 1))
                                                     .Varint(2, 1));
  const Msg exponential = Msg().Text(1, "e").In(
      10, Msg()
              .In(1, Msg()
                         .Attribute(1, "path", "/e")
                         .Fixed(3, 2000)
                         .Fixed(4, 9)
                         .Signed(6, -2)
                         .Fixed(7, 1)
                         .In(8, Msg().Signed(1, -3).PackedVarints(2, {1, 300}))
                         .In(9, Msg().Signed(1, 4).PackedVarints(2, {5}))
                         .Double(14, 0.25))
              .Varint(2, 2));
  const Msg summary =
      Msg().Text(1, "q").In(11, Msg().In(1, Msg()
                                                .Attribute(7, "path", "/q")
                                                .Fixed(3, 2000)
                                                .Fixed(4, 4)
                                                .Double(5, 8)
                                                .In(6, Msg().Double(1, 0.5).Double(2, 3))
                                                .In(6, Msg().Double(1, 0.9).Double(2, 4))));
  const Msg scope = Msg()
                        .In(1, Msg().Text(1, "lib").Text(2, "1.2").Attribute(3, "k", "v"))
                        .In(2, gauge)
                        .In(2, sum)
                        .In(2, histogram)
                        .In(2, exponential)
                        .In(2, summary)
                        .Text(3, "https://schema");
  return RequestOf(Msg().Attribute(1, "service.name", "shop"), scope);
}

constexpr std::string_view kEveryKindDump = R"(resource {service.name=shop}
scope lib 1.2 https://schema {k=v}
 metric g 'A gauge' By kind 1 temporality 0
  point {path=/a} 1000..2000 value 1.5
  point {} 0..2000 value -3
 metric s ''  kind 2 temporality 2 monotonic
  point {path=/a} 1000..2000 exemplar {user=u1} 7@1500 16/8 value 2
 metric h ''  kind 3 temporality 1
  point {path=/h} 0..2000 flags 1 count 6 sum 12.5 [1 2 3] [0.5 1]
 metric e ''  kind 4 temporality 2
  point {path=/e} 0..2000 count 9 sum none scale -2 zero 1<=0.25 +-3[1 300] -4[5]
 metric q ''  kind 5 temporality 0
  point {path=/q} 0..2000 count 4 sum 8 0.5:3 0.9:4
)";

TEST(OtlpTest, EveryKindOfMetricFromProtobuf) {
  EXPECT_EQ(Decoded(EveryKind()), kEveryKindDump);
}

TEST(OtlpTest, EveryKindOfMetricFromJson) {
  constexpr std::string_view kBody = R"({"resourceMetrics":[{
    "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
    "scopeMetrics":[{"scope":{"name":"lib","version":"1.2",
        "attributes":[{"key":"k","value":{"stringValue":"v"}}]},"schemaUrl":"https://schema",
      "unknown":{"x":[1]},
      "metrics":[
       {"name":"g","description":"A gauge","unit":"By","gauge":{"dataPoints":[
         {"attributes":[{"key":"path","value":{"stringValue":"/a"}}],
          "startTimeUnixNano":"1000","timeUnixNano":"2000","asDouble":1.5},
         {"timeUnixNano":2000,"asInt":"-3"}]}},
       {"name":"s","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
         {"attributes":[{"key":"path","value":{"stringValue":"/a"}}],
          "startTimeUnixNano":"1000","timeUnixNano":"2000","asDouble":2,
          "exemplars":[{"timeUnixNano":"1500","asInt":7,"spanId":"3031323334353637",
            "traceId":"30313233343536373839616263646566",
            "filteredAttributes":[{"key":"user","value":{"stringValue":"u1"}}]}]}]}},
       {"name":"h","histogram":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA",
        "dataPoints":[{"attributes":[{"key":"path","value":{"stringValue":"/h"}}],
          "timeUnixNano":"2000","count":"6","sum":12.5,"bucketCounts":["1",2,"3"],
          "explicitBounds":[0.5,1],"flags":1}]}},
       {"name":"e","exponential_histogram":{"aggregation_temporality":2,"data_points":[
         {"attributes":[{"key":"path","value":{"stringValue":"/e"}}],"time_unix_nano":"2000",
          "count":9,"scale":-2,"zero_count":"1","zeroThreshold":0.25,
          "positive":{"offset":-3,"bucketCounts":["1","300"]},
          "negative":{"offset":4,"bucket_counts":[5]}}]}},
       {"name":"q","summary":{"dataPoints":[
         {"attributes":[{"key":"path","value":{"stringValue":"/q"}}],"timeUnixNano":"2000",
          "count":"4","sum":8,"quantileValues":[{"quantile":0.5,"value":3},
          {"quantile":0.9,"value":4}]}]}}]}]}]})";

  EXPECT_EQ(DecodedJson(kBody), Decoded(EveryKind()));
}

TEST(OtlpTest, ValuesBecomeText) {
  const auto value = [](const Msg& v) { return Msg().Text(1, "k").In(2, v); };
  const Msg list = Msg()
                       .In(1, Msg().Text(1, "a\"b\n"))
                       .In(1, Msg().Varint(3, 5))
                       .In(1, Msg())
                       .In(1, Msg().Text(7, "\x01\x02"));
  const Msg map = Msg()
                      .In(1, Msg().Text(1, "z").In(2, Msg().Varint(2, 1)))
                      .In(1, Msg().Text(1, "a").In(2, Msg().In(5, list)));
  const Msg nan_list = Msg().In(1, Msg().Double(4, std::nan("")));
  const Msg point = Msg()
                        .In(7, value(Msg().Varint(2, 1)))
                        .In(7, value(Msg().Varint(3, uint64_t(-42))))
                        .In(7, value(Msg().Double(4, 1e-7)))
                        .In(7, value(Msg().Text(7, "\x01\x02\x03\x04")))
                        .In(7, value(Msg().In(5, list)))
                        .In(7, value(Msg().In(6, map)))
                        .In(7, value(Msg().In(5, nan_list)))
                        .In(7, value(Msg()));
  const std::string body =
      RequestOf(Msg(), Msg().In(2, Msg().Text(1, "m").In(5, Msg().In(1, point))));
  Request request;

  ASSERT_TRUE(Decode(Bytes(body), &request).ok());

  std::vector<std::string> values;
  for (const Attribute& a : request.attributes) values.emplace_back(a.value);
  EXPECT_THAT(values, ::testing::ElementsAre("true", "-42", "1e-7",
                                             "AQIDBA==", R"(["a\"b\n",5,null,"AQI="])",
                                             R"({"a":["a\"b\n",5,null,"AQI="],"z":true})", "", ""));
}

TEST(OtlpTest, JsonValuesBecomeTheSameText) {
  constexpr std::string_view kBody = R"({"resourceMetrics":[{"resource":{"attributes":[
    {"key":"a","value":{"boolValue":true}},{"key":"b","value":{"intValue":"-42"}},
    {"key":"c","value":{"doubleValue":1e-7}},{"key":"d","value":{"bytesValue":"AQIDBA=="}},
    {"key":"e","value":{"arrayValue":{"values":[{"stringValue":"a\"b\n"},{"intValue":5},{},
       {"bytesValue":"AQI="}]}}},
    {"key":"f","value":{"kvlistValue":{"values":[{"key":"z","value":{"boolValue":true}},
       {"key":"y","value":null}]}}},
    {"key":"g","value":{"doubleValue":"NaN"}},{"key":"h","value":{}}]}}]})";

  EXPECT_EQ(DecodedJson(kBody),
            R"(resource {a=true,b=-42,c=1e-7,d=AQIDBA==,e=["a\"b\n",5,null,"AQI="],)"
            R"(f={"y":null,"z":true},g=json: unsupported value: NaN,h=})"
            "\n");
}

TEST(OtlpTest, PiecesOfOneMessageBelongTogether) {
  const Msg positive_again = Msg().PackedVarints(2, {3});
  const Msg point = Msg()
                        .In(8, Msg().Signed(1, 1).PackedVarints(2, {1, 2}))
                        .In(9, Msg().PackedVarints(2, {9}))
                        .In(8, positive_again);
  const std::string body = RequestOf(
      Msg(), Msg().In(2, Msg().Text(1, "e").In(10, Msg().In(1, point)).In(10, Msg().In(1, point))));

  const std::string dump = Decoded(body);

  const std::string line = "  point {} 0..0 count 0 sum none scale 0 zero 0<=0 +1[1 2 3] -0[9]\n";
  EXPECT_THAT(dump, HasSubstr(line + line));
}

TEST(OtlpTest, TheLastKindOfAMetricCounts) {
  const std::string body = RequestOf(Msg(), Msg().In(2, Msg()
                                                            .Text(1, "m")
                                                            .In(9, Msg().In(1, Msg().Fixed(4, 1)))
                                                            .In(5, Msg().In(1, NumberPointOf(3)))));

  EXPECT_THAT(Decoded(body), HasSubstr("metric m ''  kind 1 "));
}

TEST(OtlpTest, MalformedProtobufSaysWhere) {
  const std::string body = EveryKind();
  size_t errors = 0;
  for (size_t n = 1; n < body.size(); ++n) {
    const std::string said = Decoded(body.substr(0, n));
    if (said.starts_with("INVALID_ARGUMENT: malformed protobuf at byte ")) ++errors;
  }

  EXPECT_EQ(errors, body.size() - 1);
  EXPECT_THAT(Decoded(Msg().Varint(1, 5).bytes()), HasSubstr("wrong wire type"));
}

TEST(OtlpTest, DeepValuesAreRefused) {
  Msg value = Msg().Varint(3, 1);
  std::string json = R"({"intValue":1})";
  for (int i = 0; i < 40; ++i) {
    value = Msg().In(5, Msg().In(1, value));
    json = R"({"arrayValue":{"values":[)" + json + "]}}";
  }
  const std::string body = RequestOf(Msg().In(1, Msg().Text(1, "k").In(2, value)), Msg());

  EXPECT_THAT(Decoded(body), HasSubstr("nested too deeply"));
  EXPECT_THAT(DecodedJson(R"({"resourceMetrics":[{"resource":{"attributes":[{"key":"k","value":)" +
                          json + "}]}}]}"),
              HasSubstr("nested less than 32 levels deep"));
}

TEST(OtlpTest, EmptyElementsByTheMillionAreRefused) {
  std::string points;
  std::string json;
  for (int i = 0; i < 100'000; ++i) {
    points += FromHex("0a 00");
    json += i == 0 ? "{}" : ",{}";
  }
  const std::string body = RequestOf(Msg(), Msg().In(2, Msg().Text(5, points)));

  EXPECT_THAT(Decoded(body), HasSubstr("more elements than such a body can mean"));
  EXPECT_THAT(DecodedJson(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[)" + json + "]}]}]}"),
              HasSubstr("as many elements as such a body can mean"));
}

TEST(OtlpTest, MalformedJsonSaysWhat) {
  EXPECT_THAT(DecodedJson(""), HasSubstr("the body is empty"));
  EXPECT_THAT(DecodedJson("{"), HasSubstr("malformed OTLP JSON: "));
  EXPECT_THAT(DecodedJson("[]"), HasSubstr("request is not an object"));
  EXPECT_THAT(DecodedJson(R"({"resourceMetrics":{}})"),
              HasSubstr("resourceMetrics is not an array"));
  EXPECT_THAT(DecodedJson(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":7}]}]}]})"),
              HasSubstr("name is not a text"));
  EXPECT_THAT(DecodedJson(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":
                {"dataPoints":[{"timeUnixNano":"12x"}]}}]}]}]})"),
              HasSubstr("timeUnixNano is not a whole number in range"));
  EXPECT_THAT(DecodedJson(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":
                {"dataPoints":[{"exemplars":[{"traceId":"xyz"}]}]}}]}]}]})"),
              HasSubstr("traceId is not an id in hex"));
}

TEST(OtlpTest, NothingIsARequestToo) {
  EXPECT_EQ(Decoded(""), "");
  EXPECT_EQ(DecodedJson("{}"), "");
}

}  // namespace
}  // namespace kvs::wire::otlp
