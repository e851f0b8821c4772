// SPDX-License-Identifier: Apache-2.0
#include "kvs/gotemplate/prometheus.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"

#include "text_functions.h"

namespace kvs::gotemplate {
namespace {

using internal::OnText;
using Args = std::vector<Value>;
using Kind = Value::Kind;

// What text/template sees in front of every text, so that positions in errors are Prometheus'.
constexpr std::string_view kDefinitions =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := "
    ".ExternalURL}}{{$value := .Value}}";

std::string General(double v) {
  return FormatFloat(v, 'g', 4);
}

StatusOr<double> ToFloat(const Value& value) {
  switch (value.kind()) {
    case Kind::kFloat:
    case Kind::kInt:
    case Kind::kUint:
      return value.as_number();
    case Kind::kDuration:
      return static_cast<double>(value.as_duration().ns) / 1e9;
    case Kind::kString: {
      const std::string& text = value.as_string();
      char* end = nullptr;
      const double parsed = std::strtod(text.c_str(), &end);
      const bool blank = text.empty() || text[0] == ' ' || text[0] == '\t' || text[0] == '\n';
      if (blank || end != text.c_str() + text.size())
        return InvalidArgument("strconv.ParseFloat: parsing ", Quote(text), ": invalid syntax");
      return parsed;
    }
    default:
      return InvalidArgument("can't convert ", value.is_nil() ? "<nil>" : value.TypeName(),
                             " to float");
  }
}

constexpr std::string_view kLarge[] = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::string_view kLarge1024[] = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
constexpr std::string_view kSmall[] = {"m", "u", "n", "p", "f", "a", "z", "y"};

std::string Shrink(double v) {
  std::string_view prefix;
  for (const std::string_view p : kSmall) {
    if (std::abs(v) >= 1) break;
    prefix = p;
    v *= 1000;
  }
  return StrCat(General(v), prefix);
}

StatusOr<Value> Humanize(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(double v, ToFloat(args[0]));
  if (v == 0 || !std::isfinite(v)) return Value(General(v));
  if (std::abs(v) < 1) return Value(Shrink(v));
  std::string_view prefix;
  for (const std::string_view p : kLarge) {
    if (std::abs(v) < 1000) break;
    prefix = p;
    v /= 1000;
  }
  return Value(StrCat(General(v), prefix));
}

StatusOr<Value> Humanize1024(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(double v, ToFloat(args[0]));
  if (std::abs(v) <= 1 || !std::isfinite(v)) return Value(General(v));
  std::string_view prefix;
  for (const std::string_view p : kLarge1024) {
    if (std::abs(v) < 1024) break;
    prefix = p;
    v /= 1024;
  }
  return Value(StrCat(General(v), prefix));
}

StatusOr<Value> HumanizePercentage(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const double v, ToFloat(args[0]));
  return Value(StrCat(General(v * 100), "%"));
}

StatusOr<int64_t> ToNanoseconds(double seconds) {
  const double ns = seconds * 1e9;
  if (std::isnan(ns) || std::isinf(ns) || ns > 9.2233720368547748e18 ||
      ns < -9.2233720368547758e18) {
    return InvalidArgument(
        FormatFloat(seconds, 'g', -1),
        " cannot be represented as a nanoseconds timestamp since it overflows int64");
  }
  return static_cast<int64_t>(ns);
}

StatusOr<Value> HumanizeTimestamp(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const double v, ToFloat(args[0]));
  if (!std::isfinite(v)) return Value(General(v));
  KVS_ASSIGN_OR_RETURN(const int64_t ns, ToNanoseconds(v));
  return Value(Value(Value::Time::OfUnixNs(ns)).Print());
}

StatusOr<Value> ToTime(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const double v, ToFloat(args[0]));
  KVS_ASSIGN_OR_RETURN(const int64_t ns, ToNanoseconds(v));
  return Value(Value::Time::OfUnixNs(ns));
}

