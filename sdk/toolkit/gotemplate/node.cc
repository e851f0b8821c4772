// SPDX-License-Identifier: Apache-2.0
#include "node.h"

#include <algorithm>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

namespace kvs::gotemplate::internal {
namespace {

std::string ListText(const ListNode* list) {
  std::string out;
  if (list == nullptr) return out;
  for (const NodePtr& node : list->nodes) out += NodeText(*node);
  return out;
}

std::string BranchText(const BranchNode& node) {
  const std::string_view word = node.kind == NodeKind::kIf      ? "if"
                                : node.kind == NodeKind::kRange ? "range"
                                                                : "with";
  std::string out = StrCat("{{", word, " ", NodeText(*node.pipe), "}}", ListText(node.list.get()));
  if (node.else_list != nullptr) StrAppend(out, "{{else}}", ListText(node.else_list.get()));
  return out + "{{end}}";
}

std::string PipeText(const PipeNode& node) {
  std::string out;
  for (size_t i = 0; i < node.variables.size(); ++i)
    StrAppend(out, i > 0 ? ", " : "", node.variables[i]);
  if (!node.variables.empty()) out += node.assigns ? " = " : " := ";
  for (size_t i = 0; i < node.commands.size(); ++i)
    StrAppend(out, i > 0 ? " | " : "", NodeText(*node.commands[i]));
  return out;
}

std::string CommandText(const CommandNode& node) {
  std::string out;
  for (const NodePtr& arg : node.args) {
    if (!out.empty()) out.push_back(' ');
    if (arg->kind == NodeKind::kPipe) {
      StrAppend(out, "(", NodeText(*arg), ")");
    } else {
      out += NodeText(*arg);
    }
  }
  return out;
}

}  // namespace

std::string NodeText(const Node& node) {
  switch (node.kind) {
    case NodeKind::kText:
      return static_cast<const TextNode&>(node).text;
    case NodeKind::kAction:
      return StrCat("{{", NodeText(*static_cast<const ActionNode&>(node).pipe), "}}");
    case NodeKind::kBool:
    case NodeKind::kNil:
    case NodeKind::kNumber:
    case NodeKind::kString:
      return static_cast<const ConstantNode&>(node).text;
    case NodeKind::kBreak:
      return "{{break}}";
    case NodeKind::kContinue:
      return "{{continue}}";
    case NodeKind::kDot:
      return ".";
    case NodeKind::kIdentifier:
      return static_cast<const IdentifierNode&>(node).name;
    case NodeKind::kList:
      return ListText(&static_cast<const ListNode&>(node));
    case NodeKind::kPipe:
      return PipeText(static_cast<const PipeNode&>(node));
    case NodeKind::kCommand:
      return CommandText(static_cast<const CommandNode&>(node));
    case NodeKind::kField: {
      std::string out;
      for (const std::string& name : static_cast<const FieldNode&>(node).names)
        StrAppend(out, ".", name);
      return out;
    }
    case NodeKind::kVariable: {
      std::string out;
      for (const std::string& name : static_cast<const FieldNode&>(node).names)
        StrAppend(out, out.empty() ? "" : ".", name);
      return out;
    }
    case NodeKind::kChain: {
      const auto& chain = static_cast<const ChainNode&>(node);
      std::string out = NodeText(*chain.node);
      if (chain.node->kind == NodeKind::kPipe) out = StrCat("(", out, ")");
      for (const std::string& field : chain.fields) StrAppend(out, ".", field);
      return out;
    }
    case NodeKind::kIf:
    case NodeKind::kRange:
    case NodeKind::kWith:
      return BranchText(static_cast<const BranchNode&>(node));
    case NodeKind::kTemplate: {
      const auto& call = static_cast<const TemplateNode&>(node);
      return StrCat("{{template ", Quote(call.name), call.pipe == nullptr ? "" : " ",
                    call.pipe == nullptr ? "" : NodeText(*call.pipe), "}}");
    }
  }
  return {};
}

std::string ErrorPlace(const Tree& tree, const Node& node) {
  const std::string_view before = std::string_view(*tree.text).substr(0, node.pos);
  const size_t line_start = before.rfind('\n');
  const size_t column =
      line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
  return StrCat("template: ", tree.parse_name, ":",
                1 + std::count(before.begin(), before.end(), '\n'), ":", column, ": executing ",
                Quote(tree.name), " at <", NodeText(node), ">: ");
}

bool IsEmptyTree(const Node* node) {
  if (node == nullptr) return true;
  if (node->kind == NodeKind::kText)
    return static_cast<const TextNode*>(node)->text.find_first_not_of(" \t\r\n\v\f") ==
           std::string::npos;
  if (node->kind != NodeKind::kList) return false;
  for (const NodePtr& child : static_cast<const ListNode*>(node)->nodes) {
    if (!IsEmptyTree(child.get())) return false;
  }
  return true;
}

}  // namespace kvs::gotemplate::internal
