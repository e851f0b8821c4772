// SPDX-License-Identifier: Apache-2.0
// Walks a tree and prints. Errors name the node at which they happened, as Go's do.
#include "executor.h"

#include <algorithm>
#include <optional>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

#include "html.h"
#include "params.h"

namespace kvs::gotemplate::internal {
namespace {

using ArgNodes = std::vector<NodePtr>;

constexpr uint32_t kNestingMax = 2'000;
constexpr uint32_t kValueDepthMax = 100;

struct Variable {
  std::string name;
  Value value;
};

class Executor final : public Context {
 public:
  Executor(const Execution& execution, const Value& data) : execution_(execution), data_(data) {}

  StatusOr<std::string> Run(std::string_view name, const Value& data, Output output);
  StatusOr<std::string> ExecuteTemplate(std::string_view name, const Value& data) override {
    return Run(name, data, execution_.output);
  }
  const Value& data() const override { return data_; }
  size_t value_bytes_max() const override { return execution_.limits.value_bytes; }
  Status Spend(size_t units) override {
    steps_ += units;
    if (steps_ <= execution_.limits.steps) return OkStatus();
    return ResourceExhausted("the template takes more than ", execution_.limits.steps, " steps");
  }

 private:
  enum class Flow : uint8_t { kOn, kBreak, kContinue };
  /// One template under execution.
  struct Frame {
    const Tree* tree;
    std::vector<Variable> variables;
    const Node* node = nullptr;  // Where errors are.
    Frame* outer;
  };

  Status Tick() { return Spend(1); }
  /// Every level of lists and pipelines, over all templates under execution: what the stack bears.
  struct Nesting {
    explicit Nesting(uint32_t* levels) : levels(levels) { ++*levels; }
    ~Nesting() { --*levels; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    uint32_t* const levels;
  };
  /// What a function takes and gives: a few words of template could multiply a text without end.
  Status CheckWeight(uint64_t weight) const {
    if (weight <= execution_.limits.value_bytes) return OkStatus();
    return ResourceExhausted(Where(), "a value exceeds ", execution_.limits.value_bytes, " bytes");
  }
  Status CheckNesting() const {
    if (nesting_ <= kNestingMax) return OkStatus();
    return ResourceExhausted(Where(), "nested too deeply, at most ", kNestingMax, " levels");
  }
  void At(const Node& node) { frame_->node = &node; }
  template <typename... Pieces>
  Status Error(const Pieces&... pieces) const {
    return FailedPrecondition(Where(), StrCat(pieces...));
  }
  std::string Where() const { return ErrorPlace(*frame_->tree, *frame_->node); }
  Status Print(const Value& value);
  Status PrintText(std::string_view text);
  Status CheckSize();

  Status WalkList(const ListNode& list, const Value& dot, Flow* flow);
  Status Walk(const Node& node, const Value& dot, Flow* flow);
  Status WalkBranch(const BranchNode& node, const Value& dot, Flow* flow);
  Status WalkRange(const BranchNode& node, const Value& dot, Flow* flow);
  Status WalkTemplate(const TemplateNode& node, const Value& dot);
  Status CallTree(const Tree& tree, const Value& data);

  StatusOr<Value> Pipeline(const PipeNode* pipe, const Value& dot);
  StatusOr<Value> Command(const CommandNode& command, const Value& dot, const Value* final);
  StatusOr<Value> Fields(const Node& at, const Value& start, const std::vector<std::string>& names,
                         size_t from, const Value& dot, const ArgNodes& args, const Value* final);
  StatusOr<Value> Field(const std::string& name, const Value& receiver, const Value& dot,
                        const ArgNodes& args, const Value* final);
  StatusOr<Value> Call(std::string_view name, const Value& dot, const CommandNode& command,
                       const Value* final);
  StatusOr<std::vector<Value>> Arguments(const Function& function, std::string_view name,
                                         const Value& dot, const ArgNodes& args,
                                         const Value* final);
  StatusOr<Value> Argument(const Node& node, Param param, const Value& dot,
                           std::string_view list_type = {});
  StatusOr<Value> Any(const Node& node, const Value& dot);
  StatusOr<Value> Variable_(const FieldNode& node) const;
  Status NotAFunction(const ArgNodes& args, const Value* final);
  Status CheckType(const Value& value, Param param, std::string_view list_type);
  const Function* Find(std::string_view name) const;