StatusOr<Value> ToDuration(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(const double v, ToFloat(args[0]));
  const double ns = v * 1e9;
  if (std::isnan(ns) || ns > 9.2233720368547748e18 || ns < -9.2233720368547758e18) {
    return InvalidArgument(
        FormatFloat(v, 'g', -1),
        " cannot be represented as a nanoseconds duration since it overflows int64");
  }
  return Value(Value::Duration{static_cast<int64_t>(ns)});
}

StatusOr<Value> ParseDuration(Context&, const Args& args) {
  std::string_view text = args[0].as_string();
  const bool negative = text.starts_with("-");
  if (negative) text.remove_prefix(1);
  const StatusOr<int64_t> ms = ParseDurationMs(text);
  if (!ms.ok())
    return InvalidArgument(args[0].as_string().empty() ? "empty duration string"
                                                       : StrCat("not a valid duration string: ",
                                                                Quote(args[0].as_string())));
  const double seconds = static_cast<double>(*ms) / 1000;
  return Value(negative ? -seconds : seconds);
}

StatusOr<Value> First(Context&, const Args& args) {
  if (args[0].as_list().items.empty())
    return InvalidArgument("first() called on vector with no elements");
  return args[0].as_list().items[0];
}

std::string LabelOf(const Value& sample, std::string_view name) {
  const Value* labels = sample.Find("Labels");
  const Value* value = labels == nullptr ? nullptr : labels->Find(name);
  return value == nullptr || !value->is_string() ? "" : value->as_string();
}

StatusOr<Value> SortByLabel(Context& context, const Args& args) {
  std::vector<Value> items = args[1].as_list().items;
  KVS_RETURN_IF_ERROR(context.Spend(items.size()));
  const std::string& name = args[0].as_string();
  std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) {
    return LabelOf(a, name) < LabelOf(b, name);
  });
  return Value::MakeList(std::move(items), args[1].as_list().type);
}

// net.SplitHostPort: false when there is no port or the brackets are wrong.
bool SplitHostPort(std::string_view text, std::string_view* host, std::string_view* port) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  if (text.starts_with("[")) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos || close + 1 != colon) return false;
    *host = text.substr(1, close - 1);
  } else {
    *host = text.substr(0, colon);
    if (host->find(':') != std::string_view::npos) return false;
  }
  if (host->find_first_of("[]") != std::string_view::npos ||
      text.substr(colon).find_first_of("[]") != std::string_view::npos)
    return false;
  *port = text.substr(colon + 1);
  return true;
}

bool IsIpAddress(std::string_view host) {
  if (host.find(':') != std::string_view::npos)
    return host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  int parts = 0;
  while (true) {
    const std::string_view part = host.substr(0, host.find('.'));
    int number = -1;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || end != part.data() + part.size() || number < 0 || number > 255 ||
        (part.size() > 1 && part[0] == '0'))
      return false;
    ++parts;
    if (part.size() == host.size()) return parts == 4;
    host.remove_prefix(part.size() + 1);
  }
}

StatusOr<Value> StripPort(Context&, const Args& args) {
  std::string_view host, port;
  return SplitHostPort(args[0].as_string(), &host, &port) ? Value(host) : args[0];
}

StatusOr<Value> StripDomain(Context&, const Args& args) {
  std::string_view host = args[0].as_string(), port;
  const bool has_port = SplitHostPort(args[0].as_string(), &host, &port);
  if (!has_port) host = args[0].as_string();
  if (IsIpAddress(host)) return args[0];
  host = host.substr(0, host.find('.'));
  return Value(has_port ? StrCat(host, ":", port) : std::string(host));
}

std::string Link(std::string_view expr, int tab) {
  return StrCat("/graph?g0.expr=", internal::QueryEscape(expr), "&g0.tab=", tab);
}

Function NeedsEnvironment(std::vector<Param> params) {
  return {std::move(params), false, [](Context&, const Args&) -> StatusOr<Value> {
            return FailedPrecondition("there is no environment");
          }};
}

