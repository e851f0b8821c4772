// SPDX-License-Identifier: Apache-2.0
// Ownership: which tenants this compactor works for. One process works for all; several will share
// them by a ring.
#pragma once

#include <string_view>

namespace kvs::compactor {

/// Synchronised. [any]
class Ownership {
 public:
  virtual ~Ownership() = default;
  /// Asked before each step that changes the bucket of a tenant.
  virtual bool Owns(std::string_view tenant) const = 0;
};

class OwnsEverything final : public Ownership {
 public:
  bool Owns(std::string_view) const override { return true; }
};

}  // namespace kvs::compactor
