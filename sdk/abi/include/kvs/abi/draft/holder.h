// SPDX-License-Identifier: Apache-2.0
/// kvs.holder/1, draft: has data that nobody else has, and can hand it over before its process goes away for good. May change
/// until two implementations use it.
#ifndef KVS_ABI_DRAFT_HOLDER_H_
#define KVS_ABI_DRAFT_HOLDER_H_

#include "kvs/abi/call.h"

#define KVS_HOLDER_V1 "kvs.holder/1"

/// What became of it. Record.
typedef struct kvs_hand_over {
  uint32_t struct_size;
  uint32_t keeps;  ///< 1: it was not asked to give everything away, and comes back with what it has
} kvs_hand_over_t;

typedef struct kvs_holder_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Hands over what it has, if it was told to (such as by /ingester/prepare-shutdown), and goes on answering reads. What it
  /// could not hand over is an error. Called before anything is drained, when no more writes are expected. `in` is NULL.
  /// [any & started]
  kvs_status_t (*hand_over)(void *self, const kvs_call_t *call, const void *in, kvs_hand_over_t *out,
                            const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_holder_table_t;

#endif  // KVS_ABI_DRAFT_HOLDER_H_