  const Execution& execution_;
  const Value& data_;
  uint64_t steps_ = 0;
  size_t bytes_ = 0;  // Of outputs that have ended.
  uint32_t depth_ = 0;
  uint32_t nesting_ = 0;
  std::string* out_ = nullptr;
  HtmlEscaper* html_ = nullptr;
  Frame* frame_ = nullptr;
};

Status Executor::CheckSize() {
  if (bytes_ + out_->size() <= execution_.limits.output_bytes) return OkStatus();
  return ResourceExhausted(Where(), "the output exceeds ", execution_.limits.output_bytes,
                           " bytes");
}

Status Executor::PrintText(std::string_view text) {
  if (html_ != nullptr) {
    html_->Literal(text, *out_);
  } else {
    out_->append(text);
  }
  return CheckSize();
}

Status Executor::Print(const Value& value) {
  if (html_ != nullptr) {
    html_->Dynamic(value, *out_);
  } else {
    *out_ += value.is_nil() ? "<no value>" : value.Print();
  }
  return CheckSize();
}

StatusOr<std::string> Executor::Run(std::string_view name, const Value& data, Output output) {
  const auto found = execution_.trees.find(name);
  if (found == execution_.trees.end()) {
    return FailedPrecondition(output == Output::kHtml ? "html/template: " : "template: ",
                              output == Output::kHtml ? StrCat(Quote(name), " is undefined")
                                                      : StrCat("no template ", Quote(name)));
  }
  std::string out;
  HtmlEscaper html;
  std::string* const outer_out = std::exchange(out_, &out);
  HtmlEscaper* const outer_html = std::exchange(html_, output == Output::kHtml ? &html : nullptr);
  Frame* const outer_frame = frame_;
  const Status status = CallTree(*found->second, data);
  frame_ = outer_frame;
  out_ = outer_out;
  html_ = outer_html;
  bytes_ += out.size();
  if (!status.ok()) return status;
  return out;
}

Status Executor::CallTree(const Tree& tree, const Value& data) {
  Frame frame{&tree, {{"$", data}}, tree.root.get(), frame_};
  if (depth_ >= execution_.limits.depth) {
    return ResourceExhausted(frame_ == nullptr ? "" : Where(), "exceeded maximum template depth (",
                             execution_.limits.depth, ")");
  }
  ++depth_;
  frame_ = &frame;
  Flow flow = Flow::kOn;
  Status status = WalkList(*tree.root, data, &flow);
  frame_ = frame.outer;
  --depth_;
  return status;
}

Status Executor::WalkList(const ListNode& list, const Value& dot, Flow* flow) {
  const Nesting level(&nesting_);
  KVS_RETURN_IF_ERROR(CheckNesting());
  for (const NodePtr& node : list.nodes) {
    KVS_RETURN_IF_ERROR(Walk(*node, dot, flow));
    if (*flow != Flow::kOn) return OkStatus();
  }
  return OkStatus();
}

Status Executor::Walk(const Node& node, const Value& dot, Flow* flow) {
  At(node);
  KVS_RETURN_IF_ERROR(Tick());
  switch (node.kind) {
    case NodeKind::kText:
      return PrintText(static_cast<const TextNode&>(node).text);
    case NodeKind::kAction: {
      const PipeNode* pipe = static_cast<const ActionNode&>(node).pipe.get();
      KVS_ASSIGN_OR_RETURN(const Value value, Pipeline(pipe, dot));
      At(node);
      return pipe->variables.empty() ? Print(value) : OkStatus();
    }
    case NodeKind::kBreak:
      *flow = Flow::kBreak;
      return OkStatus();
    case NodeKind::kContinue:
      *flow = Flow::kContinue;
      return OkStatus();
    case NodeKind::kIf:
    case NodeKind::kWith:
      return WalkBranch(static_cast<const BranchNode&>(node), dot, flow);
    case NodeKind::kRange:
      return WalkRange(static_cast<const BranchNode&>(node), dot, flow);
    case NodeKind::kTemplate:
      return WalkTemplate(static_cast<const TemplateNode&>(node), dot);
    default:
      return Error("unknown node: ", NodeText(node));
  }
}

Status Executor::WalkBranch(const BranchNode& node, const Value& dot, Flow* flow) {
  const size_t mark = frame_->variables.size();
  KVS_ASSIGN_OR_RETURN(const Value value, Pipeline(node.pipe.get(), dot));
  Status status;
  if (value.Truth()) {
    status = WalkList(*node.list, node.kind == NodeKind::kWith ? value : dot, flow);
  } else if (node.else_list != nullptr) {
    status = WalkList(*node.else_list, dot, flow);
  }
  frame_->variables.resize(mark);
  return status;
}

Status Executor::WalkRange(const BranchNode& node, const Value& dot, Flow* flow) {
  const size_t outer_mark = frame_->variables.size();
  KVS_ASSIGN_OR_RETURN(const Value value, Pipeline(node.pipe.get(), dot));
  const size_t mark = frame_->variables.size();
  const std::vector<std::string>& names = node.pipe->variables;
  const auto set = [&](const std::string& name, size_t from_end, const Value& to) {
    if (!node.pipe->assigns) {
      frame_->variables[mark - from_end].value = to;
      return;
    }
    for (size_t i = frame_->variables.size(); i-- > 0;) {
      if (frame_->variables[i].name == name) {
        frame_->variables[i].value = to;
        return;
      }
    }
  };
  const auto one = [&](const Value& key, const Value& element) -> StatusOr<bool> {
    KVS_RETURN_IF_ERROR(Tick());
    // The last variable gets the element, the one before it the index.
    if (names.size() == 2) set(names[0], 2, key);
    if (!names.empty()) set(names.back(), 1, element);
    Flow inner = Flow::kOn;
    KVS_RETURN_IF_ERROR(WalkList(*node.list, element, &inner));
    frame_->variables.resize(mark);
    return inner != Flow::kBreak;
  };
  bool any = false;
  Status status;
  const auto each = [&](const Value& key, const Value& element) {
    any = true;
    const StatusOr<bool> goes_on = one(key, element);
    if (!goes_on.ok()) status = goes_on.status();
    return goes_on.ok() && *goes_on;
  };
  switch (value.kind()) {
    case Value::Kind::kList:
      for (size_t i = 0; i < value.as_list().items.size(); ++i) {
        if (!each(static_cast<int64_t>(i), value.as_list().items[i])) break;
      }
      break;
    case Value::Kind::kMap:
      if (value.as_map().is_struct) return Error("range can't iterate over ", value.Print());
      for (const auto& [key, element] : value.as_map().pairs) {
        if (!each(key, element)) break;
      }
      break;
    case Value::Kind::kInt:
      for (int64_t i = 0; i < value.as_int(); ++i) {
        if (!each(i, i)) break;
      }
      break;
    case Value::Kind::kUint:
      for (uint64_t i = 0; i < value.as_uint(); ++i) {
        if (!each(i, i)) break;
      }
      break;
    case Value::Kind::kNil:
      break;
    default:
      return Error("range can't iterate over ", value.Print());
  }
  if (status.ok() && !any && node.else_list != nullptr)
    status = WalkList(*node.else_list, dot, flow);
  frame_->variables.resize(std::min(outer_mark, frame_->variables.size()));
  return status;
}

Status Executor::WalkTemplate(const TemplateNode& node, const Value& dot) {
  At(node);
  const auto found = execution_.trees.find(node.name);
  if (found == execution_.trees.end()) return Error("template ", Quote(node.name), " not defined");
  if (node.pipe == nullptr) return CallTree(*found->second, Value());
  KVS_ASSIGN_OR_RETURN(const Value value, Pipeline(node.pipe.get(), dot));
  return CallTree(*found->second, value);
}

StatusOr<Value> Executor::Pipeline(const PipeNode* pipe, const Value& dot) {
  At(*pipe);
  const Nesting level(&nesting_);
  KVS_RETURN_IF_ERROR(CheckNesting());
  Value value;
  bool first = true;
  for (const auto& command : pipe->commands) {
    KVS_ASSIGN_OR_RETURN(value, Command(*command, dot, first ? nullptr : &value));
    first = false;
  }
  for (const std::string& name : pipe->variables) {
    if (!pipe->assigns) {
      frame_->variables.push_back({name, value});
      continue;
    }
    for (size_t i = frame_->variables.size(); i-- > 0;) {
      if (frame_->variables[i].name == name) {
        frame_->variables[i].value = value;
        break;
      }
    }
  }
  return value;
}

Status Executor::NotAFunction(const ArgNodes& args, const Value* final) {
  if (args.size() > 1 || final != nullptr)
    return Error("can't give argument to non-function ", NodeText(*args[0]));
  return OkStatus();
}

StatusOr<Value> Executor::Variable_(const FieldNode& node) const {
  for (size_t i = frame_->variables.size(); i-- > 0;) {
    if (frame_->variables[i].name == node.names[0]) return frame_->variables[i].value;
  }
  return Error("undefined variable: ", node.names[0]);
}

StatusOr<Value> Executor::Command(const CommandNode& command, const Value& dot,
                                  const Value* final) {
  KVS_RETURN_IF_ERROR(Tick());
  const Node& word = *command.args[0];
  switch (word.kind) {
    case NodeKind::kField:
      return Fields(word, dot, static_cast<const FieldNode&>(word).names, 0, dot, command.args,
                    final);
    case NodeKind::kChain: {
      const auto& chain = static_cast<const ChainNode&>(word);
      At(word);
      KVS_ASSIGN_OR_RETURN(const Value start, Any(*chain.node, dot));
      return Fields(word, start, chain.fields, 0, dot, command.args, final);
    }
    case NodeKind::kIdentifier:
      At(word);
      return Call(static_cast<const IdentifierNode&>(word).name, dot, command, final);
    case NodeKind::kPipe:
      KVS_RETURN_IF_ERROR(NotAFunction(command.args, final));
      return Pipeline(static_cast<const PipeNode*>(&word), dot);
    case NodeKind::kVariable: {
      const auto& variable = static_cast<const FieldNode&>(word);
      At(word);
      KVS_ASSIGN_OR_RETURN(const Value start, Variable_(variable));
      if (variable.names.size() > 1)
        return Fields(word, start, variable.names, 1, dot, command.args, final);
      KVS_RETURN_IF_ERROR(NotAFunction(command.args, final));
      return start;
    }
    default:
      break;
  }
  At(word);
  KVS_RETURN_IF_ERROR(NotAFunction(command.args, final));
  switch (word.kind) {
    case NodeKind::kDot:
      return dot;
    case NodeKind::kNil:
      return Error("nil is not a command");
    case NodeKind::kBool:
    case NodeKind::kNumber:
    case NodeKind::kString:
      return static_cast<const ConstantNode&>(word).value;
    default:
      return Error("can't evaluate command ", Quote(NodeText(word)));
  }
}

StatusOr<Value> Executor::Fields(const Node& at, const Value& start,
                                 const std::vector<std::string>& names, size_t from,
                                 const Value& dot, const ArgNodes& args, const Value* final) {
  At(at);
  static const ArgNodes kNone;
  Value value = start;
  for (size_t i = from; i + 1 < names.size(); ++i) {
    KVS_ASSIGN_OR_RETURN(value, Field(names[i], value, dot, kNone, nullptr));
  }
  return Field(names.back(), value, dot, args, final);
}

StatusOr<Value> Executor::Field(const std::string& name, const Value& receiver, const Value& dot,
                                const ArgNodes& args, const Value* final) {
  if (receiver.is_nil()) {
    if (execution_.missing == MissingKey::kError)
      return Error("nil data; no entry for key ", Quote(name));
    return Value();
  }
  const bool has_args = args.size() > 1 || final != nullptr;
  if (const Method* method = receiver.FindMethod(name); method != nullptr) {
    const Function shape{std::vector<Param>(method->n_args, Param::kAny), false, nullptr};
    KVS_ASSIGN_OR_RETURN(const std::vector<Value> values, Arguments(shape, name, dot, args, final));
    StatusOr<Value> result = method->fn(receiver, values);
    if (!result.ok()) return Error("error calling ", name, ": ", result.status().message());
    return result;
  }
  if (receiver.kind() == Value::Kind::kMap) {
    const Map& map = receiver.as_map();
    const Value* value = receiver.Find(name);
    if (map.is_struct) {
      if (value != nullptr) {
        if (has_args) return Error(name, " has arguments but cannot be invoked as function");
        return *value;
      }
    } else {
      if (has_args) return Error(name, " is not a method but has arguments");
      if (value != nullptr) return *value;
      switch (execution_.missing) {
        case MissingKey::kNoValue:
          return Value();
        case MissingKey::kZero:
          return map.of_strings ? Value("") : Value();
        case MissingKey::kError:
          return Error("map has no entry for key ", Quote(name));
      }
    }
  }
  return Error("can't evaluate field ", name, " in type ", receiver.TypeName());
}

const Function* Executor::Find(std::string_view name) const {
  for (const Functions* table : {execution_.also, execution_.functions, &Builtins()}) {
    if (table == nullptr) continue;
    if (const auto found = table->find(name); found != table->end()) return &found->second;
  }
  return nullptr;
}

StatusOr<Value> Executor::Call(std::string_view name, const Value& dot, const CommandNode& command,
                               const Value* final) {
  const ArgNodes& args = command.args;
  const Function* function = Find(name);
  if (function == nullptr) return Error(Quote(name), " is not a defined function");
  // The one decides how many of the others are looked at.
  if (name == "and" || name == "or") {
    Value value;
    const size_t n = args.size() - 1;
    if (n == 0 && final == nullptr)
      return Error("wrong number of args for ", name, ": want at least 1 got 0");
    for (size_t i = 1; i <= n; ++i) {
      KVS_ASSIGN_OR_RETURN(value, Argument(*args[i], Param::kAny, dot));
      if (value.Truth() == (name == "or")) return value;
    }
    return final != nullptr ? *final : value;
  }
  KVS_ASSIGN_OR_RETURN(const std::vector<Value> values,
                       Arguments(*function, name, dot, args, final));
  At(command);
  uint64_t weight = 0;
  for (const Value& value : values) weight += value.weight();
  KVS_RETURN_IF_ERROR(CheckWeight(weight));
  StatusOr<Value> result = function->fn(*this, values);
  if (result.ok() && result->depth() > kValueDepthMax)
    return ResourceExhausted(Where(), "values within values, at most ", kValueDepthMax, " levels");
  if (result.ok()) {
    KVS_RETURN_IF_ERROR(CheckWeight(result->weight()));
    return result;
  }
  if (result.status().code() == StatusCode::kResourceExhausted) return result.status();
  return Error("error calling ", name, ": ", result.status().message());
}

StatusOr<std::vector<Value>> Executor::Arguments(const Function& function, std::string_view name,
                                                 const Value& dot, const ArgNodes& args,
                                                 const Value* final) {
  const size_t n = args.size() - (args.empty() ? 0 : 1) + (final != nullptr ? 1 : 0);
  const size_t fixed = function.params.size() - (function.variadic ? 1 : 0);
  if (function.variadic ? n < fixed : n != fixed) {
    return Error("wrong number of args for ", name, ": want ", function.variadic ? "at least " : "",
                 fixed, " got ", n);
  }
  std::vector<Value> values;
  values.reserve(n);
  const auto param = [&](size_t i) {
    return function.params[std::min(i, function.params.size() - 1)];
  };
  for (size_t i = 1; i < args.size(); ++i) {
    KVS_ASSIGN_OR_RETURN(Value value, Argument(*args[i], param(i - 1), dot, function.list_type));
    values.push_back(std::move(value));
  }
  if (final != nullptr) {
    KVS_RETURN_IF_ERROR(CheckType(*final, param(n - 1), function.list_type));
    values.push_back(*final);
  }
  return values;
}

Status Executor::CheckType(const Value& value, Param param, std::string_view list_type) {
  if (Fits(param, value)) return OkStatus();
  if (value.is_nil())
    return Error("invalid value; expected ", param == Param::kList ? list_type : ParamName(param));
  return Error("wrong type for value; expected ",
               param == Param::kList ? list_type : ParamName(param), "; got ", value.TypeName());
}

StatusOr<Value> Executor::Any(const Node& node, const Value& dot) {
  At(node);
  static const ArgNodes kNone;
  switch (node.kind) {
    case NodeKind::kBool:
    case NodeKind::kNumber:
    case NodeKind::kString:
      return static_cast<const ConstantNode&>(node).value;
    case NodeKind::kDot:
      return dot;
    case NodeKind::kNil:
      return Error("evaluating nil");
    case NodeKind::kField:
      return Fields(node, dot, static_cast<const FieldNode&>(node).names, 0, dot, kNone, nullptr);
    case NodeKind::kVariable: {
      const auto& variable = static_cast<const FieldNode&>(node);
      KVS_ASSIGN_OR_RETURN(const Value start, Variable_(variable));
      return variable.names.size() > 1 ? Fields(node, start, variable.names, 1, dot, kNone, nullptr)
                                       : start;
    }
    case NodeKind::kPipe:
      return Pipeline(static_cast<const PipeNode*>(&node), dot);
    case NodeKind::kChain: {
      const auto& chain = static_cast<const ChainNode&>(node);
      KVS_ASSIGN_OR_RETURN(const Value start, Any(*chain.node, dot));
      return Fields(node, start, chain.fields, 0, dot, kNone, nullptr);
    }
    case NodeKind::kIdentifier: {
      const std::string& name = static_cast<const IdentifierNode&>(node).name;
      const Function* function = Find(name);
      if (function == nullptr) return Error(Quote(name), " is not a defined function");
      KVS_ASSIGN_OR_RETURN(const std::vector<Value> values,
                           Arguments(*function, name, dot, kNone, nullptr));
      StatusOr<Value> result = function->fn(*this, values);
      if (!result.ok()) return Error("error calling ", name, ": ", result.status().message());
      return result;
    }
    default:
      return Error("can't handle assignment of ", NodeText(node), " to empty interface argument");
  }
}

StatusOr<Value> Executor::Argument(const Node& node, Param param, const Value& dot,
                                   std::string_view list_type) {
  KVS_RETURN_IF_ERROR(Tick());
  At(node);
  if (node.kind == NodeKind::kNil) {
    if (param == Param::kAny || param == Param::kList || param == Param::kMap) return Value();
    return Error("cannot assign nil to ", ParamName(param));
  }
  const auto* constant = node.kind == NodeKind::kBool || node.kind == NodeKind::kNumber ||
                                 node.kind == NodeKind::kString
                             ? static_cast<const ConstantNode*>(&node)
                             : nullptr;
  if (constant == nullptr || param == Param::kAny) {
    KVS_ASSIGN_OR_RETURN(Value value, Any(node, dot));
    At(node);
    KVS_RETURN_IF_ERROR(CheckType(value, param, list_type));
    return value;
  }
  // A constant takes the type of its parameter: 1 may be a float.
  if (param == Param::kFloat && constant->as_float.has_value()) return Value(*constant->as_float);
  if (param == Param::kDuration && constant->value.kind() == Value::Kind::kInt)
    return Value(Value::Duration{constant->value.as_int()});
  if (Fits(param, constant->value)) return constant->value;
  switch (param) {
    case Param::kBool:
      return Error("expected bool; found ", NodeText(node));
    case Param::kString:
      return Error("expected string; found ", NodeText(node));
    case Param::kInt:
      return Error("expected integer; found ", NodeText(node));
    case Param::kFloat:
      return Error("expected float; found ", NodeText(node));
    default:
      return Error("can't handle ", NodeText(node), " for arg of type ", ParamName(param));
  }
}

}  // namespace

StatusOr<std::string> Execute(const Execution& execution, std::string_view name,
                              const Value& data) {
  return Executor(execution, data).Run(name, data, execution.output);
}

}  // namespace kvs::gotemplate::internal
