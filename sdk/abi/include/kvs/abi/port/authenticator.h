// SPDX-License-Identifier: Apache-2.0
/// kvs.authenticator/1: who is behind a request, and what they may do. Asked by whatever listens, before it looks at what is
/// asked for; the identity then travels in the extras of the call.
#ifndef KVS_ABI_PORT_AUTHENTICATOR_H_
#define KVS_ABI_PORT_AUTHENTICATOR_H_

#include "kvs/abi/call.h"
#include "kvs/abi/port/series_source.h"

#define KVS_AUTHENTICATOR_V1 "kvs.authenticator/1"

/// The extra of a call (kvs_ext_t.id) whose value is the caller's kvs_identity_t. Absent: nobody asked who it is.
#define KVS_EXT_IDENTITY "kvs.identity"

/// Rights. Flags.
enum {
  KVS_RIGHT_READ  = 1u << 0,  ///< query what the tenants have
  KVS_RIGHT_WRITE = 1u << 1,  ///< write samples, and what is kept for tenants: rules, alerts
  KVS_RIGHT_ADMIN = 1u << 2   ///< pages and actions of operators; gives none of the above
};

/// What a request shows. Record; borrowed until the call ends.
typedef struct kvs_credentials {
  uint32_t         struct_size;
  uint32_t         reserved;
  kvs_str_t        authorization;  ///< the header, eg: "Bearer ..."; may be empty
  kvs_str_t        peer_subject;   ///< of a verified client certificate, eg: "CN=agent,O=team-a"; empty: there is none
  const kvs_str_t *peer_names;     ///< its alternative names, eg: "DNS:agent.team-a", "URI:spiffe://..."
  uint64_t         n_peer_names;
  kvs_str_t        remote;         ///< "10.0.0.7:51712"
} kvs_credentials_t;

/// Who it is. Record; owned.
typedef struct kvs_identity {
  uint32_t         struct_size;
  uint32_t         rights;
  kvs_str_t        subject;   ///< for logs; no secret
  const kvs_str_t *tenants;   ///< those it may act for; a '*' stands for any text
  uint64_t         n_tenants;
  kvs_matchers_t   matchers;  ///< n > 0: of all series, only those that match exist for it
  void (*release)(struct kvs_identity *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_identity_t;

typedef struct kvs_authenticator_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// KVS_UNAUTHENTICATED: these are no credentials of ours, another authenticator may know them. KVS_PERMISSION_DENIED: they
  /// are ours and do not let in. Neither says more than that, and no message repeats a secret. [any & started]
  kvs_status_t (*identify)(void *self, const kvs_call_t *call, const kvs_credentials_t *in, kvs_identity_t *out,
                           const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// What a 401 says in WWW-Authenticate, eg: Bearer realm="kvasir". Static; may be empty. [any]
  kvs_str_t (*challenge)(void *self) KVS_NOEXCEPT;
} kvs_authenticator_table_t;

#endif  // KVS_ABI_PORT_AUTHENTICATOR_H_
