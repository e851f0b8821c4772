// SPDX-License-Identifier: Apache-2.0
/// kvs.limiter/1: what a tenant (kvs_call_t.tenant) may do. Limits have names, so a new one needs no new interface.
#ifndef KVS_ABI_PORT_LIMITER_H_
#define KVS_ABI_PORT_LIMITER_H_

#include "kvs/abi/call.h"

#define KVS_LIMITER_V1 "kvs.limiter/1"

/// Which limits, in Mimir's names, eg: "max_label_names_per_series". Record.
typedef struct kvs_limit_names {
  uint32_t         struct_size;
  uint32_t         reserved;
  const kvs_str_t *names;
  uint64_t         n_names;
} kvs_limit_names_t;

/// Where limits are written. Record; the caller's memory. Durations are in milliseconds, switches 0 or 1; NaN: the limiter
/// does not know it, use your default.
typedef struct kvs_limit_values {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t epoch;   ///< of these values
  double  *values;  ///< as many as names were asked
} kvs_limit_values_t;

/// Limits that are no numbers, as texts: a text as it is, lists and tables as JSON. Record; owned.
typedef struct kvs_limit_texts {
  uint32_t         struct_size;
  uint32_t         reserved;
  uint64_t         epoch;    ///< of these texts
  const kvs_str_t *texts;    ///< as many as names were asked; empty: not set
  uint64_t         n_texts;
  void (*release)(struct kvs_limit_texts *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_limit_texts_t;

/// Asks to spend. Record.
typedef struct kvs_limit_take {
  uint32_t  struct_size;
  uint32_t  reserved;
  kvs_str_t name;    ///< of a rate, eg: "ingestion_rate"
  double    amount;
} kvs_limit_take_t;

typedef struct kvs_limiter_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// A number that changes whenever any limit of any tenant does: as long as it stays, what was read still holds. Cheap.
  /// [any & started]
  uint64_t (*epoch)(void *self) KVS_NOEXCEPT;
  /// [any & started]
  kvs_status_t (*limits)(void *self, const kvs_call_t *call, const kvs_limit_names_t *in, kvs_limit_values_t *out,
                         const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// KVS_RESOURCE_EXHAUSTED with retry_after_ms when the tenant's bucket holds less; all or nothing. A rate that is not
  /// limited always succeeds. `out` is NULL. [any & started]
  kvs_status_t (*take)(void *self, const kvs_call_t *call, const kvs_limit_take_t *in, void *out,
                       const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// Limits such as "drop_labels" or "metric_relabel_configs". [any & started]
  kvs_status_t (*texts)(void *self, const kvs_call_t *call, const kvs_limit_names_t *in, kvs_limit_texts_t *out,
                        const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_limiter_table_t;

#endif  // KVS_ABI_PORT_LIMITER_H_