Functions MakePrometheusFunctions() {
  const std::vector<Param> any{Param::kAny};
  const std::vector<Param> text{Param::kString};
  Functions f;
  f["query"] = NeedsEnvironment(text);
  f["externalURL"] = NeedsEnvironment({});
  f["pathPrefix"] = NeedsEnvironment({});
  f["now"] = NeedsEnvironment({});
  f["first"] = {{Param::kList}, false, First, "template.queryResult"};
  f["label"] = {
      {Param::kString, Param::kAny}, false, [](Context&, const Args& args) -> StatusOr<Value> {
        return Value(LabelOf(args[1], args[0].as_string()));
      }};
  f["value"] = {any, false, [](Context&, const Args& args) -> StatusOr<Value> {
                  const Value* value = args[0].Find("Value");
                  if (value == nullptr)
                    return InvalidArgument("value() of type ", args[0].TypeName());
                  return *value;
                }};
  f["strvalue"] = {any, false, [](Context&, const Args& args) -> StatusOr<Value> {
                     return Value(LabelOf(args[0], "__value__"));
                   }};
  f["args"] = {any, true, [](Context&, const Args& args) -> StatusOr<Value> {
                 Value::Pairs pairs;
                 for (size_t i = 0; i < args.size(); ++i)
                   pairs.emplace_back(StrCat("arg", i), args[i]);
                 return Value::MakeMap(std::move(pairs));
               }};
  f["tmpl"] = {{Param::kString, Param::kAny},
               false,
               [](Context& context, const Args& args) -> StatusOr<Value> {
                 KVS_ASSIGN_OR_RETURN(std::string out,
                                      context.ExecuteTemplate(args[0].as_string(), args[1]));
                 return Value(std::move(out), Content::kHtml);
               }};
  f["reReplaceAll"] = {{Param::kString, Param::kString, Param::kString},
                       false,
                       [](Context& context, const Args& args) -> StatusOr<Value> {
                         const std::string& pattern = args[0].as_string();
                         StatusOr<std::string> out = internal::RegexReplaceAll(
                             pattern, args[1].as_string(), args[2].as_string(),
                             context.value_bytes_max());
                         if (!out.ok())
                           return Annotate(out.status(), "regexp: Compile(`", pattern, "`)");
                         return Value(*std::move(out));
                       }};
  f["match"] = {
      {Param::kString, Param::kString}, false, [](Context&, const Args& args) -> StatusOr<Value> {
        KVS_ASSIGN_OR_RETURN(const bool matches,
                             internal::RegexMatch(args[0].as_string(), args[1].as_string()));
        return Value(matches);
      }};
  f["safeHtml"] = {text, false, [](Context&, const Args& args) -> StatusOr<Value> {
                     return Value(args[0].as_string(), Content::kHtml);
                   }};
  f["title"] = OnText(internal::Title);
  f["toUpper"] = OnText(internal::ToUpper);
  f["toLower"] = OnText(internal::ToLower);
  f["urlQueryEscape"] = OnText(internal::QueryEscape);
  f["graphLink"] = OnText([](std::string_view expr) { return Link(expr, 0); });
  f["tableLink"] = OnText([](std::string_view expr) { return Link(expr, 1); });
  f["sortByLabel"] = {{Param::kString, Param::kList}, false, SortByLabel, "template.queryResult"};
  f["stripPort"] = {text, false, StripPort};
  f["stripDomain"] = {text, false, StripDomain};
  f["humanize"] = {any, false, Humanize};
  f["humanize1024"] = {any, false, Humanize1024};
  f["humanizeDuration"] = {any, false,
                           [](Context&, const Args& args) { return HumanizeDuration(args[0]); }};
  f["humanizePercentage"] = {any, false, HumanizePercentage};
  f["humanizeTimestamp"] = {any, false, HumanizeTimestamp};
  f["toTime"] = {any, false, ToTime};
  f["toDuration"] = {any, false, ToDuration};
  f["parseDuration"] = {text, false, ParseDuration};
  return f;
}

