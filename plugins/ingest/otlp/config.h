// SPDX-License-Identifier: Apache-2.0
// Settings of ingest.otlp.
#pragma once

#include <string>
#include <vector>

#include "kvs/sdk/config.h"
#include "kvs/sdk/push_settings.h"

#include "translator.h"

namespace kvs::ingest::otlp {

struct Config : sdk::PushSettings {
  std::string path = "/otlp/v1/metrics";
  sdk::ByteSize max_request_size{100 << 20};
  sdk::ByteSize inline_size{32 << 10};

  std::string translation_strategy = "UnderscoreEscapingWithoutSuffixes";
  std::vector<std::string> promote_resource_attributes;
  bool promote_all_resource_attributes = false;
  std::vector<std::string> ignore_resource_attributes;
  bool keep_identifying_resource_attributes = false;
  bool convert_histograms_to_nhcb = false;
  bool promote_scope_metadata = false;
  bool label_name_underscore_sanitization = true;
  bool label_name_preserve_multiple_underscores = true;
  sdk::Duration lookback_delta{300'000};
  std::string delta_temporality = "refuse";
  int64_t delta_max_streams = 1'000'000;
  sdk::Duration delta_max_idle{300'000};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
  /// Of a valid configuration.
  Settings TranslatorSettings() const;
};

}  // namespace kvs::ingest::otlp
