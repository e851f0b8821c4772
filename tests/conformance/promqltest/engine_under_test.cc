// SPDX-License-Identifier: Apache-2.0
#include "engine_under_test.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "kvs/abi/port/query_engine.h"
#include "kvs/abi/port/series_source.h"
#include "kvs/base/str_cat.h"
#include "kvs/testkit/temp_dir.h"

#include "kernel/graph/type_view.h"
#include "source_component.h"

namespace kvs::conformance {
namespace {

// What the components are called in a configuration, ours or the user's.
constexpr const char* kEngine = "engine";

bool Takes(const kvs_port_t& port, std::string_view iface) {
  const std::vector<std::string> ids = kernel::Interfaces(port);
  return std::ranges::find(ids, iface) != ids.end();
}

StatusOr<const kvs_component_type_t*> EngineType(const kvs_module_t& module,
                                                 const std::string& wanted) {
  const kvs_component_type_t* found = nullptr;
  for (uint64_t i = 0; i < module.n_types; ++i) {
    const kvs_component_type_t* type = module.types[i];
    if (kernel::FindProvider(*type, KVS_QUERY_ENGINE_V1) == nullptr) continue;
    if (!wanted.empty() && wanted != type->name) continue;
    if (found != nullptr)
      return InvalidArgument(module.id, " has more than one engine; --type says which");
    found = type;
  }
  if (found != nullptr) return found;
  return InvalidArgument(module.id, " has no type ", wanted, wanted.empty() ? "" : " ",
                         "that provides ", KVS_QUERY_ENGINE_V1);
}

/// The engine over the store. Whatever else it requires, it must be given in a file.
std::string DefaultConfig(const kvs_component_type_t& type,
                          const std::vector<std::string>& features) {
  std::string out = StrCat("[component.source]\ntype = \"", kSourceType, "\"\n\n[component.",
                           kEngine, "]\ntype = \"", type.name, "\"\n");
  StrAppend(out, "ports = {");
  const char* separator = " ";
  for (const kvs_port_t& port : kernel::Ports(type)) {
    if ((port.flags & KVS_PORT_REQUIRES) == 0 || !Takes(port, KVS_SERIES_SOURCE_V1)) continue;
    StrAppend(out, separator, port.name, " = \"source\"");
    separator = ", ";
  }
  StrAppend(out, " }\n");
  if (features.empty()) return out;
  StrAppend(out, "enable_features = [");
  for (const std::string& feature : features) StrAppend(out, "\"", feature, "\", ");
  return out + "]\n";
}

kernel::ServicesOptions Quiet() {
  kernel::ServicesOptions options;
  options.log.level = kernel::LogLevel::kWarn;
  return options;
}

}  // namespace

EngineUnderTest::EngineUnderTest(const EngineChoice& choice, std::string config_file)
    : maker_(std::move(config_file), kernel::Environment::Process(), choice.plugin_dirs),
      module_file_(choice.module_file),
      services_(Quiet()),
      edges_(services_),
      lifecycle_(services_, &edges_) {}

StatusOr<std::unique_ptr<EngineUnderTest>> EngineUnderTest::Start(const EngineChoice& choice) {
  const testkit::TempDir folder;
  std::string config = choice.config_file;
  if (config.empty()) {
    kernel::Loader loader;
    KVS_ASSIGN_OR_RETURN(const kernel::LoadedModule* module, loader.LoadFile(choice.module_file));
    KVS_ASSIGN_OR_RETURN(const kvs_component_type_t* type,
                         EngineType(*module->module, choice.type));
    config = folder.path() + "/promqltest.toml";
    testkit::WriteFile(config, DefaultConfig(*type, choice.features));
  }
  std::unique_ptr<EngineUnderTest> out(new EngineUnderTest(choice, config));
  KVS_RETURN_IF_ERROR(out->Run());
  return out;
}

Status EngineUnderTest::Run() {
  KVS_RETURN_IF_ERROR(maker_.AddModule(module_file_));
  KVS_RETURN_IF_ERROR(maker_.AddModule(SourceModule()));
  kernel::Diagnostics diagnostics;
  std::shared_ptr<const kernel::Plan> plan = maker_.Make(&diagnostics);
  const bool created = plan != nullptr && lifecycle_.CreateAndLink(plan, &diagnostics);
  // Warnings are about the configuration as a whole, which here exists for one component.
  if (!diagnostics.ok()) std::fputs(diagnostics.ToText().c_str(), stderr);
  if (!created) return InvalidArgument("the engine cannot be created");
  kernel::Instance* const engine = lifecycle_.Find(kEngine);
  if (engine == nullptr)
    return InvalidArgument("the configuration has no component called ", kEngine);
  source_ = LiveSource();
  if (source_ == nullptr)
    return InvalidArgument("the configuration has no component of type ", kSourceType);
  const kvs_port_t* const port = kernel::FindProvider(engine->type(), KVS_QUERY_ENGINE_V1);
  if (port == nullptr)
    return InvalidArgument("the component ", kEngine, " does not provide ", KVS_QUERY_ENGINE_V1);
  KVS_ASSIGN_OR_RETURN(const kvs_iface_t provided, engine->GetInterface(KVS_QUERY_ENGINE_V1));
  kernel::EdgeInfo info;
  info.consumer = "promqltest";
  info.port = port->name;
  info.provider = engine->name();
  info.blocking = (port->flags & KVS_PORT_BLOCKING) != 0;
  info.host = engine->host().raw();
  edge_ = edges_.Wrap(info, provided);
  iface_ = edge_ == nullptr ? provided : edge_->iface();
  return lifecycle_.Start();
}

}  // namespace kvs::conformance
