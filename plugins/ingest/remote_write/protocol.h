// SPDX-License-Identifier: Apache-2.0
// Which of its two messages a remote write request carries. Pure. [any]
#pragma once

#include <string_view>

#include "kvs/base/status.h"

namespace kvs::ingest::remote_write {

enum class Protocol { kV1, kV2 };

/// By the Content-Type's proto parameter; without one, and for other types, 1.0. Unimplemented
/// for a message that is neither.
StatusOr<Protocol> ProtocolOf(std::string_view content_type);

}  // namespace kvs::ingest::remote_write
