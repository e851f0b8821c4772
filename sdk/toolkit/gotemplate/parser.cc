// SPDX-License-Identifier: Apache-2.0
#include "parser.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

#include "lexer.h"

namespace kvs::gotemplate::internal {
namespace {

// Levels of nesting that recursion over a tree may take.
constexpr int kDepthMax = 500;

using PipePtr = std::unique_ptr<PipeNode>;
using ListPtr = std::unique_ptr<ListNode>;

class Parser {
 public:
  Parser(std::string_view name, std::string_view text,
         const std::function<bool(std::string_view)>& known)
      : name_(name),
        text_(std::make_shared<const std::string>(text)),
        known_(known),
        lexer_(*text_) {}

  StatusOr<std::vector<std::shared_ptr<const Tree>>> Parse();

 private:
  // What a list ended with: {{end}}, {{else}}, or the end of the text.
  enum class Ended : uint8_t { kNot, kEnd, kElse };

  const Item& Next();
  const Item& Peek();
  void Backup() { ++held_; }
  Item NextNonSpace();
  Item PeekNonSpace();

  template <typename... Pieces>
  Status Error(const Pieces&... pieces) {
    return InvalidArgument("template: ", name_, ":", token_[0].line, ": ", pieces...);
  }
  Status Unexpected(const Item& item, std::string_view context);
  Status Expect(ItemType type, std::string_view context, Item* out = nullptr);

  Status ParseDefinition();
  Status ParseList(ListPtr* list, Ended* ended, int depth);
  Status TextOrAction(NodePtr* node, Ended* ended, int depth);
  Status Action(NodePtr* node, Ended* ended, int depth);
  Status Control(NodeKind kind, std::string_view context, size_t pos, int line, NodePtr* node,
                 int depth);
  Status Block(size_t pos, int line, NodePtr* node, int depth);
  Status TemplateCall(NodePtr* node, int depth);
  Status Pipeline(std::string_view context, ItemType end, PipePtr* pipe, int depth);
  Status Declarations(std::string_view context, PipeNode& pipe);
  Status Command(std::unique_ptr<CommandNode>* command, int depth);
  Status Operand(NodePtr* node, int depth);
  Status Term(NodePtr* node, int depth);
  Status Number(const Item& item, NodePtr* node);
  void Add(std::string_view name, ListPtr root);

