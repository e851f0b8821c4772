// SPDX-License-Identifier: Apache-2.0
#include "source_component.h"

#include "kvs/sdk/component.h"

namespace kvs::conformance {
namespace {

testkit::promqltest::MemorySource* g_live = nullptr;

struct SourceConfig {
  static const sdk::Schema<SourceConfig>& Schema() {
    static const sdk::Schema<SourceConfig> kSchema{};
    return kSchema;
  }
};

class SourceComponent final : public sdk::Component, public testkit::promqltest::MemorySource {
 public:
  SourceComponent(sdk::Host, SourceConfig) { g_live = this; }
  ~SourceComponent() override {
    if (g_live == this) g_live = nullptr;
  }
};

}  // namespace

const kvs_module_t* SourceModule() {
  static const auto kType =
      sdk::ComponentType<SourceComponent, SourceConfig>(
          kSourceType, "What the load statements of a test script have stored", KVS_BETA)
          .Provides<sdk::SeriesSource>("source", "Gives series");
  static const kvs_component_type_t* const kTypes[] = {kType.raw()};
  static const kvs_module_t kModule = {
      sizeof(kvs_module_t), KVS_ABI_MINOR, kSourceType, KVS_PLUGIN_VERSION,
      KVS_PLUGIN_VENDOR,    "Apache-2.0",  kTypes,      1};
  return &kModule;
}

testkit::promqltest::MemorySource* LiveSource() {
  return g_live;
}

}  // namespace kvs::conformance
