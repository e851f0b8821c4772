// SPDX-License-Identifier: Apache-2.0
// Remote Write 2.0: bytes made by hand, symbols in odd places, what is rejected and in which words,
// damage.
#include "kvs/model/write_batch_builder.h"
#include "kvs/wire/remote_write.h"

#include "testing.h"

namespace kvs::wire {
namespace {

using model::WriteBatch;
using ::testing::ElementsAre;

struct Result {
  std::string text;  // The dump, or the error.
  RejectedParts rejected;
};

Result Decode(std::string_view body) {
  const Exact exact(body);
  WriteBatch batch;
  Result result;
  const Status status = DecodeWriteRequestV2(exact.span(), 1, &batch, &result.rejected);
  if (!status.ok()) {
    result.text = status.message();
    return result;
  }
  EXPECT_EQ(BrokenInvariant(batch), "");
  result.text = Dump(batch);
  return result;
}

std::string Decoded(std::string_view body) {
  const Result result = Decode(body);
  EXPECT_TRUE(result.rejected.empty()) << result.rejected.errors.at(0);
  return result.text;
}

std::string Message(uint32_t field, const std::string& content) {
  std::string out;
  AppendBytesField(out, field, content);
  return out;
}

std::string Symbols(std::initializer_list<std::string_view> texts) {
  std::string out;
  for (const std::string_view text : texts) AppendBytesField(out, 4, text);
  return out;
}

std::string Series(std::string_view hex) {
  return Message(5, FromHex(hex));
}

// Symbols "", __name__, up, job, x and one sample 1.5 at 5.
const char kSample[] = "12 0b 09 000000000000f83f 10 05";

std::string UpSymbols() {
  return Symbols({"", "__name__", "up", "job", "x"});
}

TEST(RemoteWriteV2Test, DecodesTheUsualMessage) {
  const std::string body = FromHex(
      "22 00  22 08 5f5f6e616d655f5f  22 02 7570  22 03 6a6f62  22 01 78"
      "2a 2a"
      "  0a 04 01 02 03 04"
      "  12 10  09 000000000000f83f  10 80d095ffbc31"
      "  12 10  09 0000000000000440  10 98c596ffbc31");

  EXPECT_EQ(Decoded(body),
            "series __name__=up job=x\n"
            "  sample 1700000000000 1.5\n"
            "  sample 1700000015000 2.5\n");
}

TEST(RemoteWriteV2Test, DecodesNothing) {
  EXPECT_EQ(Decoded(""), "");
  EXPECT_EQ(Decoded(FromHex("22 00")), "");
  EXPECT_EQ(Decoded(Series("12 00")), "series\n  sample 0 0\n");
}

TEST(RemoteWriteV2Test, DecodesStartTimestamps) {
  EXPECT_EQ(Decoded(UpSymbols() + Series(std::string("0a 02 01 02") + kSample +
                                         "12 0d 09 000000000000f83f 10 06 18 03")),
            "series __name__=up\n  sample 5 1.5\n  sample 6 1.5 start 3\n");
}

TEST(RemoteWriteV2Test, DecodesReferencesPackedSingleAndScattered) {
  const std::string want = "series __name__=up job=x\n  sample 5 1.5\n";

  EXPECT_EQ(Decoded(UpSymbols() + Series(std::string("0a 04 01 02 03 04") + kSample)), want);
  EXPECT_EQ(Decoded(UpSymbols() + Series(std::string("08 01 08 02 08 03 08 04") + kSample)), want);
  EXPECT_EQ(Decoded(UpSymbols() + Series(std::string("0a 01 01 0a 03 02 03 04") + kSample)), want);
  EXPECT_EQ(Decoded(UpSymbols() + Series(std::string("0a 02 01 02") + kSample + "08 03 08 04")),
            want);
  EXPECT_EQ(Decoded(UpSymbols() + Series(std::string(kSample) + "0a 05 01 02 03 84 00")), want);
}

TEST(RemoteWriteV2Test, SymbolsMayStandBehindSeries) {
  const std::string series = Series(std::string("0a 04 01 02 03 04") + kSample);
  const std::string one = "series __name__=up job=x\n  sample 5 1.5\n";

  EXPECT_EQ(Decoded(series + UpSymbols() + series), one + one);
  EXPECT_EQ(Decoded(Symbols({"", "__name__", "up", "job"}) + series + Symbols({"x"})), one);
}

TEST(RemoteWriteV2Test, KeysAreThoseOfTheBuilder) {
  const std::string body = UpSymbols() + Series(std::string("0a 04 01 02 03 04") + kSample);
  model::WriteBatchBuilder builder(7);
  WriteBatch batch;
  builder.BeginSeries(model::Labels{{"__name__", "up"}, {"job", "x"}});
  ASSERT_TRUE(DecodeWriteRequestV2(Bytes(body), 7, &batch, nullptr).ok());

  EXPECT_EQ(batch.series_key[0], builder.Finish().series_key[0]);
}

TEST(RemoteWriteV2Test, MetadataOfSeriesBecomesMetadataOfFamilies) {
  const std::string body =
      Symbols({"", "__name__", "req_bucket", "help", "ms", "t", "1", "req_sum", "up"}) +
      Series(
          "0a 02 01 02  1a 0a 08 05 62 01 04 78 07 88 01 03  22 0f 0a 02 05 06 11 000000000000e03f "
          "18 07"
          "2a 06 08 03 18 03 20 04") +
      Series(std::string("0a 02 01 07 2a 06 08 03 18 03 20 04") + kSample) +
      Series(std::string("0a 02 01 08 2a 04 08 02 18 03") + kSample) +
      Series(std::string("0a 02 01 08 2a 04 08 02 18 03") + kSample) +
      Series(std::string("0a 02 01 02 2a 00") + kSample);

  EXPECT_EQ(Decoded(body),
            "series __name__=req_bucket\n"
            "  histogram 7 start 3 int hint 0 schema 0 zero 0 0 count 5 sum 0 +[][][2] -[][][] "
            "custom []\n"
            "  exemplar 7 0.5 t=1\n"
            "series __name__=req_sum\n  sample 5 1.5\n"
            "series __name__=up\n  sample 5 1.5\n"
            "series __name__=up\n  sample 5 1.5\n"
            "series __name__=req_bucket\n  sample 5 1.5\n"
            "metadata req 3 'help' 'ms'\n"
            "metadata up 2 'help' ''\n");
}

TEST(RemoteWriteV2Test, BadReferencesRejectTheirSeriesAlone) {
  const Result result = Decode(UpSymbols() + Series(std::string("0a 03 01 e7 07") + kSample) +
                               Series(std::string("0a 02 01 02") + kSample) +
                               Series(std::string("0a 01 01") + kSample));

  EXPECT_EQ(result.text, "series __name__=up\n  sample 5 1.5\n");
  EXPECT_EQ(result.rejected.series, 2u);
  EXPECT_THAT(result.rejected.errors,
              ElementsAre("parsing labels for series [1 999]: labelRefs 1 (name) = 999 (value) "
                          "outside of symbols table (size 5)",
                          "parsing labels for series [1]: invalid labelRefs length 1"));
}

TEST(RemoteWriteV2Test, SeriesWithoutDataAreRejected) {
  const Result result = Decode(UpSymbols() + Series("0a 04 01 02 03 04 2a 02 08 02"));

  EXPECT_EQ(result.text, "");
  EXPECT_THAT(result.rejected.errors,
              ElementsAre("TimeSeries must contain at least one sample or histogram for series "
                          "{__name__=\"up\", job=\"x\"}"));
}

TEST(RemoteWriteV2Test, ExemplarsMayComeApartFromTheirSamples) {
  const Result result = Decode(UpSymbols() + Series("0a 02 01 02 22 02 18 07"));

  EXPECT_THAT(result.text, ::testing::HasSubstr("series __name__=up\n  exemplar 7 "));
  EXPECT_TRUE(result.rejected.empty());
}

TEST(RemoteWriteV2Test, BadExemplarsAndMetadataAreRejectedAlone) {
  const Result result =
      Decode(UpSymbols() + Series(std::string("0a 02 01 02 22 04 0a 02 01 09 22 03 0a 01 01"
                                              "2a 04 08 01 18 09") +
                                  kSample));

  EXPECT_EQ(result.text, "series __name__=up\n  sample 5 1.5\n");
  EXPECT_EQ(result.rejected.exemplars, 2u);
  EXPECT_EQ(result.rejected.metadata, 1u);
  EXPECT_EQ(result.rejected.series, 0u);
  EXPECT_EQ(result.rejected.errors.at(1),
            "parsing exemplar for series {__name__=\"up\"}: invalid labelRefs length 1");
}

TEST(RemoteWriteV2Test, WithoutAListOfRejectsTheRequestFails) {
  WriteBatch batch;
  const std::string body = UpSymbols() + Series(std::string("0a 01 01") + kSample);

  const Status status = DecodeWriteRequestV2(Bytes(body), 1, &batch, nullptr);

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "parsing labels for series [1]: invalid labelRefs length 1");
}

TEST(RemoteWriteV2Test, ErrorsAreBounded) {
  std::string refs(400, '\x7f');
  std::string series;
  AppendBytesField(series, 1, refs);
  std::string body = UpSymbols();
  for (int i = 0; i < 100; ++i) body += Message(5, series + FromHex(kSample));

  const Result result = Decode(body);

  EXPECT_EQ(result.rejected.series, 100u);
  EXPECT_EQ(result.rejected.errors.size(), 10u);
  EXPECT_LT(result.rejected.errors[0].size(), 500u);
}

TEST(RemoteWriteV2Test, TheFirstSymbolIsEmpty) {
  EXPECT_EQ(Decode(Symbols({"a", ""})).text,
            "malformed protobuf at byte 2 of 5: the first symbol is not the empty string");
}

TEST(RemoteWriteV2Test, NamesThePlaceOfDamage) {
  const std::string good = UpSymbols();
  const std::pair<std::string, std::string> table[] = {
      {"20 01", "malformed protobuf at byte 25 of 26: field has the wrong wire type"},
      {"2a 7f", "malformed protobuf at byte 26 of 26: length goes past the end"},
      {"2a 02 0a 05", "malformed protobuf at byte 28 of 28: length goes past the end"},
      {"2a 03 0a 01 80", "malformed protobuf at byte 28 of 29: varint is cut short"},
      {"2a 09 09 0102030405060708",
       "malformed protobuf at byte 27 of 35: field has the wrong wire type"},
      {"2a 05 0a 00 12 01 80", "malformed protobuf at byte 30 of 31: varint is cut short"},
      {"2a 04 12 02 10 80", "malformed protobuf at byte 29 of 30: varint is cut short"},
      {"2a 02 10 01", "malformed protobuf at byte 27 of 28: field has the wrong wire type"},
  };

  for (const auto& [hex, want] : table) EXPECT_EQ(Decode(good + FromHex(hex)).text, want) << hex;
}

TEST(RemoteWriteV2Test, EveryTruncationIsAnErrorOrAShorterMessage) {
  const std::string series =
      Series(std::string("0a 04 01 02 03 04 1a 0a 08 05 62 01 04 78 07 88 01 03"
                         "22 0f 0a 02 01 02 11 000000000000e03f 18 07 2a 06 08 03 18 03 20 04") +
             kSample);
  const std::string body = UpSymbols() + series + series;
  size_t decoded = 0;

  for (size_t n = 0; n <= body.size(); ++n) {
    decoded +=
        Decode(std::string_view(body).substr(0, n)).text.find("malformed") == std::string::npos;
  }

  EXPECT_EQ(decoded, 1u + 5u + 2u);  // Before and behind every symbol and series.
}

}  // namespace
}  // namespace kvs::wire