  const std::string name_;
  const std::shared_ptr<const std::string> text_;
  const std::function<bool(std::string_view)>& known_;
  Lexer lexer_;
  Item token_[3];
  int held_ = 0;
  std::vector<std::string> variables_{"$"};
  int range_depth_ = 0;
  int action_line_ = 0;
  std::vector<std::shared_ptr<const Tree>> trees_;
};

const Item& Parser::Next() {
  if (held_ > 0) {
    --held_;
  } else {
    token_[0] = lexer_.Next();
  }
  return token_[held_];
}
const Item& Parser::Peek() {
  if (held_ > 0) return token_[held_ - 1];
  held_ = 1;
  token_[0] = lexer_.Next();
  return token_[0];
}
Item Parser::NextNonSpace() {
  Item item = Next();
  while (item.type == ItemType::kSpace) item = Next();
  return item;
}
Item Parser::PeekNonSpace() {
  Item item = NextNonSpace();
  Backup();
  return item;
}

Status Parser::Unexpected(const Item& item, std::string_view context) {
  if (item.type != ItemType::kError) return Error("unexpected ", Describe(item), " in ", context);
  std::string extra;
  if (action_line_ != 0 && action_line_ != item.line) {
    extra = StrCat(" in action started at ", name_, ":", action_line_);
    if (item.text.ends_with(" action")) extra = extra.substr(std::string_view(" in action").size());
  }
  return Error(item.text, extra);
}

Status Parser::Expect(ItemType type, std::string_view context, Item* out) {
  Item item = NextNonSpace();
  if (item.type != type) return Unexpected(item, context);
  if (out != nullptr) *out = std::move(item);
  return OkStatus();
}

void Parser::Add(std::string_view name, ListPtr root) {
  auto tree = std::make_shared<Tree>();
  tree->name = name;
  tree->parse_name = name_;
  tree->text = text_;
  tree->root = std::move(root);
  trees_.push_back(std::move(tree));
}

StatusOr<std::vector<std::shared_ptr<const Tree>>> Parser::Parse() {
  auto root = std::make_unique<ListNode>(0, 1);
  while (Peek().type != ItemType::kEof) {
    if (Peek().type == ItemType::kLeftDelim) {
      const Item delim = Next();
      if (NextNonSpace().type == ItemType::kDefine) {
        KVS_RETURN_IF_ERROR(ParseDefinition());
        continue;
      }
      // The delimiter and the word go back, the blanks between them are of no use.
      token_[1] = delim;
      held_ = 2;
    }
    NodePtr node;
    Ended ended = Ended::kNot;
    KVS_RETURN_IF_ERROR(TextOrAction(&node, &ended, 0));
    if (ended != Ended::kNot)
      return Error("unexpected ", ended == Ended::kEnd ? "{{end}}" : "{{else}}");
    if (node != nullptr) root->nodes.push_back(std::move(node));
  }
  Add(name_, std::move(root));
  return std::move(trees_);
}

Status Parser::ParseDefinition() {
  const Item token = NextNonSpace();
  if (token.type != ItemType::kString && token.type != ItemType::kRawString)
    return Unexpected(token, "define clause");
  const std::string name = Unquote(token.text);
  KVS_RETURN_IF_ERROR(Expect(ItemType::kRightDelim, "define clause"));
  std::vector<std::string> outer{"$"};
  std::swap(outer, variables_);
  const int outer_range = std::exchange(range_depth_, 0);
  ListPtr list;
  Ended ended = Ended::kNot;
  KVS_RETURN_IF_ERROR(ParseList(&list, &ended, 1));
  if (ended != Ended::kEnd) return Error("unexpected {{else}} in define clause");
  std::swap(outer, variables_);
  range_depth_ = outer_range;
  Add(name, std::move(list));
  return OkStatus();
}

Status Parser::ParseList(ListPtr* list, Ended* ended, int depth) {
  if (depth > kDepthMax) return Error("nested too deeply, at most ", kDepthMax, " levels");
  const Item first = PeekNonSpace();
  *list = std::make_unique<ListNode>(first.pos, first.line);
  while (PeekNonSpace().type != ItemType::kEof) {
    NodePtr node;
    KVS_RETURN_IF_ERROR(TextOrAction(&node, ended, depth));
    if (*ended != Ended::kNot) return OkStatus();
    if (node != nullptr) (*list)->nodes.push_back(std::move(node));
  }
  return Error("unexpected EOF");
}

Status Parser::TextOrAction(NodePtr* node, Ended* ended, int depth) {
  const Item token = NextNonSpace();
  if (token.type == ItemType::kText) {
    *node = std::make_unique<TextNode>(token.pos, token.line, token.text);
    return OkStatus();
  }
  if (token.type == ItemType::kLeftDelim) {
    action_line_ = token.line;
    const Status status = Action(node, ended, depth);
    action_line_ = 0;
    return status;
  }
  return Unexpected(token, "input");
}

Status Parser::Action(NodePtr* node, Ended* ended, int depth) {
  const Item token = NextNonSpace();
  switch (token.type) {
    case ItemType::kBlock:
      return Block(token.pos, token.line, node, depth);
    case ItemType::kBreak:
    case ItemType::kContinue: {
      const bool is_break = token.type == ItemType::kBreak;
      const std::string word = is_break ? "break" : "continue";
      if (const Item next = NextNonSpace(); next.type != ItemType::kRightDelim)
        return Unexpected(next, StrCat("{{", word, "}}"));
      if (range_depth_ == 0) return Error("{{", word, "}} outside {{range}}");
      *node = std::make_unique<JumpNode>(is_break ? NodeKind::kBreak : NodeKind::kContinue,
                                         token.pos, token.line);
      return OkStatus();
    }
    case ItemType::kElse: {
      // {{else if}} and {{else with}}: the word is left for the branch that asks.
      const Item peek = PeekNonSpace();
      *ended = Ended::kElse;
      if (peek.type == ItemType::kIf || peek.type == ItemType::kWith) return OkStatus();
      return Expect(ItemType::kRightDelim, "else");
    }
    case ItemType::kEnd:
      *ended = Ended::kEnd;
      return Expect(ItemType::kRightDelim, "end");
    case ItemType::kIf:
      return Control(NodeKind::kIf, "if", token.pos, token.line, node, depth);
    case ItemType::kRange:
      return Control(NodeKind::kRange, "range", token.pos, token.line, node, depth);
    case ItemType::kWith:
      return Control(NodeKind::kWith, "with", token.pos, token.line, node, depth);
    case ItemType::kTemplate:
      return TemplateCall(node, depth);
    default:
      break;
  }
  Backup();
  const Item at = Peek();
  PipePtr pipe;
  KVS_RETURN_IF_ERROR(Pipeline("command", ItemType::kRightDelim, &pipe, depth));
  *node = std::make_unique<ActionNode>(at.pos, at.line, std::move(pipe));
  return OkStatus();
}

Status Parser::Control(NodeKind kind, std::string_view context, size_t pos, int line, NodePtr* node,
                       int depth) {
  if (depth > kDepthMax) return Error("nested too deeply, at most ", kDepthMax, " levels");
  const size_t n_variables = variables_.size();
  auto branch = std::make_unique<BranchNode>(kind, pos, line);
  KVS_RETURN_IF_ERROR(Pipeline(context, ItemType::kRightDelim, &branch->pipe, depth));
  if (kind == NodeKind::kRange) ++range_depth_;
  Ended ended = Ended::kNot;
  KVS_RETURN_IF_ERROR(ParseList(&branch->list, &ended, depth + 1));
  if (kind == NodeKind::kRange) --range_depth_;
  if (ended == Ended::kElse) {
    const Item peek = Peek().type == ItemType::kSpace ? PeekNonSpace() : Peek();
    const bool chained = (kind == NodeKind::kIf && peek.type == ItemType::kIf) ||
                         (kind == NodeKind::kWith && peek.type == ItemType::kWith);
    if (chained) {
      // {{else if}} opens a branch inside the else part; its {{end}} ends both.
      const Item word = NextNonSpace();
      branch->else_list = std::make_unique<ListNode>(word.pos, word.line);
      NodePtr inner;
      KVS_RETURN_IF_ERROR(Control(kind, context, word.pos, word.line, &inner, depth + 1));
      branch->else_list->nodes.push_back(std::move(inner));
    } else {
      if (peek.type == ItemType::kIf || peek.type == ItemType::kWith)
        return Unexpected(NextNonSpace(), "else");
      ended = Ended::kNot;
      KVS_RETURN_IF_ERROR(ParseList(&branch->else_list, &ended, depth + 1));
      if (ended != Ended::kEnd) return Error("expected end; found {{else}}");
    }
  }
  variables_.resize(n_variables);
  *node = std::move(branch);
  return OkStatus();
}

Status Parser::Block(size_t pos, int line, NodePtr* node, int depth) {
  const Item token = NextNonSpace();
  if (token.type != ItemType::kString && token.type != ItemType::kRawString)
    return Unexpected(token, "block clause");
  auto call = std::make_unique<TemplateNode>(pos, line, Unquote(token.text));
  KVS_RETURN_IF_ERROR(Pipeline("block clause", ItemType::kRightDelim, &call->pipe, depth));
  std::vector<std::string> outer{"$"};
  std::swap(outer, variables_);
  const int outer_range = std::exchange(range_depth_, 0);
  ListPtr list;
  Ended ended = Ended::kNot;
  KVS_RETURN_IF_ERROR(ParseList(&list, &ended, depth + 1));
  if (ended != Ended::kEnd) return Error("unexpected {{else}} in block clause");
  std::swap(outer, variables_);
  range_depth_ = outer_range;
  Add(call->name, std::move(list));
  *node = std::move(call);
  return OkStatus();
}

Status Parser::TemplateCall(NodePtr* node, int depth) {
  const Item token = NextNonSpace();
  if (token.type != ItemType::kString && token.type != ItemType::kRawString)
    return Unexpected(token, "template clause");
  auto call = std::make_unique<TemplateNode>(token.pos, token.line, Unquote(token.text));
  if (NextNonSpace().type != ItemType::kRightDelim) {
    Backup();
    KVS_RETURN_IF_ERROR(Pipeline("template clause", ItemType::kRightDelim, &call->pipe, depth));
  }
  *node = std::move(call);
  return OkStatus();
}

Status Parser::Declarations(std::string_view context, PipeNode& pipe) {
  while (PeekNonSpace().type == ItemType::kVariable) {
    const Item variable = NextNonSpace();
    // A blank between the variable and what follows may be kept: three items are held at most.
    const Item after = Peek();
    const Item next = PeekNonSpace();
    if (next.type == ItemType::kAssign || next.type == ItemType::kDeclare) {
      pipe.assigns = next.type == ItemType::kAssign;
      NextNonSpace();
      pipe.variables.push_back(variable.text);
      if (!pipe.assigns) variables_.push_back(variable.text);
      return OkStatus();
    }
    if (next.type == ItemType::kChar && next.text == ",") {
      NextNonSpace();
      pipe.variables.push_back(variable.text);
      variables_.push_back(variable.text);
      if (context != "range" || pipe.variables.size() >= 2)
        return Error("too many declarations in ", context);
      const ItemType following = PeekNonSpace().type;
      if (following == ItemType::kVariable) continue;
      if (following == ItemType::kRightDelim || following == ItemType::kRightParen)
        return OkStatus();
      return Error("range can only initialize variables");
    }
    // No declaration: the variable is an operand.
    token_[0] = next;
    token_[1] = after.type == ItemType::kSpace ? after : variable;
    held_ = 2;
    if (after.type == ItemType::kSpace) {
      token_[2] = variable;
      held_ = 3;
    }
    return OkStatus();
  }
  return OkStatus();
}

Status Parser::Pipeline(std::string_view context, ItemType end, PipePtr* out, int depth) {
  if (depth > kDepthMax) return Error("nested too deeply, at most ", kDepthMax, " levels");
  const Item first = PeekNonSpace();
  auto pipe = std::make_unique<PipeNode>(first.pos, first.line);
  KVS_RETURN_IF_ERROR(Declarations(context, *pipe));
  while (true) {
    const Item token = NextNonSpace();
    if (token.type == end) {
      if (pipe->commands.empty()) return Error("missing value for ", context);
      for (size_t i = 1; i < pipe->commands.size(); ++i) {
        const NodeKind kind = pipe->commands[i]->args[0]->kind;
        if (kind == NodeKind::kBool || kind == NodeKind::kDot || kind == NodeKind::kNil ||
            kind == NodeKind::kNumber || kind == NodeKind::kString) {
          return Error("non executable command in pipeline stage ", i + 1);
        }
      }
      *out = std::move(pipe);
      return OkStatus();
    }
    switch (token.type) {
      case ItemType::kBool:
      case ItemType::kCharConstant:
      case ItemType::kDot:
      case ItemType::kField:
      case ItemType::kIdentifier:
      case ItemType::kNumber:
      case ItemType::kNil:
      case ItemType::kRawString:
      case ItemType::kString:
      case ItemType::kVariable:
      case ItemType::kLeftParen: {
        Backup();
        std::unique_ptr<CommandNode> command;
        KVS_RETURN_IF_ERROR(Command(&command, depth + 1));
        pipe->commands.push_back(std::move(command));
        break;
      }
      default:
        return Unexpected(token, context);
    }
  }
}

Status Parser::Command(std::unique_ptr<CommandNode>* out, int depth) {
  const Item first = PeekNonSpace();
  auto command = std::make_unique<CommandNode>(first.pos, first.line);
  while (true) {
    PeekNonSpace();
    NodePtr operand;
    KVS_RETURN_IF_ERROR(Operand(&operand, depth));
    if (operand != nullptr) command->args.push_back(std::move(operand));
    const Item token = Next();
    if (token.type == ItemType::kSpace) continue;
    if (token.type == ItemType::kRightDelim || token.type == ItemType::kRightParen) {
      Backup();
    } else if (token.type != ItemType::kPipe) {
      return Unexpected(token, "operand");
    }
    break;
  }
  if (command->args.empty()) return Error("empty command");
  *out = std::move(command);
  return OkStatus();
}

Status Parser::Operand(NodePtr* node, int depth) {
  KVS_RETURN_IF_ERROR(Term(node, depth));
  if (*node == nullptr || Peek().type != ItemType::kField) return OkStatus();
  std::vector<std::string> fields;
  const size_t pos = Peek().pos;
  const int line = Peek().line;
  while (Peek().type == ItemType::kField) fields.push_back(Next().text.substr(1));
  switch ((*node)->kind) {
    case NodeKind::kField:
    case NodeKind::kVariable: {
      // Stands where its second name does, as in Go.
      auto joined = std::make_unique<FieldNode>((*node)->kind, pos, line);
      joined->names = std::move(static_cast<FieldNode&>(**node).names);
      joined->names.insert(joined->names.end(), fields.begin(), fields.end());
      *node = std::move(joined);
      return OkStatus();
    }
    case NodeKind::kBool:
    case NodeKind::kString:
    case NodeKind::kNumber:
    case NodeKind::kNil:
    case NodeKind::kDot:
      return Error("unexpected . after term ", Quote(NodeText(**node)));
    default: {
      auto chain = std::make_unique<ChainNode>(pos, line, std::move(*node));
      chain->fields = std::move(fields);
      *node = std::move(chain);
      return OkStatus();
    }
  }
}

Status Parser::Term(NodePtr* node, int depth) {
  const Item token = NextNonSpace();
  switch (token.type) {
    case ItemType::kIdentifier:
      if (!known_(token.text)) return Error("function ", Quote(token.text), " not defined");
      *node = std::make_unique<IdentifierNode>(token.pos, token.line, token.text);
      return OkStatus();
    case ItemType::kDot:
      *node = std::make_unique<DotNode>(token.pos, token.line);
      return OkStatus();
    case ItemType::kNil:
      *node = std::make_unique<ConstantNode>(NodeKind::kNil, token.pos, token.line, Value(), "nil");
      return OkStatus();
    case ItemType::kVariable: {
      if (std::find(variables_.begin(), variables_.end(), token.text) == variables_.end()) {
        return Error("undefined variable ", Quote(token.text));
      }
      auto variable = std::make_unique<FieldNode>(NodeKind::kVariable, token.pos, token.line);
      variable->names.push_back(token.text);
      *node = std::move(variable);
      return OkStatus();
    }
    case ItemType::kField: {
      auto field = std::make_unique<FieldNode>(NodeKind::kField, token.pos, token.line);
      field->names.push_back(token.text.substr(1));
      *node = std::move(field);
      return OkStatus();
    }
    case ItemType::kBool:
      *node = std::make_unique<ConstantNode>(NodeKind::kBool, token.pos, token.line,
                                             Value(token.text == "true"), token.text);
      return OkStatus();
    case ItemType::kCharConstant:
    case ItemType::kNumber:
      return Number(token, node);
    case ItemType::kLeftParen: {
      PipePtr pipe;
      KVS_RETURN_IF_ERROR(
          Pipeline("parenthesized pipeline", ItemType::kRightParen, &pipe, depth + 1));
      *node = std::move(pipe);
      return OkStatus();
    }
    case ItemType::kString:
    case ItemType::kRawString:
      *node = std::make_unique<ConstantNode>(NodeKind::kString, token.pos, token.line,
                                             Value(Unquote(token.text)), token.text);
      return OkStatus();
    default:
      Backup();
      return OkStatus();
  }
}

// Go's forms of numbers: underscores between digits, 0x, 0o, 0b, and a leading 0 for octal.
Status Parser::Number(const Item& item, NodePtr* node) {
  if (item.type == ItemType::kCharConstant) {
    const std::string text = Unquote(item.text);
    size_t width = 0;
    const Rune rune = DecodeRune(text, 0, &width);
    if (text.empty() || width != text.size())
      return Error("malformed character constant: ", item.text);
    auto constant = std::make_unique<ConstantNode>(NodeKind::kNumber, item.pos, item.line,
                                                   Value(int64_t{rune}), item.text);
    constant->as_float = rune;
    *node = std::move(constant);
    return OkStatus();
  }
  std::string digits = item.text;
  std::erase(digits, '_');
  bool negative = false;
  std::string_view rest = digits;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  int base = 10;
  std::string_view body = rest;
  if (rest.size() > 1 && rest[0] == '0') {
    const char mark = static_cast<char>(rest[1] | 32);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    body = rest.substr(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(body.data(), body.data() + body.size(), magnitude, base);
  std::optional<int64_t> integer;
  if (error == std::errc() && end == body.data() + body.size() &&
      magnitude <= uint64_t{INT64_MAX} + (negative ? 1 : 0)) {
    integer = static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
  }
  std::optional<double> number;
  if (integer.has_value()) {
    number = static_cast<double>(*integer);
  } else if (base != 2 && !body.empty()) {
    char* stop = nullptr;
    const double parsed = std::strtod(digits.c_str(), &stop);
    if (*stop == '\0' && std::isfinite(parsed)) number = parsed;
    if (number.has_value() && digits.find_first_of(".eEpP") == std::string::npos)
      return Error("integer overflow: ", Quote(item.text));
    // 1e3 also serves as an integer.
    if (number.has_value() && std::floor(*number) == *number && std::abs(*number) < 9e18)
      integer = static_cast<int64_t>(*number);
  }
  if (!number.has_value()) return Error("illegal number syntax: ", Quote(item.text));
  const bool looks_float = digits.find_first_of(base == 16 ? ".pP" : ".eEpP") != std::string::npos;
  auto constant = std::make_unique<ConstantNode>(
      NodeKind::kNumber, item.pos, item.line,
      looks_float || !integer.has_value() ? Value(*number) : Value(*integer), item.text);
  constant->as_float = number;
  *node = std::move(constant);
  return OkStatus();
}

}  // namespace

StatusOr<std::vector<std::shared_ptr<const Tree>>> ParseTemplate(
    std::string_view name, std::string_view text,
    const std::function<bool(std::string_view)>& known) {
  return Parser(name, text, known).Parse();
}

}  // namespace kvs::gotemplate::internal
