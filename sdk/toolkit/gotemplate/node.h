// SPDX-License-Identifier: Apache-2.0
// The tree of a parsed template, node by node as in Go's text/template/parse, since errors show
// nodes as it prints them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kvs/gotemplate/value.h"

namespace kvs::gotemplate::internal {

enum class NodeKind : uint8_t {
  kText,
  kAction,
  kBool,
  kBreak,
  kChain,
  kCommand,
  kContinue,
  kDot,
  kField,
  kIdentifier,
  kIf,
  kList,
  kNil,
  kNumber,
  kPipe,
  kRange,
  kString,
  kTemplate,
  kVariable,
  kWith,
};

struct Node {
  Node(NodeKind k, size_t p, int l) : kind(k), pos(p), line(l) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;
  const NodeKind kind;
  const size_t pos;
  const int line;
};
using NodePtr = std::unique_ptr<Node>;

struct ListNode final : Node {
  ListNode(size_t p, int l) : Node(NodeKind::kList, p, l) {}
  std::vector<NodePtr> nodes;
};

struct TextNode final : Node {
  TextNode(size_t p, int l, std::string t) : Node(NodeKind::kText, p, l), text(std::move(t)) {}
  std::string text;
};

/// true, nil, a number, a string: what is known when it is parsed.
struct ConstantNode final : Node {
  ConstantNode(NodeKind k, size_t p, int l, Value v, std::string t)
      : Node(k, p, l), value(std::move(v)), text(std::move(t)) {}
  Value value;
  std::string text;                ///< As written.
  std::optional<double> as_float;  ///< Of a number.
};

struct DotNode final : Node {
  DotNode(size_t p, int l) : Node(NodeKind::kDot, p, l) {}
};

/// break and continue.
struct JumpNode final : Node {
  using Node::Node;
};

struct IdentifierNode final : Node {
  IdentifierNode(size_t p, int l, std::string n)
      : Node(NodeKind::kIdentifier, p, l), name(std::move(n)) {}
  std::string name;
};

/// .A.B, or $x.A.B with the variable first.
struct FieldNode final : Node {
  FieldNode(NodeKind k, size_t p, int l) : Node(k, p, l) {}
  std::vector<std::string> names;
};

/// (pipeline).A.B
struct ChainNode final : Node {
  ChainNode(size_t p, int l, NodePtr n) : Node(NodeKind::kChain, p, l), node(std::move(n)) {}
  NodePtr node;
  std::vector<std::string> fields;
};

struct CommandNode final : Node {
  CommandNode(size_t p, int l) : Node(NodeKind::kCommand, p, l) {}
  std::vector<NodePtr> args;
};

struct PipeNode final : Node {
  PipeNode(size_t p, int l) : Node(NodeKind::kPipe, p, l) {}
  bool assigns = false;  ///< "=" rather than ":=".
  std::vector<std::string> variables;
  std::vector<std::unique_ptr<CommandNode>> commands;
};

struct ActionNode final : Node {
  ActionNode(size_t p, int l, std::unique_ptr<PipeNode> pi)
      : Node(NodeKind::kAction, p, l), pipe(std::move(pi)) {}
  std::unique_ptr<PipeNode> pipe;
};

/// if, range, with.
struct BranchNode final : Node {
  using Node::Node;
  std::unique_ptr<PipeNode> pipe;
  std::unique_ptr<ListNode> list;
  std::unique_ptr<ListNode> else_list;  ///< May be null.
};

struct TemplateNode final : Node {
  TemplateNode(size_t p, int l, std::string n)
      : Node(NodeKind::kTemplate, p, l), name(std::move(n)) {}
  std::string name;
  std::unique_ptr<PipeNode> pipe;  ///< May be null.
};

/// One template, and the text that positions count in.
struct Tree {
  std::string name;        ///< Of the template.
  std::string parse_name;  ///< Of the text it stood in.
  std::shared_ptr<const std::string> text;
  std::unique_ptr<ListNode> root;
};

/// As Go prints it; whole, and what stands below.
std::string NodeText(const Node& node);
/// How an error at `node` begins: template: NAME:LINE:COLUMN: executing "NAME" at <TEXT>: .
std::string ErrorPlace(const Tree& tree, const Node& node);
/// Nothing but blanks and comments.
bool IsEmptyTree(const Node* node);

}  // namespace kvs::gotemplate::internal