Functions OfEnvironment(const RuleEnvironment& environment) {
  Functions f;
  f["query"] = {{Param::kString},
                false,
                [&environment](Context& context, const Args& args) -> StatusOr<Value> {
                  if (!environment.query)
                    return FailedPrecondition("queries are not possible here");
                  KVS_ASSIGN_OR_RETURN(const std::vector<QuerySample> samples,
                                       environment.query(args[0].as_string()));
                  KVS_RETURN_IF_ERROR(context.Spend(samples.size()));
                  std::vector<Value> items;
                  items.reserve(samples.size());
                  for (const QuerySample& sample : samples) {
                    items.push_back(Value::Struct(
                        "*template.sample",
                        {{"Labels", Value::StringMap(sample.labels)}, {"Value", sample.value}}));
                  }
                  return Value::MakeList(std::move(items), "template.queryResult");
                }};
  f["externalURL"] = {{}, false, [&environment](Context&, const Args&) -> StatusOr<Value> {
                        return Value(environment.external_url);
                      }};
  f["pathPrefix"] = {{}, false, [&environment](Context&, const Args&) -> StatusOr<Value> {
                       return Value(environment.path_prefix);
                     }};
  f["now"] = {{}, false, [&environment](Context&, const Args&) -> StatusOr<Value> {
                return Value(static_cast<double>(environment.now_ms) / 1000);
              }};
  return f;
}

}  // namespace

StatusOr<Value> HumanizeDuration(const Value& value) {
  KVS_ASSIGN_OR_RETURN(double v, ToFloat(value));
  if (!std::isfinite(v)) return Value(General(v));
  if (v == 0) return Value("0s");
  if (std::abs(v) < 1) return Value(Shrink(v) + "s");
  const std::string sign = v < 0 ? "-" : "";
  v = std::abs(v);
  const auto whole = v < 9e18 ? static_cast<int64_t>(v) : INT64_MAX;
  const int64_t seconds = whole % 60, minutes = whole / 60 % 60, hours = whole / 3600 % 24,
                days = whole / 86400;
  if (days != 0) return Value(StrCat(sign, days, "d ", hours, "h ", minutes, "m ", seconds, "s"));
  if (hours != 0) return Value(StrCat(sign, hours, "h ", minutes, "m ", seconds, "s"));
  if (minutes != 0) return Value(StrCat(sign, minutes, "m ", seconds, "s"));
  return Value(StrCat(sign, General(v), "s"));
}

Value HistogramValue(double count, double sum, std::string text) {
  // A name that no template can write.
  static constexpr std::string_view kText;
  static const std::vector<Method> kMethods{
      {"String", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return *self.Find(kText); }}};
  return Value::Struct("*histogram.FloatHistogram",
                       {{"Count", count}, {"Sum", sum}, {std::string(kText), std::move(text)}},
                       &kMethods);
}

Value RuleData(const LabelTexts& labels, const LabelTexts& external_labels,
               std::string_view external_url, Value value) {
  return Value::Struct(
      "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; "
      "Value interface {} }",
      {{"Labels", Value::StringMap(labels)},
       {"ExternalLabels", Value::StringMap(external_labels)},
       {"ExternalURL", external_url},
       {"Value", std::move(value)}});
}

std::shared_ptr<const Functions> PrometheusFunctions() {
  static const std::shared_ptr<const Functions> kFunctions =
      std::make_shared<const Functions>(MakePrometheusFunctions());
  return kFunctions;
}

StatusOr<RuleTemplate> RuleTemplate::Parse(std::string_view name, std::string_view text) {
  RuleTemplate out{std::string(name), std::string(text)};
  if (text.find("{{") == std::string_view::npos) return out;
  auto set = std::make_shared<TemplateSet>(PrometheusFunctions());
  set->set_missing_key(MissingKey::kZero);
  if (const Status status = set->Parse(name, StrCat(kDefinitions, text)); !status.ok()) {
    return Annotate(status, "error parsing template ", name);
  }
  out.set_ = std::move(set);
  return out;
}

StatusOr<std::string> RuleTemplate::Expand(const Value& data,
                                           const RuleEnvironment& environment) const {
  if (is_plain()) return text_;
  const Functions functions = OfEnvironment(environment);
  StatusOr<std::string> out = set_->Execute(name_, data, Output::kText, &functions);
  if (!out.ok()) return Annotate(out.status(), "error executing template ", name_);
  return out;
}

}  // namespace kvs::gotemplate
