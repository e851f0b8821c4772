// SPDX-License-Identifier: Apache-2.0
#include "kvs/gotemplate/route_labels.h"

#include <algorithm>
#include <string_view>

#include "kvs/base/check.h"
#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

namespace kvs::gotemplate {
namespace {

constexpr size_t kOutputBytesMax = 1 << 20;  // Of all labels of a group.

// Names of templates that no tenant's file defines by accident.
std::string TreeOf(std::string_view label) {
  return StrCat("routeLabels/", label);
}
constexpr std::string_view kAll = "routeLabels";  // Names each of them.

}  // namespace

/// What one execution knows.
class RouteLabels::Resolver {
 public:
  explicit Resolver(const RouteLabels& owner) : owner_(owner) {}

  /// The body of the function. What kAll itself asks for never fails: one label may be broken, the
  /// others are still wanted.
  StatusOr<Value> Call(Context& context, const std::string& name) {
    const bool outermost = under_way_.empty();
    StatusOr<std::string> text = Resolve(context, name);
    if (text.ok()) return Value(*std::move(text));
    if (!outermost) return text.status();
    failed_.emplace(name, text.status());
    return Value("");
  }

  Rendered Take(const Status& ended) {
    Rendered out;
    for (const auto& [name, raw] : owner_.labels_) {
      if (const auto found = rendered_.find(name); found != rendered_.end()) {
        out.labels.emplace_back(name, std::move(found->second));
      } else {
        const auto why = failed_.find(name);
        out.failed.emplace_back(name, why == failed_.end() ? ended : why->second);
      }
    }
    return out;
  }

 private:
  StatusOr<std::string> Resolve(Context& context, const std::string& name) {
    const auto raw = owner_.labels_.find(name);
    if (raw == owner_.labels_.end()) return std::string();
    if (const auto found = rendered_.find(name); found != rendered_.end()) return found->second;
    if (const auto bad = owner_.unreadable_.find(name); bad != owner_.unreadable_.end())
      return bad->second;
    if (std::find(under_way_.begin(), under_way_.end(), name) != under_way_.end()) {
      std::string cycle;
      for (const std::string& label : under_way_) StrAppend(cycle, label, " -> ");
      return FailedPrecondition("route label cycle detected: ", cycle, name);
    }
    under_way_.push_back(name);
    StatusOr<std::string> text = context.ExecuteTemplate(TreeOf(name), context.data());
    under_way_.pop_back();
    if (text.ok()) rendered_.emplace(name, *text);
    return text;
  }

  const RouteLabels& owner_;
  std::vector<std::string> under_way_;
  std::map<std::string, std::string, std::less<>> rendered_;
  std::map<std::string, Status, std::less<>> failed_;
};

RouteLabels::RouteLabels(const TemplateSet& set, const std::map<std::string, std::string>& labels)
    : set_(set), labels_(labels) {
  set_.set_limits({.output_bytes = kOutputBytesMax});
  std::string all;
  for (const auto& [name, text] : labels_) {
    if (Status status = set_.Parse(TreeOf(name), text); !status.ok())
      unreadable_.emplace(name, std::move(status));
    StrAppend(all, "{{ routeLabels ", Quote(name), " }}");
  }
  KVS_CHECK(set_.Parse(kAll, all).ok());  // Quote() writes what the parser reads.
}

RouteLabels::Rendered RouteLabels::Render(NotificationData data) const {
  data.route_labels.assign(labels_.begin(), labels_.end());
  data.reason = "unknown";
  Resolver resolver(*this);
  const Functions also{
      {"routeLabels",
       {{Param::kString}, false, [&resolver](Context& context, const std::vector<Value>& args) {
          return resolver.Call(context, args[0].as_string());
        }}}};
  const StatusOr<std::string> out =
      set_.Execute(kAll, NotificationValue(data), Output::kText, &also);
  return resolver.Take(out.status());
}

}  // namespace kvs::gotemplate
