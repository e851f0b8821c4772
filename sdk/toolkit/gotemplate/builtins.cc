// SPDX-License-Identifier: Apache-2.0
// The functions that every template has.
#include <algorithm>
#include <cmath>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"

#include "html.h"
#include "text_functions.h"

namespace kvs::gotemplate {
namespace {

using Args = std::vector<Value>;
using Kind = Value::Kind;

bool IsBasic(const Value& v) {
  return v.kind() == Kind::kBool || v.is_number() || v.kind() == Kind::kString ||
         v.kind() == Kind::kDuration;
}
// Durations are integers to comparisons; so are unsigned ones, which may be compared with others.
Kind BasicKind(const Value& v) {
  return v.kind() == Kind::kDuration || v.kind() == Kind::kUint ? Kind::kInt : v.kind();
}
/// Of any integer, wide enough for both kinds.
struct Integer {
  bool negative;
  uint64_t magnitude;
  friend bool operator==(const Integer&, const Integer&) = default;
};
Integer AsInteger(const Value& v) {
  if (v.kind() == Kind::kUint) return {false, v.as_uint()};
  const int64_t i = v.kind() == Kind::kDuration ? v.as_duration().ns : v.as_int();
  return {i < 0, i < 0 ? 0 - static_cast<uint64_t>(i) : static_cast<uint64_t>(i)};
}
bool IsLess(const Integer& a, const Integer& b) {
  if (a.negative != b.negative) return a.negative;
  return a.negative ? a.magnitude > b.magnitude : a.magnitude < b.magnitude;
}

Status Incompatible() {
  return InvalidArgument("incompatible types for comparison");
}

StatusOr<bool> Equal(const Value& a, const Value& b) {
  if (a.is_nil() || b.is_nil()) return a.is_nil() && b.is_nil();
  if (IsBasic(a) != IsBasic(b) || (IsBasic(a) && BasicKind(a) != BasicKind(b)))
    return Incompatible();
  if (!IsBasic(a)) {
    if (a.kind() == Kind::kTime && b.kind() == Kind::kTime)
      return a.as_time().IsSameAs(b.as_time());
    return InvalidArgument("non-comparable type ", a.Print(), ": ", a.TypeName());
  }
  switch (BasicKind(a)) {
    case Kind::kBool:
      return a.as_bool() == b.as_bool();
    case Kind::kInt:
      return AsInteger(a) == AsInteger(b);
    case Kind::kFloat:
      return a.as_float() == b.as_float();
    default:
      return a.as_string() == b.as_string();
  }
}

StatusOr<bool> Less(const Value& a, const Value& b) {
  if (!IsBasic(a) || !IsBasic(b)) return InvalidArgument("invalid type for comparison");
  if (BasicKind(a) != BasicKind(b)) return Incompatible();
  switch (BasicKind(a)) {
    case Kind::kBool:
      return InvalidArgument("invalid type for comparison");
    case Kind::kInt:
      return IsLess(AsInteger(a), AsInteger(b));
    case Kind::kFloat:
      return a.as_float() < b.as_float();
    default:
      return a.as_string() < b.as_string();
  }
}

StatusOr<Value> Eq(Context&, const Args& args) {
  if (args.size() < 2) return InvalidArgument("missing argument for comparison");
  for (size_t i = 1; i < args.size(); ++i) {
    KVS_ASSIGN_OR_RETURN(const bool equal, Equal(args[0], args[i]));
    if (equal) return Value(true);
  }
  return Value(false);
}
StatusOr<Value> Ne(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const bool equal, Equal(args[0], args[1]));
  return Value(!equal);
}
StatusOr<Value> Lt(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const bool less, Less(args[0], args[1]));
  return Value(less);
}
StatusOr<Value> Le(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const bool less, Less(args[0], args[1]));
  if (less) return Value(true);
  KVS_ASSIGN_OR_RETURN(const bool equal, Equal(args[0], args[1]));
  return Value(equal);
}
StatusOr<Value> Gt(Context& context, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const Value le, Le(context, args));
  return Value(!le.as_bool());
}
StatusOr<Value> Ge(Context& context, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const Value lt, Lt(context, args));
  return Value(!lt.as_bool());
}

StatusOr<Value> Len(Context&, const Args& args) {
  const Value& v = args[0];
  if (v.is_nil()) return InvalidArgument("len of nil pointer");
  if (v.is_string()) return Value(static_cast<int64_t>(v.as_string().size()));
  if (v.kind() == Kind::kList) return Value(static_cast<int64_t>(v.as_list().items.size()));
  if (v.kind() == Kind::kMap && !v.as_map().is_struct)
    return Value(static_cast<int64_t>(v.as_map().pairs.size()));
  return InvalidArgument("len of type ", v.TypeName());
}

StatusOr<size_t> IndexOf(const Value& index, size_t cap) {
  if (index.is_nil()) return InvalidArgument("cannot index slice/array with nil");
  if (index.kind() != Kind::kInt && index.kind() != Kind::kUint)
    return InvalidArgument("cannot index slice/array with type ", index.TypeName());
  const Integer at = AsInteger(index);
  if (at.negative || at.magnitude > cap)
    return InvalidArgument("index out of range: ", index.Print());
  return static_cast<size_t>(at.magnitude);
}

