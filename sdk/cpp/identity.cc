// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/identity.h"

#include <algorithm>
#include <utility>

#include "kvs/base/glob.h"
#include "kvs/sdk/each_tenant.h"
#include "kvs/sdk/str.h"

namespace kvs::sdk {
namespace {

// Everything that a header, a query or this syntax could misread is escaped.
bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '.';
}

void AppendEscaped(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (IsPlain(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
}

int HexValue(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

StatusOr<std::string> Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsPlain(text[i])) {
      out.push_back(text[i]);
      continue;
    }
    const int high = text[i] == '%' && i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(text[i + 2]) : -1;
    if (low < 0) return InvalidArgument("matchers: an unescaped character or a broken escape");
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return out;
}

constexpr std::string_view kOperators[] = {"=", "!=", "=~", "!~"};  // By type.

}  // namespace

Identity::Identity(std::string subject, uint32_t rights, std::vector<std::string> tenants,
                   std::vector<OwnedMatcher> matchers)
    : subject_(std::move(subject)),
      rights_(rights),
      tenants_(std::move(tenants)),
      matchers_(std::move(matchers)) {
  for (const std::string& tenant : tenants_) raw_tenants_.push_back(Str(tenant));
  for (const OwnedMatcher& m : matchers_)
    raw_matchers_.push_back({Str(m.name), Str(m.value), m.type, 0});
}

void Identity::HandOut(std::shared_ptr<const Identity> identity, kvs_identity_t& out) {
  const Identity& from = *identity;
  out.rights = from.rights_;
  out.subject = Str(from.subject_);
  out.tenants = from.raw_tenants_.data();
  out.n_tenants = from.raw_tenants_.size();
  out.matchers = {from.raw_matchers_.data(), from.raw_matchers_.size()};
  out.producer = new std::shared_ptr<const Identity>(std::move(identity));
  out.release = [](kvs_identity_t* self) noexcept {
    delete static_cast<std::shared_ptr<const Identity>*>(self->producer);
    self->producer = nullptr;
    self->release = nullptr;
  };
}

const kvs_identity_t* IdentityOf(const Call& call) {
  for (const kvs_ext_t* ext = call.raw()->ext; ext != nullptr; ext = ext->next) {
    if (std::string_view(ext->id) == KVS_EXT_IDENTITY)
      return static_cast<const kvs_identity_t*>(ext->value);
  }
  return nullptr;
}

kvs_matchers_t BindingMatchers(const Call& call) {
  const kvs_identity_t* const identity = IdentityOf(call);
  return identity == nullptr ? kvs_matchers_t{nullptr, 0} : identity->matchers;
}

bool MayActFor(const kvs_identity_t& identity, std::string_view tenant) {
  const auto judge = [&identity](std::string_view one) {
    for (uint64_t i = 0; i < identity.n_tenants; ++i) {
      if (FitsPattern(View(identity.tenants[i]), one)) return OkStatus();
    }
    return PermissionDenied(one);
  };
  return ForEachTenant(tenant, judge).ok();
}

std::string EncodeMatchers(const kvs_matchers_t& matchers) {
  std::string out;
  for (uint64_t i = 0; i < matchers.n; ++i) {
    const kvs_matcher_t& m = matchers.matchers[i];
    if (i > 0) out.push_back('&');
    AppendEscaped(View(m.name), out);
    out.append(kOperators[m.type & 3]);
    AppendEscaped(View(m.value), out);
  }
  return out;
}

StatusOr<std::vector<OwnedMatcher>> DecodeMatchers(std::string_view text) {
  std::vector<OwnedMatcher> out;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const size_t at = one.find_first_of("=!");
    if (at == std::string_view::npos || at == 0)
      return InvalidArgument("matchers: one has no name or no operator");
    OwnedMatcher& m = out.emplace_back();
    size_t length = 0;
    for (int32_t type = 0; type < 4; ++type) {
      if (one.substr(at).starts_with(kOperators[type]) && kOperators[type].size() > length) {
        m.type = type;
        length = kOperators[type].size();
      }
    }
    if (length == 0) return InvalidArgument("matchers: one has no operator");
    KVS_ASSIGN_OR_RETURN(m.name, Unescape(one.substr(0, at)));
    KVS_ASSIGN_OR_RETURN(m.value, Unescape(one.substr(at + length)));
  }
  return out;
}

}  // namespace kvs::sdk
