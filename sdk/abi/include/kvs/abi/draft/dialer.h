// SPDX-License-Identifier: Apache-2.0
/// kvs.dialer/1, draft: ports of whoever listens at an address. For edges that no configuration can name, because peers come
/// and go: those of a ring. May change until two implementations use it.
#ifndef KVS_ABI_DRAFT_DIALER_H_
#define KVS_ABI_DRAFT_DIALER_H_

#include "kvs/abi/call.h"

#define KVS_DIALER_V1 "kvs.dialer/1"

/// Whom to call. Record.
typedef struct kvs_dial {
  uint32_t  struct_size;
  uint32_t  reserved;
  kvs_str_t address;  ///< "host:port"
} kvs_dial_t;

/// A peer. Record; owned: released when no call into it is under way.
typedef struct kvs_connection {
  uint32_t struct_size;
  uint32_t reserved;
  /// The interface with this id, of the connection and valid as long as it; KVS_NOT_FOUND for one that is not carried. Its
  /// functions wait for nothing on the calling thread. [any]
  kvs_status_t (*get)(const struct kvs_connection *self, const char *id, kvs_iface_t *out) KVS_NOEXCEPT;
  void (*release)(struct kvs_connection *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_connection_t;

typedef struct kvs_dialer_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Gives a connection without waiting for the peer: whether it is there, the first call through it finds out. Asked twice
  /// for one address it may give two. [any & started]
  kvs_status_t (*dial)(void *self, const kvs_call_t *call, const kvs_dial_t *in, kvs_connection_t *out,
                       const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_dialer_table_t;

#endif  // KVS_ABI_DRAFT_DIALER_H_
