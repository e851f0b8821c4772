// SPDX-License-Identifier: Apache-2.0
// JSON as the Prometheus HTTP API writes it, byte for byte, straight into a string.
//
//   std::string body;
//   JsonWriter json(body);
//   json.BeginObject();
//   json.Key("status");
//   json.HtmlSafeString("success");
//   json.EndObject();
//
// Prometheus escapes in two ways: labels of results plainly, everything else (label values lists,
// errors, metadata) with
// <, > and & as \u003c and so on. Not synchronised. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kvs::http {

/// Appends a quoted string; escapes quotes, backslashes and control characters only.
void AppendJsonString(std::string& out, std::string_view text);

/// Also escapes <, >, &, U+2028 and U+2029, and replaces what is not UTF-8 with \ufffd.
void AppendHtmlSafeJsonString(std::string& out, std::string_view text);

/// Appends a float without quotes: shortest digits that read back the same, with an exponent below
/// 1e-6 and from 1e21 on; NaN, +Inf, -Inf.
void AppendFloat(std::string& out, double value);

/// Appends Unix milliseconds as seconds: no fraction for whole seconds, else exactly three digits.
void AppendTimestamp(std::string& out, int64_t ms);

/// Appends one point of a result: [1435781451.781,"1.5"].
void AppendPoint(std::string& out, int64_t ms, double value);

/// Appends the points of many series, all of which have much the same times: the text of a time is
/// made once and copied for the series that follow.
class PointsWriter {
 public:
  /// `most_points`: of any series.
  explicit PointsWriter(size_t most_points);
  /// The points of a series with commas between: [1,"0.5"],[2,"0.75"].
  void Append(std::string& out, const int64_t* ms, const double* values, size_t n);

 private:
  /// How a point at `ms` begins: [1435781451.781,"
  struct Stamp {
    int64_t ms = 0;
    uint32_t size = 0;  // 0: none is here.
    char text[28];
  };
  std::vector<Stamp> stamps_;  // By the number of the point, as far as they go.
};

class JsonWriter {
 public:
  /// `out` outlives the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  void BeginObject() { Open('{'); }
  void EndObject() { Close('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { Close(']'); }
  /// Of an object; a value follows.
  void Key(std::string_view name) {
    Comma();
    AppendHtmlSafeJsonString(out_, name);
    out_.push_back(':');
    comma_ = false;
  }

  void String(std::string_view text) {
    Comma();
    AppendJsonString(out_, text);
  }
  void HtmlSafeString(std::string_view text) {
    Comma();
    AppendHtmlSafeJsonString(out_, text);
  }
  void Int(int64_t value);
  void Uint(uint64_t value);
  void Bool(bool value) { Raw(value ? "true" : "false"); }
  void Null() { Raw("null"); }
  void Timestamp(int64_t ms) {
    Comma();
    AppendTimestamp(out_, ms);
  }
  /// A float as a string: "1.5".
  void SampleValue(double value);
  void Point(int64_t ms, double value) {
    Comma();
    AppendPoint(out_, ms, value);
  }
  /// A finite float as a number.
  void Number(double value);
  /// One value that is JSON already.
  void Raw(std::string_view json) {
    Comma();
    out_.append(json);
  }

 private:
  void Comma() {
    if (comma_) out_.push_back(',');
    comma_ = true;
  }
  void Open(char c) {
    Comma();
    out_.push_back(c);
    comma_ = false;
  }
  void Close(char c) {
    out_.push_back(c);
    comma_ = true;
  }

  std::string& out_;
  bool comma_ = false;  // Whether a value before the next one wants a comma between.
};

}  // namespace kvs::http
