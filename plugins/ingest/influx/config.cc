// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::ingest::influx {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema(
      {{"paths", &Config::paths,
        "Where senders post; answers below /api/v2 are those of version 2"},
       {"max_request_size", &Config::max_request_size,
        "Largest request, as sent and after decompression; more is answered 413"},
       {"inline_size", &Config::inline_size,
        "Bodies up to this are decoded on the event loop; larger ones go to a worker"}},
      sdk::PushKeys<Config>());
  return kSchema;
}

Status Config::Validate() const {
  if (paths.empty()) return InvalidArgument("paths is empty");
  if (max_request_size.bytes <= 0) return InvalidArgument("max_request_size is not positive");
  KVS_RETURN_IF_ERROR(PushSettings::Validate());
  return OkStatus();
}

}  // namespace kvs::ingest::influx
