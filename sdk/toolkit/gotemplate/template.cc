// SPDX-License-Identifier: Apache-2.0
#include "kvs/gotemplate/template.h"

#include "executor.h"
#include "node.h"
#include "parser.h"

namespace kvs::gotemplate {

TemplateSet::TemplateSet(std::shared_ptr<const Functions> functions)
    : functions_(std::move(functions)) {}
TemplateSet::TemplateSet(const TemplateSet&) = default;
TemplateSet::TemplateSet(TemplateSet&&) noexcept = default;
TemplateSet& TemplateSet::operator=(TemplateSet&&) noexcept = default;
TemplateSet::~TemplateSet() = default;

Status TemplateSet::ParseInto(Trees& trees, std::string_view name, std::string_view text) const {
  const auto known = [this](std::string_view function) {
    return Builtins().contains(function) ||
           (functions_ != nullptr && functions_->contains(function));
  };
  KVS_ASSIGN_OR_RETURN(auto parsed, internal::ParseTemplate(name, text, known));
  for (auto& tree : parsed) {
    auto& place = trees[tree->name];
    if (place == nullptr || !internal::IsEmptyTree(tree->root.get())) place = std::move(tree);
  }
  return OkStatus();
}

Status TemplateSet::Parse(std::string_view name, std::string_view text) {
  return ParseInto(trees_, name, text);
}

bool TemplateSet::Has(std::string_view name) const {
  return trees_.contains(name);
}

std::vector<std::string> TemplateSet::names() const {
  std::vector<std::string> out;
  for (const auto& [name, tree] : trees_) out.push_back(name);
  return out;
}

StatusOr<std::string> TemplateSet::Run(const Trees& trees, std::string_view name, const Value& data,
                                       Output output, const Functions* also) const {
  internal::Execution execution{trees, functions_.get(), also, missing_, limits_, output};
  return internal::Execute(execution, name, data);
}

StatusOr<std::string> TemplateSet::Execute(std::string_view name, const Value& data, Output output,
                                           const Functions* also) const {
  return Run(trees_, name, data, output, also);
}

StatusOr<std::string> TemplateSet::ExecuteText(std::string_view text, const Value& data,
                                               Output output) const {
  if (text.find("{{") == std::string_view::npos) return std::string(text);
  Trees trees = trees_;  // Pointers: cheap.
  KVS_RETURN_IF_ERROR(ParseInto(trees, "", text));
  return Run(trees, "", data, output, nullptr);
}

}  // namespace kvs::gotemplate
