// SPDX-License-Identifier: Apache-2.0
#include "time_methods.h"

#include <cstdlib>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"

namespace kvs::gotemplate::internal {
namespace {

using Args = std::vector<Value>;

Status WrongType(std::string_view expected, const Value& value) {
  return InvalidArgument("wrong type for value; expected ", expected, "; got ", value.TypeName());
}

StatusOr<Value> Part(const Value& self, std::string_view layout) {
  return Value(int64_t{std::atoll(FormatTime(self.as_time(), layout).c_str())});
}

StatusOr<Value> Format(const Value& self, const Args& args) {
  if (!args[0].is_string()) return WrongType("string", args[0]);
  return Value(FormatTime(self.as_time(), args[0].as_string()));
}
StatusOr<Value> Add(const Value& self, const Args& args) {
  if (args[0].kind() != Value::Kind::kDuration) return WrongType("time.Duration", args[0]);
  return Value(self.as_time().Plus(args[0].as_duration()));
}
StatusOr<Value> Sub(const Value& self, const Args& args) {
  if (args[0].kind() != Value::Kind::kTime) return WrongType("time.Time", args[0]);
  return Value(self.as_time().Since(args[0].as_time()));
}
StatusOr<Value> Compare(const Value& self, const Args& args, int sign) {
  if (args[0].kind() != Value::Kind::kTime) return WrongType("time.Time", args[0]);
  const int64_t since = self.as_time().Since(args[0].as_time()).ns;
  return Value(sign < 0 ? since < 0 : sign > 0 ? since > 0 : since == 0);
}

double Seconds(const Value& self) {
  return static_cast<double>(self.as_duration().ns) / 1e9;
}

}  // namespace

const std::vector<Method>& TimeMethods() {
  static const std::vector<Method> kMethods{
      {"Format", 1, Format},
      {"Add", 1, Add},
      {"Sub", 1, Sub},
      {"Before", 1, [](const Value& self, const Args& args) { return Compare(self, args, -1); }},
      {"After", 1, [](const Value& self, const Args& args) { return Compare(self, args, 1); }},
      {"Equal", 1, [](const Value& self, const Args& args) { return Compare(self, args, 0); }},
      {"IsZero", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(self.as_time().IsZero());
       }},
      {"UTC", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(Value::Time{self.as_time().unix_seconds, self.as_time().nanos, ""});
       }},
      {"Unix", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(self.as_time().unix_seconds);
       }},
      {"UnixMilli", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(self.as_time().unix_seconds * 1'000 + self.as_time().nanos / 1'000'000);
       }},
      {"UnixNano", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(self.as_time().Since(Value::Time::OfUnixNs(0)).ns);
       }},
      {"Year", 0, [](const Value& self, const Args&) { return Part(self, "2006"); }},
      {"Month", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(FormatTime(self.as_time(), "January"));
       }},
      {"Weekday", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(FormatTime(self.as_time(), "Monday"));
       }},
      {"Day", 0, [](const Value& self, const Args&) { return Part(self, "2"); }},
      {"YearDay", 0, [](const Value& self, const Args&) { return Part(self, "002"); }},
      {"Hour", 0, [](const Value& self, const Args&) { return Part(self, "15"); }},
      {"Minute", 0, [](const Value& self, const Args&) { return Part(self, "4"); }},
      {"Second", 0, [](const Value& self, const Args&) { return Part(self, "5"); }},
      {"String", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return Value(self.Print()); }},
  };
  return kMethods;
}

const std::vector<Method>& DurationMethods() {
  static const std::vector<Method> kMethods{
      {"Hours", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(Seconds(self) / 3600);
       }},
      {"Minutes", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return Value(Seconds(self) / 60); }},
      {"Seconds", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return Value(Seconds(self)); }},
      {"Milliseconds", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(self.as_duration().ns / 1'000'000);
       }},
      {"Nanoseconds", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(self.as_duration().ns);
       }},
      {"String", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return Value(self.Print()); }},
  };
  return kMethods;
}

}  // namespace kvs::gotemplate::internal
