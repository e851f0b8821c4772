// SPDX-License-Identifier: Apache-2.0
// Value: what a template computes with. Scalars are held, texts, lists and maps are shared and
// never change, so copies are cheap.
//
//   Value labels = Value::StringMap({{"job", "node"}});
//   Value data = Value::Struct("template.Data", {{"Labels", labels}, {"Value", 1.5}});
//
// A struct differs from a map as in Go: naming a field it lacks is an error. [any]
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::gotemplate {

class Value;

/// What a text is known to be, for output to HTML: that of the author is trusted, plain text is
/// escaped.
enum class Content : uint8_t { kPlain, kHtml, kUrl, kCss, kJs };

/// A method of a list, map or struct; arguments come without the receiver.
struct Method {
  std::string_view name;
  size_t n_args;
  StatusOr<Value> (*fn)(const Value& self, const std::vector<Value>& args);
};

struct List;
struct Map;

class Value {
 public:
  enum class Kind : uint8_t {
    kNil,
    kBool,
    kInt,
    kUint,
    kFloat,
    kString,
    kDuration,
    kTime,
    kList,
    kMap
  };
  struct Text {
    std::shared_ptr<const std::string> text;
    Content content = Content::kPlain;
  };
  /// Nanoseconds: Go's time.Duration.
  struct Duration {
    int64_t ns = 0;
    friend bool operator==(const Duration&, const Duration&) = default;
  };
  /// A point in time: Go's time.Time. `zone` names an entry of the time zone database; empty: UTC.
  struct Time {
    int64_t unix_seconds = -62'135'596'800;  ///< Go's zero time, the first of year 1.
    int64_t nanos = 0;                       ///< Of that second.
    std::string zone;

    static Time OfUnixNs(int64_t ns);
    static Time OfUnixMs(int64_t ms);
    bool IsZero() const { return unix_seconds == Time().unix_seconds && nanos == 0; }
    /// Whether both are the same instant, whatever their zones.
    bool IsSameAs(const Time& other) const {
      return unix_seconds == other.unix_seconds && nanos == other.nanos;
    }
    /// What lies between, as far as 292 years. [any]
    Duration Since(const Time& other) const;
    Time Plus(Duration duration) const;
  };

  Value() = default;
  Value(bool v) : v_(v) {}                                 // NOLINT(google-explicit-constructor)
  Value(int64_t v) : v_(v) {}                              // NOLINT(google-explicit-constructor)
  Value(int v) : v_(int64_t{v}) {}                         // NOLINT(google-explicit-constructor)
  Value(uint64_t v) : v_(v) {}                             // NOLINT(google-explicit-constructor)
  Value(double v) : v_(v) {}                               // NOLINT(google-explicit-constructor)
  Value(std::string v, Content content = Content::kPlain)  // NOLINT(google-explicit-constructor)
      : v_(Text{std::make_shared<const std::string>(std::move(v)), content}) {}
  Value(std::string_view v) : Value(std::string(v)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* v) : Value(std::string(v)) {}       // NOLINT(google-explicit-constructor)
  Value(Duration v) : v_(v) {}                          // NOLINT(google-explicit-constructor)
  Value(Time v) : v_(std::move(v)) {}                   // NOLINT(google-explicit-constructor)

  using Pairs = std::vector<std::pair<std::string, Value>>;
  static Value MakeList(std::vector<Value> items, std::string type = "[]interface {}",
                        const std::vector<Method>* methods = nullptr);
  static Value Strings(const std::vector<std::string>& items);
  /// Of any values: a missing key is no value.
  static Value MakeMap(Pairs pairs);
  /// Of texts: a missing key is "" where Go would say so.
  static Value StringMap(const std::vector<std::pair<std::string, std::string>>& pairs,
                         std::string type = "map[string]string",
                         const std::vector<Method>* methods = nullptr);
  /// Fields keep their order.
  static Value Struct(std::string type, Pairs fields, const std::vector<Method>* methods = nullptr);

  Kind kind() const { return static_cast<Kind>(v_.index()); }
  bool is_nil() const { return kind() == Kind::kNil; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_number() const {
    return kind() == Kind::kInt || kind() == Kind::kUint || kind() == Kind::kFloat;
  }

  // Of the kind that the name says.
  bool as_bool() const { return std::get<bool>(v_); }
  int64_t as_int() const { return std::get<int64_t>(v_); }
  uint64_t as_uint() const { return std::get<uint64_t>(v_); }
  double as_float() const { return std::get<double>(v_); }
  /// Of any kind of number.
  double as_number() const {
    return kind() == Kind::kInt    ? static_cast<double>(as_int())
           : kind() == Kind::kUint ? static_cast<double>(as_uint())
                                   : as_float();
  }
  const std::string& as_string() const { return *std::get<Text>(v_).text; }
  Content content() const { return is_string() ? std::get<Text>(v_).content : Content::kPlain; }
  Duration as_duration() const { return std::get<Duration>(v_); }
  const Time& as_time() const { return std::get<Time>(v_); }
  const List& as_list() const { return *std::get<std::shared_ptr<const List>>(v_); }
  const Map& as_map() const { return *std::get<std::shared_ptr<const Map>>(v_); }

  /// Levels of lists and maps within it; 0 of a scalar. The executor bounds it, so recursion over a
  /// value is safe.
  uint32_t depth() const;
  /// Bytes that it prints as, roughly: what is in it several times counts several times. The
  /// executor bounds it.
  uint64_t weight() const;

  /// Of a map or struct: borrowed; null when there is none. Null for other kinds.
  const Value* Find(std::string_view name) const;
  /// Of a list, map, struct, time or duration; null when there is none.
  const Method* FindMethod(std::string_view name) const;

  /// What if, and, or and not ask: zero, empty and nil are false, structs true.
  bool Truth() const;
  /// "string", "float64", "map[string]string": the name of the type in Go.
  std::string TypeName() const;
  /// As fmt's %v prints it: by its method String where it has one; nil is "<nil>".
  std::string Print() const;

 private:
  std::variant<std::monostate, bool, int64_t, uint64_t, double, Text, Duration, Time,
               std::shared_ptr<const List>, std::shared_ptr<const Map>>
      v_;
};

struct List {
  std::vector<Value> items;
  std::string type;
  const std::vector<Method>* methods = nullptr;  // Static.
  uint32_t depth = 1;
  uint64_t weight = 0;
};

struct Map {
  Value::Pairs pairs;  // Of a map sorted by key; of a struct in order.
  std::string type;
  bool is_struct = false;
  bool of_strings = false;
  const std::vector<Method>* methods = nullptr;  // Static.
  uint32_t depth = 1;
  uint64_t weight = 0;
};

}  // namespace kvs::gotemplate