StatusOr<Value> Index(Context&, const Args& args) {
  Value item = args[0];
  if (item.is_nil()) return InvalidArgument("index of untyped nil");
  for (size_t i = 1; i < args.size(); ++i) {
    if (item.kind() == Kind::kList || item.is_string()) {
      const size_t size = item.is_string() ? item.as_string().size() : item.as_list().items.size();
      KVS_ASSIGN_OR_RETURN(const size_t at, IndexOf(args[i], size));
      // Go panics here with a message of its own.
      if (at == size)
        return InvalidArgument("reflect: ", item.is_string() ? "string" : "slice",
                               " index out of range");
      item = item.is_string() ? Value(int64_t{static_cast<unsigned char>(item.as_string()[at])})
                              : Value(item.as_list().items[at]);
    } else if (item.kind() == Kind::kMap && !item.as_map().is_struct) {
      if (args[i].is_nil()) return InvalidArgument("value is nil; should be of type string");
      if (!args[i].is_string())
        return InvalidArgument("value has type ", args[i].TypeName(), "; should be string");
      const Value* found = item.Find(args[i].as_string());
      item = found != nullptr ? Value(*found) : item.as_map().of_strings ? Value("") : Value();
    } else if (item.is_nil()) {
      return InvalidArgument("index of nil pointer");
    } else {
      return InvalidArgument("can't index item of type ", item.TypeName());
    }
  }
  return item;
}

StatusOr<Value> Slice(Context&, const Args& args) {
  const Value& item = args[0];
  if (item.is_nil()) return InvalidArgument("slice of untyped nil");
  if (args.size() > 4) return InvalidArgument("too many slice indexes: ", args.size() - 1);
  if (!item.is_string() && item.kind() != Kind::kList)
    return InvalidArgument("can't slice item of type ", item.TypeName());
  if (item.is_string() && args.size() == 4) return InvalidArgument("cannot 3-index slice a string");
  const size_t cap = item.is_string() ? item.as_string().size() : item.as_list().items.size();
  size_t bounds[3] = {0, cap, cap};
  for (size_t i = 1; i < args.size(); ++i) {
    KVS_ASSIGN_OR_RETURN(bounds[i - 1], IndexOf(args[i], cap));
  }
  if (bounds[0] > bounds[1])
    return InvalidArgument("invalid slice index: ", bounds[0], " > ", bounds[1]);
  if (args.size() == 4 && bounds[1] > bounds[2])
    return InvalidArgument("invalid slice index: ", bounds[1], " > ", bounds[2]);
  if (item.is_string()) return Value(item.as_string().substr(bounds[0], bounds[1] - bounds[0]));
  const auto& items = item.as_list().items;
  return Value::MakeList({items.begin() + static_cast<ptrdiff_t>(bounds[0]),
                          items.begin() + static_cast<ptrdiff_t>(bounds[1])},
                         item.as_list().type);
}

// One text is itself; else as print does.
std::string Joined(const Args& args) {
  return args.size() == 1 && args[0].is_string() ? args[0].as_string() : Sprint(args);
}

std::string Println(const Args& args) {
  std::string out;
  for (size_t i = 0; i < args.size(); ++i) StrAppend(out, i > 0 ? " " : "", args[i].Print());
  return out + "\n";
}

Functions MakeBuiltins() {
  const std::vector<Param> any{Param::kAny};
  const std::vector<Param> two{Param::kAny, Param::kAny};
  Functions f;
  // The executor itself evaluates these two.
  f["and"] = {two, true, [](Context&, const Args& args) -> StatusOr<Value> { return args.back(); }};
  f["or"] = f["and"];
  f["not"] = {any, false, [](Context&, const Args& args) -> StatusOr<Value> {
                return Value(!args[0].Truth());
              }};
  f["eq"] = {two, true, Eq};
  f["ne"] = {two, false, Ne};
  f["lt"] = {two, false, Lt};
  f["le"] = {two, false, Le};
  f["gt"] = {two, false, Gt};
  f["ge"] = {two, false, Ge};
  f["len"] = {any, false, Len};
  f["index"] = {two, true, Index};
  f["slice"] = {two, true, Slice};
  f["print"] = {any, true,
                [](Context&, const Args& args) -> StatusOr<Value> { return Value(Sprint(args)); }};
  f["println"] = {any, true, [](Context&, const Args& args) -> StatusOr<Value> {
                    return Value(Println(args));
                  }};
  f["printf"] = {{Param::kString, Param::kAny},
                 true,
                 [](Context& context, const Args& args) -> StatusOr<Value> {
                   return Value(Sprintf(args[0].as_string(), {args.begin() + 1, args.end()},
                                        context.value_bytes_max()));
                 }};
  f["html"] = {any, true, [](Context&, const Args& args) -> StatusOr<Value> {
                 return Value(internal::EscapeHtml(Joined(args), false), Content::kHtml);
               }};
  f["js"] = {any, true, [](Context&, const Args& args) -> StatusOr<Value> {
               return Value(internal::EscapeJs(Joined(args)));
             }};
  f["urlquery"] = {any, true, [](Context&, const Args& args) -> StatusOr<Value> {
                     return Value(internal::QueryEscape(Joined(args)));
                   }};
  f["call"] = {any, true, [](Context&, const Args& args) -> StatusOr<Value> {
                 return InvalidArgument("non-function of type ", args[0].TypeName());
               }};
  return f;
}

}  // namespace

const Functions& Builtins() {
  static const Functions kFunctions = MakeBuiltins();
  return kFunctions;
}

}  // namespace kvs::gotemplate
