// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::ingest::remote_write {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema(
      {{"path", &Config::path, "Where senders post"},
       {"max_recv_msg_size", &Config::max_recv_msg_size,
        "Largest message, as sent and after decompression; more is answered 400"},
       {"inline_size", &Config::inline_size,
        "Bodies up to this are decoded on the event loop; larger ones go to a worker"}},
      sdk::PushKeys<Config>());
  return kSchema;
}

Status Config::Validate() const {
  if (max_recv_msg_size.bytes <= 0) return InvalidArgument("max_recv_msg_size is not positive");
  KVS_RETURN_IF_ERROR(PushSettings::Validate());
  return OkStatus();
}

}  // namespace kvs::ingest::remote_write
