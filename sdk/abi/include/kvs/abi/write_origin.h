// SPDX-License-Identifier: Apache-2.0
/// Where a write comes from, for those who keep the books of tenants.
#ifndef KVS_ABI_WRITE_ORIGIN_H_
#define KVS_ABI_WRITE_ORIGIN_H_

#include "kvs/abi/call.h"

/// The extra of a call (kvs_ext_t.id) to kvs.series_sink/1 whose samples a recording or alerting rule computed. Its value is
/// NULL: to be there is all it says. Absent: somebody sent them.
#define KVS_EXT_FROM_RULE "kvs.from_rule"

#endif  // KVS_ABI_WRITE_ORIGIN_H_
