// SPDX-License-Identifier: Apache-2.0
// Where a write comes from: kvs/abi/write_origin.h from C++.
#pragma once

#include <string_view>

#include "kvs/abi/write_origin.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/str.h"

namespace kvs::sdk {

/// A call that says it comes from a rule. Lives until the call has ended, as `parent` does.
class RuleCall {
 public:
  explicit RuleCall(const Call& parent) : raw_(*parent.raw()) {
    ext_.struct_size = sizeof(ext_);
    ext_.id = KVS_EXT_FROM_RULE;
    ext_.next = raw_.ext;
    raw_.ext = &ext_;
  }
  RuleCall(const RuleCall&) = delete;
  RuleCall& operator=(const RuleCall&) = delete;

  operator Call() const { return Call(&raw_); }  // NOLINT(google-explicit-constructor)

 private:
  kvs_call_t raw_;
  kvs_ext_t ext_{};
};

/// Whether a rule computed the samples. [any]
inline bool IsFromRule(const Call& call) {
  for (const kvs_ext_t* ext = call.raw()->ext; ext != nullptr; ext = ext->next) {
    if (std::string_view(ext->id) == KVS_EXT_FROM_RULE) return true;
  }
  return false;
}

}  // namespace kvs::sdk
