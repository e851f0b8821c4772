// SPDX-License-Identifier: Apache-2.0
#include "kvs/alerting/templates.h"

#include <string_view>

#include "kvs/gotemplate/alertmanager.h"

#include "default_templates.h"

namespace kvs::alerting {

StatusOr<gotemplate::TemplateSet> NotificationTemplates(
    const std::vector<std::pair<std::string, std::string>>& files,
    std::function<int64_t()> now_ms) {
  gotemplate::TemplateSet set(gotemplate::AlertmanagerFunctions(std::move(now_ms)));
  set.set_missing_key(gotemplate::MissingKey::kZero);
  KVS_RETURN_IF_ERROR(set.Parse("default.tmpl", DefaultTemplates()));
  KVS_RETURN_IF_ERROR(set.Parse("email.tmpl", DefaultMail()));
  for (const auto& [name, text] : files) KVS_RETURN_IF_ERROR(set.Parse(name, text));
  return set;
}

}  // namespace kvs::alerting
