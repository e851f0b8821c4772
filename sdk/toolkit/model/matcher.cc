// SPDX-License-Identifier: Apache-2.0
#include "kvs/model/matcher.h"

#include <utility>

#include "kvs/base/quote.h"
#include "kvs/model/labels.h"
#include "kvs/model/utf8.h"

#include "regex_program.h"

namespace kvs::model {

std::string_view MatchTypeText(MatchType type) {
  switch (type) {
    case MatchType::kEqual:
      return "=";
    case MatchType::kNotEqual:
      return "!=";
    case MatchType::kRegex:
      return "=~";
    case MatchType::kNotRegex:
      return "!~";
  }
  return "?";
}

Matcher::Matcher(MatchType type, std::string name, std::string value,
                 std::shared_ptr<const RegexProgram> program)
    : type_(type), name_(std::move(name)), value_(std::move(value)), program_(std::move(program)) {}

StatusOr<Matcher> Matcher::Make(MatchType type, std::string_view name, std::string_view value) {
  std::shared_ptr<const RegexProgram> program;
  switch (type) {
    case MatchType::kEqual:
    case MatchType::kNotEqual:
      break;
    case MatchType::kRegex:
    case MatchType::kNotRegex: {
      KVS_ASSIGN_OR_RETURN(program, RegexProgram::Compile(value));
      break;
    }
    default:
      return InvalidArgument("unknown matcher type ", static_cast<int>(type));
  }
  return Matcher(type, std::string(name), std::string(value), std::move(program));
}

bool Matcher::MatchesRegex(std::string_view value) const {
  return program_->Matches(value);
}

std::span<const std::string> Matcher::set_matches() const {
  return program_ == nullptr ? std::span(&value_, 1) : program_->set_matches();
}

std::string_view Matcher::prefix() const {
  return program_ == nullptr ? value_ : program_->prefix();
}

bool Matcher::matches_everything() const {
  return program_ != nullptr && program_->matches_everything();
}

bool Matcher::matches_nonempty() const {
  return program_ != nullptr && program_->matches_nonempty();
}

bool Matcher::is_slow() const {
  return program_ != nullptr && program_->is_slow();
}

size_t Matcher::MemoryBytes() const {
  return sizeof(*this) + name_.size() + value_.size() +
         (program_ == nullptr ? 0 : program_->MemoryBytes());
}

std::string Matcher::ToString() const {
  std::string out;
  if (IsValidLabelName(name_, NameScheme::kLegacy)) {
    out += name_;
  } else {
    AppendQuoted(out, name_);
  }
  out += MatchTypeText(type_);
  AppendQuoted(out, value_);
  return out;
}

}  // namespace kvs::model
