// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/rendering.h"

#include <utility>

#include "yaml_value.h"

namespace kvs::notify {

using gotemplate::Value;

std::string Rendering::Render(std::string_view text, gotemplate::Output output) {
  if (!status_.ok() || text.empty()) return {};
  StatusOr<std::string> out = templates_.ExecuteText(text, data_, output);
  if (out.ok()) return *std::move(out);
  status_ = out.status();
  return {};
}

Value Rendering::Deep(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kString: {
      std::string text = Text(value.as_string());
      StatusOr<Value> structured = ParseYaml(text);
      if (structured.ok() && !structured->is_string()) return *std::move(structured);
      return Value(std::move(text));
    }
    case Value::Kind::kList: {
      std::vector<Value> items;
      for (const Value& item : value.as_list().items) items.push_back(Deep(item));
      return Value::MakeList(std::move(items));
    }
    case Value::Kind::kMap: {
      Value::Pairs pairs;
      for (const auto& [name, member] : value.as_map().pairs)
        pairs.emplace_back(Text(name), Deep(member));
      return Value::MakeMap(std::move(pairs));
    }
    default:
      return value;
  }
}

}  // namespace kvs::notify
