// SPDX-License-Identifier: Apache-2.0
#include "kernel/main/plan_maker.h"

#include <optional>
#include <utility>

#include "kernel/config/document.h"
#include "kernel/graph/resolve.h"

namespace kvs::kernel {

PlanMaker::PlanMaker(std::string path, Environment environment,
                     std::vector<std::string> default_dirs)
    : path_(std::move(path)),
      environment_(std::move(environment)),
      default_dirs_(std::move(default_dirs)) {}

Status PlanMaker::AddModule(const std::string& file) {
  KVS_ASSIGN_OR_RETURN(const LoadedModule* module, loader_.LoadFile(file));
  added_.push_back(module);
  return OkStatus();
}

Status PlanMaker::AddModule(const kvs_module_t* module) {
  KVS_ASSIGN_OR_RETURN(const LoadedModule* registered, loader_.Register(module));
  added_.push_back(registered);
  return OkStatus();
}

std::shared_ptr<const Plan> PlanMaker::Make(Diagnostics* diagnostics) {
  Document document = LoadDocument(path_, environment_, diagnostics);
  // Nothing could be made out of a file that is not there or is no TOML; more complaints would only
  // hide the reason.
  if (document.components.empty() && !diagnostics->ok()) return nullptr;
  for (const std::string& dir : default_dirs_) document.settings.plugin_dirs.push_back(dir);
  TypeCatalog catalog;
  for (const LoadedModule* module : added_) {
    if (const Status status = AddTypes(*module, &catalog); !status.ok())
      diagnostics->Error("M002", status.message());
  }
  loader_.Load(document.settings, &catalog, diagnostics);
  std::optional<Plan> plan = Resolve(document, catalog, environment_, diagnostics);
  return plan ? std::make_shared<const Plan>(*std::move(plan)) : nullptr;
}

}  // namespace kvs::kernel
