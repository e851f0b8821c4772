// SPDX-License-Identifier: Apache-2.0
#include "kvs/relabel/relabel.h"

#include <algorithm>
#include <map>

#include <openssl/evp.h>
#include <re2/re2.h>

#include "template.h"

namespace kvs::relabel {
namespace {

// The last eight bytes of the MD5, as Prometheus takes them.
uint64_t HashOf(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr) != 1 || size != 16)
    return 0;
  uint64_t hash = 0;
  for (int i = 8; i < 16; ++i) hash = (hash << 8) | digest[i];
  return hash;
}

std::string ChangeCase(std::string text, bool upper) {
  for (char& c : text) {
    if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z') c = static_cast<char>(c ^ 32);
  }
  return text;
}

bool NeedsTarget(Action action) {
  switch (action) {
    case Action::kReplace:
    case Action::kKeepEqual:
    case Action::kDropEqual:
    case Action::kHashMod:
    case Action::kLowercase:
    case Action::kUppercase:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Relabeler::Compiled {
  Rule rule;
  model::NameScheme scheme;
  std::unique_ptr<re2::RE2> regex;
  Template target;
  Template replacement;

  // The groups of a match of all of `text`; false when it does not match.
  bool Match(std::string_view text, std::vector<std::string_view>* groups) const {
    const int n = 1 + regex->NumberOfCapturingGroups();
    std::vector<re2::StringPiece> pieces(static_cast<size_t>(n));
    if (!regex->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                      re2::RE2::ANCHOR_BOTH, pieces.data(), n))
      return false;
    groups->clear();
    for (const re2::StringPiece& piece : pieces) groups->emplace_back(piece.data(), piece.size());
    return true;
  }
  bool Matches(std::string_view text) const {
    return regex->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                        re2::RE2::ANCHOR_BOTH, nullptr, 0);
  }
  bool Apply(model::LabelsBuilder& labels) const;
};

bool Relabeler::Compiled::Apply(model::LabelsBuilder& labels) const {
  std::string value;
  for (size_t i = 0; i < rule.source_labels.size(); ++i) {
    if (i > 0) value += rule.separator;
    value += labels.Get(rule.source_labels[i]);
  }
  std::vector<std::string_view> groups;
  switch (rule.action) {
    case Action::kDrop:
      return !Matches(value);
    case Action::kKeep:
      return Matches(value);
    case Action::kDropEqual:
      return labels.Get(rule.target_label) != value;
    case Action::kKeepEqual:
      return labels.Get(rule.target_label) == value;
    case Action::kReplace: {
      if (!Match(value, &groups)) return true;
      std::string name, text;
      target.Expand(groups, name);
      if (!model::IsValidLabelName(name, scheme)) return true;
      replacement.Expand(groups, text);
      labels.Set(name, text);  // An empty one deletes.
      return true;
    }
    case Action::kLowercase:
    case Action::kUppercase:
      labels.Set(rule.target_label,
                 ChangeCase(std::move(value), rule.action == Action::kUppercase));
      return true;
    case Action::kHashMod:
      labels.Set(rule.target_label, StrCat(HashOf(value) % rule.modulus));
      return true;
    case Action::kLabelMap: {
      const model::Labels before = labels.Build();
      for (const model::LabelView& label : before) {
        if (!Match(label.name, &groups)) continue;
        std::string name;
        replacement.Expand(groups, name);
        labels.Set(name, label.value);
      }
      return true;
    }
    case Action::kLabelDrop:
    case Action::kLabelKeep: {
      const model::Labels before = labels.Build();
      for (const model::LabelView& label : before) {
        if (Matches(label.name) == (rule.action == Action::kLabelDrop)) labels.Del(label.name);
      }
      return true;
    }
  }
  return true;
}

Relabeler::Relabeler(Relabeler&&) noexcept = default;
Relabeler& Relabeler::operator=(Relabeler&&) noexcept = default;
Relabeler::~Relabeler() = default;

StatusOr<Relabeler> Relabeler::Make(std::vector<Rule> rules, model::NameScheme scheme) {
  Relabeler out;
  for (Rule& rule : rules) {
    const size_t number = out.rules_.size() + 1;
    auto compiled = std::make_unique<Compiled>();
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_dot_nl(true);
    compiled->regex = std::make_unique<re2::RE2>(rule.regex, options);
    if (!compiled->regex->ok())
      return InvalidArgument("relabel rule ", number,
                             ": error parsing regexp: ", compiled->regex->error());
    if (rule.action == Action::kHashMod && rule.modulus == 0)
      return InvalidArgument("relabel rule ", number,
                             ": relabel configuration for hashmod requires non-zero modulus");
    if (NeedsTarget(rule.action) && rule.target_label.empty())
      return InvalidArgument("relabel rule ", number,
                             ": relabel configuration requires 'target_label' value");
    if (NeedsTarget(rule.action) && rule.action != Action::kReplace &&
        !model::IsValidLabelName(rule.target_label, scheme))
      return InvalidArgument("relabel rule ", number, ": \"", rule.target_label,
                             "\" is invalid 'target_label'");
    const std::map<std::string, int>& names = compiled->regex->NamedCapturingGroups();
    compiled->target = Template(rule.target_label, names);
    if (rule.action == Action::kReplace && compiled->target.is_plain() &&
        !model::IsValidLabelName(rule.target_label, scheme))
      return InvalidArgument("relabel rule ", number, ": \"", rule.target_label,
                             "\" is invalid 'target_label'");
    compiled->replacement = Template(rule.replacement, names);
    compiled->scheme = scheme;
    compiled->rule = std::move(rule);
    out.rules_.push_back(std::move(compiled));
  }
  return out;
}

bool Relabeler::Apply(model::LabelsBuilder& labels) const {
  return std::ranges::all_of(rules_, [&](const auto& rule) { return rule->Apply(labels); });
}

}  // namespace kvs::relabel
