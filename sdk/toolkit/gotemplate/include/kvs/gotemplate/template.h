// SPDX-License-Identifier: Apache-2.0
// Templates in the language of Go's text/template, with its texts of errors, and with the escaping
// of html/template when the output is HTML.
//
//   TemplateSet set(functions);
//   KVS_RETURN_IF_ERROR(set.Parse("greeting", "Hello {{ .Name | toUpper }}"));
//   KVS_ASSIGN_OR_RETURN(std::string text, set.Execute("greeting", data));
//
// Execution is bounded: in steps, bytes of output and depth. Parsing is done once, executing may
// happen on many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/gotemplate/function.h"
#include "kvs/gotemplate/value.h"

namespace kvs::gotemplate {

namespace internal {
struct ListNode;
struct Tree;
}  // namespace internal

enum class Output : uint8_t { kText, kHtml };

/// What a key that a map lacks gives. Go's option missingkey.
enum class MissingKey : uint8_t { kNoValue, kZero, kError };

struct Limits {
  uint64_t steps = 1'000'000;      ///< Nodes evaluated, and units that functions spend.
  size_t output_bytes = 16 << 20;  ///< Of one execution, templates called with tmpl included.
  uint64_t value_bytes = 4 << 20;  ///< Of what one function takes or gives.
  uint32_t depth = 200;            ///< Templates within templates.
};

class TemplateSet {
 public:
  /// `functions` in addition to the builtins; shared, so that many sets can have one table.
  explicit TemplateSet(std::shared_ptr<const Functions> functions = nullptr);
  TemplateSet(const TemplateSet&);  ///< Cheap: what is parsed is shared.
  TemplateSet(TemplateSet&&) noexcept;
  TemplateSet& operator=(TemplateSet&&) noexcept;
  ~TemplateSet();

  void set_missing_key(MissingKey missing) { missing_ = missing; }
  void set_limits(const Limits& limits) { limits_ = limits; }

  /// Adds the template `name`, and those that the text defines; later ones replace earlier ones,
  /// but one of nothing but blanks and comments replaces none. InvalidArgument: template:
  /// NAME:LINE: ...
  Status Parse(std::string_view name, std::string_view text);
  bool Has(std::string_view name) const;
  std::vector<std::string> names() const;

  /// FailedPrecondition: template: NAME:LINE:COLUMN: executing "NAME" at <...>: ...;
  /// ResourceExhausted past a limit. `also` holds functions of this execution alone, which go
  /// before those of the set. [any]
  StatusOr<std::string> Execute(std::string_view name, const Value& data,
                                Output output = Output::kText,
                                const Functions* also = nullptr) const;
  /// A text as a template of its own, which may use those of the set. The set does not change.
  StatusOr<std::string> ExecuteText(std::string_view text, const Value& data,
                                    Output output = Output::kText) const;

 private:
  using Trees = std::map<std::string, std::shared_ptr<const internal::Tree>, std::less<>>;
  Status ParseInto(Trees& trees, std::string_view name, std::string_view text) const;
  StatusOr<std::string> Run(const Trees& trees, std::string_view name, const Value& data,
                            Output output, const Functions* also) const;

  std::shared_ptr<const Functions> functions_;
  Trees trees_;
  MissingKey missing_ = MissingKey::kNoValue;
  Limits limits_;
};

}  // namespace kvs::gotemplate
