// SPDX-License-Identifier: Apache-2.0
// label_replace and label_join.

#include <re2/re2.h>

#include "kvs/model/utf8.h"

#include "functions/functions.h"

namespace kvs::engine::promql {
namespace {

const std::string& TextArg(const ast::Call& call, size_t i) {
  return ast::As<ast::StringLiteral>(Unwrap(*call.args[i])).value;
}

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// A replacement such as "$1-${name}", split once: pieces of text and numbers of groups.
class Template {
 public:
  Template(std::string_view text, const re2::RE2& re) {
    while (!text.empty()) {
      const size_t dollar = text.find('$');
      Literal(text.substr(0, dollar));
      if (dollar == std::string_view::npos) return;
      text.remove_prefix(dollar + 1);
      if (text.starts_with('$')) {
        Literal("$");
        text.remove_prefix(1);
        continue;
      }
      const bool braced = text.starts_with('{');
      const size_t begin = braced ? 1 : 0;
      size_t end = begin;
      while (end < text.size() && IsNameChar(text[end])) ++end;
      if (end == begin || (braced && (end == text.size() || text[end] != '}'))) {
        Literal("$");  // No name follows: the sign stands for itself.
        continue;
      }
      Group(text.substr(begin, end - begin), re);
      text.remove_prefix(end + begin);
    }
  }

  void Expand(const std::vector<re2::StringPiece>& groups, std::string& out) const {
    out.clear();
    for (const Part& part : parts_) {
      if (part.group < 0) {
        out += part.text;
      } else if (static_cast<size_t>(part.group) < groups.size()) {
        const re2::StringPiece& piece = groups[static_cast<size_t>(part.group)];
        if (piece.data() != nullptr) out.append(piece.data(), piece.size());
      }
    }
  }

 private:
  struct Part {
    int group;
    std::string text;
  };
  void Literal(std::string_view text) {
    if (!text.empty()) parts_.push_back({-1, std::string(text)});
  }
  void Group(std::string_view name, const re2::RE2& re) {
    int number = 0;
    bool digits = name.size() == 1 || name[0] != '0';  // "01" is a name, of no group.
    for (const char c : name) {
      if (c < '0' || c > '9') {
        digits = false;
        break;
      }
      number = std::min(number * 10 + (c - '0'), 1'000'000);
    }
    if (!digits) {
      const auto it = re.NamedCapturingGroups().find(std::string(name));
      if (it == re.NamedCapturingGroups().end()) return;  // An unknown group is empty.
      number = it->second;
    }
    parts_.push_back({number, {}});
  }
  std::vector<Part> parts_;
};

/// Rows keep their values; names that were to be dropped later stay if somebody has set them.
StatusOr<Value> Finish(Vector vector) {
  KVS_RETURN_IF_ERROR(MergeEqualRows(vector, true));
  return Value::Of(std::move(vector));
}

void SetLabel(LabelStore& store, Row& row, uint32_t name, std::string_view value) {
  row.labels = store.With(row.labels, name, store.Intern(value));
  if (name == kSymName) row.drop_name = false;
}

StatusOr<Value> LabelReplace(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  const std::string& target = TextArg(call, 1);
  const std::string& replacement = TextArg(call, 2);
  const std::string& source = TextArg(call, 3);
  const std::string& pattern = TextArg(call, 4);
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  const re2::RE2 re("^(?s:" + pattern + ")$", options);
  if (!re.ok()) return ExecutionError("invalid regular expression in label_replace(): ", pattern);
  if (target.empty() || !model::IsValidUtf8(target)) {
    return ExecutionError("invalid destination label name in label_replace(): ", target);
  }
  const Template expansion(replacement, re);

  KVS_ASSIGN_OR_RETURN(Vector vector, eval.EvalVector(*call.args[0], grid));
  LabelStore& store = eval.query().labels;
  const uint32_t target_symbol = store.Intern(target);
  const uint32_t source_symbol = store.Intern(source);
  std::vector<re2::StringPiece> groups(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
  std::string value;
  uint32_t done = 0;
  for (Row& row : vector.rows) {
    if ((++done & 255) == 0) KVS_RETURN_IF_ERROR(eval.query().CheckAlive());
    const std::string_view text = store.text(row.labels.Get(source_symbol));
    const re2::StringPiece piece(text.data() == nullptr ? "" : text.data(), text.size());
    if (!re.Match(piece, 0, piece.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                  static_cast<int>(groups.size())))
      continue;
    expansion.Expand(groups, value);
    SetLabel(store, row, target_symbol, value);
  }
  return Finish(std::move(vector));
}

StatusOr<Value> LabelJoin(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  const std::string& target = TextArg(call, 1);
  const std::string& separator = TextArg(call, 2);
  LabelStore& store = eval.query().labels;
  std::vector<uint32_t> sources;
  for (size_t i = 3; i < call.args.size(); ++i) {
    const std::string& source = TextArg(call, i);
    if (source.empty() || !model::IsValidUtf8(source)) {
      return ExecutionError("invalid source label name in label_join(): ", source);
    }
    sources.push_back(store.Intern(source));
  }
  if (target.empty() || !model::IsValidUtf8(target)) {
    return ExecutionError("invalid destination label name in label_join(): ", target);
  }
  KVS_ASSIGN_OR_RETURN(Vector vector, eval.EvalVector(*call.args[0], grid));
  const uint32_t target_symbol = store.Intern(target);
  std::string value;
  uint32_t done = 0;
  for (Row& row : vector.rows) {
    if ((++done & 255) == 0) KVS_RETURN_IF_ERROR(eval.query().CheckAlive());
    value.clear();
    for (size_t i = 0; i < sources.size(); ++i) {
      if (i > 0) value += separator;
      value += store.text(row.labels.Get(sources[i]));
    }
    SetLabel(store, row, target_symbol, value);
  }
  return Finish(std::move(vector));
}

}  // namespace

StatusOr<Value> EvalLabels(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  switch (call.function->id) {
    case ast::FunctionId::kLabelReplace:
      return LabelReplace(eval, call, grid);
    case ast::FunctionId::kLabelJoin:
      return LabelJoin(eval, call, grid);
    default:
      return Value();
  }
}

}  // namespace kvs::engine::promql
