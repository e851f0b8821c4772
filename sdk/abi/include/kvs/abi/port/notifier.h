// SPDX-License-Identifier: Apache-2.0
/// kvs.notifier/1: tells people about alerts, in one way: as a webhook, a mail, a message in a chat. It keeps no list of
/// receivers: each call brings the settings it is about, and what was made of them is remembered by their content.
#ifndef KVS_ABI_PORT_NOTIFIER_H_
#define KVS_ABI_PORT_NOTIFIER_H_

#include "kvs/abi/call.h"

#define KVS_NOTIFIER_V1 "kvs.notifier/1"

/// One way to reach one receiver, as a tenant configured it. Record; borrowed until the call ends.
typedef struct kvs_receiver {
  uint32_t          struct_size;
  uint32_t          index;        ///< among those of this way in the receiver: 0 is its first webhook
  kvs_str_t         name;         ///< of the receiver: "team-db"
  kvs_str_t         settings;     ///< Alertmanager's section of this way, as JSON or YAML, with defaults, globals and secrets
  const kvs_pair_t *templates;    ///< the tenant's template files, in their order: name and text
  uint64_t          n_templates;
  kvs_str_t         external_url; ///< of whoever sends, for links back: "https://am.example.org/alertmanager"
} kvs_receiver_t;

/// One alert of a group. Element.
typedef struct kvs_alert {
  const kvs_pair_t *labels;  ///< sorted by name
  uint64_t          n_labels;
  const kvs_pair_t *annotations;  ///< sorted by name
  uint64_t          n_annotations;
  int64_t           starts_ms;  ///< Unix time
  int64_t           ends_ms;    ///< Unix time, when it was resolved; 0: it fires
  kvs_str_t         generator_url;
  uint64_t          fingerprint;  ///< of the labels, as Alertmanager's API shows it
} kvs_alert_t;

/// What is told in one message: alerts of one group. Record; borrowed until the call ends.
typedef struct kvs_notification {
  uint32_t              struct_size;
  uint32_t              reserved;
  const kvs_receiver_t *receiver;
  kvs_str_t             group_key;  ///< the same for the same group: lets a receiver update instead of repeat
  const kvs_pair_t     *group_labels;  ///< sorted by name
  uint64_t              n_group_labels;
  const kvs_alert_t    *alerts;  ///< at least one
  uint64_t              n_alerts;
  const kvs_pair_t     *memory;  ///< what the last delivery of this group to this receiver gave back
  uint64_t              n_memory;
  kvs_str_t             reason;  ///< why it is told now, in Alertmanager's words: "new alerts added"; may be empty
  const kvs_pair_t     *route_labels;  ///< those that the route gives the group, as texts: no templates; sorted by name
  uint64_t              n_route_labels;
} kvs_notification_t;

/// What a delivery wants to know at the next one of the same group to the same receiver, such as the message to update. To be
/// kept with the group for as long as it lives; losing it costs a new message. Record; owned.
typedef struct kvs_delivery {
  uint32_t          struct_size;
  uint32_t          reserved;
  const kvs_pair_t *memory;
  uint64_t          n_memory;
  void (*release)(struct kvs_delivery *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_delivery_t;

typedef struct kvs_notifier_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Which section of a receiver this is for, in the singular: "webhook" for webhook_configs. Static. [any]
  kvs_str_t (*type)(void *self) KVS_NOEXCEPT;
  /// Whether the settings and templates of a receiver can be used; for whoever takes configurations of tenants. Sends nothing.
  /// KVS_INVALID_ARGUMENT in words for who wrote them. `out` is NULL. [any & started]
  kvs_status_t (*check)(void *self, const kvs_call_t *call, const kvs_receiver_t *in, void *out,
                        const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// Delivers once, for the tenant of the call. An error with KVS_ERROR_RETRYABLE, and perhaps retry_after_ms: nobody was told,
  /// and the same call may succeed later. An error without: it never will. After KVS_CANCELLED and KVS_DEADLINE_EXCEEDED it is
  /// not known whether somebody was told. Reasons: "notification-rate-limit", "receiver-firewall" (the receiver's address is
  /// one that must not be called). The message of an error holds no secret. [any & started]
  kvs_status_t (*notify)(void *self, const kvs_call_t *call, const kvs_notification_t *in, kvs_delivery_t *out,
                         const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_notifier_table_t;

#endif  // KVS_ABI_PORT_NOTIFIER_H_
