// SPDX-License-Identifier: Apache-2.0
// What completing the settings of an integration is made of.
#pragma once

#include <yaml-cpp/yaml.h>

#include "kvs/base/status.h"

#include "fields.h"
#include "integrations.h"

namespace kvs::alerting {

/// What two fields may not say both.
Status AtMostOne(const YAML::Node& table, const char* one, const char* other);
/// What one of two fields, and no more, must say.
Status OneOf(const YAML::Node& table, const char* one, const char* other);

/// Takes a field of the global section, or else `fallback`, where the settings have none.
void Inherit(YAML::Node settings, const char* field, const YAML::Node& global,
             const char* global_field, const char* fallback = nullptr);
/// The same for a secret that may stand inline or in a file: one place wins as a whole.
void InheritSecret(YAML::Node settings, const char* field, const char* file,
                   const YAML::Node& global, const char* global_field, const char* global_file);
/// The same for the HTTP client, which is checked then.
Status InheritHttp(YAML::Node settings, const YAML::Node& global);

void EndWithSlash(YAML::Node settings, const char* field);

/// The integrations of each file.
std::span<const IntegrationKind> MailKinds();
std::span<const IntegrationKind> ChatKinds();
std::span<const IntegrationKind> PagingKinds();

}  // namespace kvs::alerting
