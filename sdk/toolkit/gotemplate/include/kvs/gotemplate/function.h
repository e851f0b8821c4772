// SPDX-License-Identifier: Apache-2.0
// Functions that a template may call: tables of name, parameter types and body. The engine checks
// number and types of arguments, in Go's words, before it calls.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/gotemplate/value.h"

namespace kvs::gotemplate {

/// Types of parameters, as a Go function would declare them.
enum class Param : uint8_t { kAny, kBool, kInt, kFloat, kString, kDuration, kTime, kList, kMap };

/// A template under execution, as functions see it.
class Context {
 public:
  virtual ~Context() = default;
  /// The output of another template of the set.
  virtual StatusOr<std::string> ExecuteTemplate(std::string_view name, const Value& data) = 0;
  /// What the execution as a whole was given, wherever in it the function is called.
  virtual const Value& data() const = 0;
  /// Bytes that a function may give; it must not make much more.
  virtual size_t value_bytes_max() const = 0;
  /// Counts work that does not show as steps, against the limits: bytes made, or rows read.
  virtual Status Spend(size_t units) = 0;
};

struct Function {
  std::vector<Param> params;
  bool variadic = false;  ///< The last of `params` may come any number of times.
  std::function<StatusOr<Value>(Context& context, const std::vector<Value>& args)> fn;
  std::string_view list_type =
      "[]interface {}";  ///< What a parameter of kList is called in errors. Static.
};

using Functions = std::map<std::string, Function, std::less<>>;

/// and, or, not, len, index, slice, print, printf, println, html, js, urlquery, call, and the
/// comparisons. A set has them without being told. Static. [any]
const Functions& Builtins();

/// fmt.Sprintf of Go for our kinds. Ends early once it has more than `max_bytes`. [any]
std::string Sprintf(std::string_view format, const std::vector<Value>& args,
                    size_t max_bytes = SIZE_MAX);
/// fmt.Sprint: blanks between operands when neither is a text. [any]
std::string Sprint(const std::vector<Value>& args);
/// strconv.FormatFloat(value, verb, precision, 64); a negative precision is the shortest text.
/// [any]
std::string FormatFloat(double value, char verb, int precision);
/// "1h2m3.5s", as time.Duration prints. [any]
std::string FormatDuration(int64_t ns);
/// By a layout of Go, eg: "2006-01-02T15:04:05Z07:00". [any]
std::string FormatTime(const Value::Time& time, std::string_view layout);
/// The other way round, as time.Parse: offsets are counted in, and the time is one of UTC, which is
/// also what an abbreviation such as CET counts as. A layout without a year gives one of year 0.
/// InvalidArgument in the words of Go. [any]
StatusOr<Value::Time> ParseTime(std::string_view layout, std::string_view text);

}  // namespace kvs::gotemplate
