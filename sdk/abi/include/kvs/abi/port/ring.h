// SPDX-License-Identifier: Apache-2.0
/// kvs.ring/1: which instances there are, and which of them own what. Tokens are 32-bit positions on a circle. Every instance
/// has many of them; it owns the positions up to each of its tokens from the token before.
#ifndef KVS_ABI_PORT_RING_H_
#define KVS_ABI_PORT_RING_H_

#include "kvs/abi/call.h"

#define KVS_RING_V1 "kvs.ring/1"

/// Life of an instance. Closed.
enum {
  KVS_RING_PENDING = 0,  ///< has nothing and takes nothing
  KVS_RING_JOINING = 1,  ///< answers reads, and takes no writes until readers know of it
  KVS_RING_ACTIVE  = 2,
  KVS_RING_LEAVING = 3   ///< answers reads for as long as it can, and takes no writes
};

/// Flags of kvs_ring_instance_t.
enum {
  KVS_RING_HEALTHY   = 1u << 0,  ///< was heard of in time
  KVS_RING_READ_ONLY = 1u << 1,  ///< takes no writes although it is active
  KVS_RING_SELF      = 1u << 2   ///< is this process
};

/// What a picture of the ring is for: who owns something depends on it. Closed.
enum {
  KVS_RING_WRITE = 0,  ///< active ones that are not read-only; nobody stands in for one that is not healthy
  KVS_RING_READ  = 1,  ///< all but the pending
  KVS_RING_WORK  = 2   ///< as to write, but others stand in for who is not healthy: work that must not wait for it
};

/// One member. Element.
typedef struct kvs_ring_instance {
  kvs_str_t id;
  kvs_str_t address;  ///< "host:port"
  kvs_str_t zone;     ///< may be empty
  int32_t   state;    ///< KVS_RING_PENDING and so on
  uint32_t  flags;    ///< KVS_RING_HEALTHY and so on
} kvs_ring_instance_t;

/// Asks for a picture. Record.
typedef struct kvs_ring_query {
  uint32_t struct_size;
  int32_t  operation;    ///< KVS_RING_WRITE and so on
  uint32_t shard_size;   ///< only so many instances, in all zones together, chosen by the tenant of the call; 0: all
  uint32_t reserved;
  int64_t  lookback_ms;  ///< of reads: with those that were in the tenant's shard at any time in so long
} kvs_ring_query_t;

/// A fixed picture of the membership, or of a tenant's part of it. Record; owned. Looking at it takes no lock and no memory.
typedef struct kvs_ring_snapshot {
  uint32_t                   struct_size;
  uint32_t                   n_instances;
  uint64_t                   epoch;               ///< of the ring when it was taken
  const kvs_ring_instance_t *instances;           ///< sorted by id
  uint32_t                   replication_factor;
  uint32_t                   n_zones;             ///< copies are spread over so many zones; 0: zones do not count
  /// Writes the indices of the owners of each of n tokens: replication_factor slots a token, UINT32_MAX in those that have
  /// nobody, because instances are too few or not healthy. [any]
  void (*owners)(const struct kvs_ring_snapshot *self, const uint32_t *tokens, uint64_t n, uint32_t *out) KVS_NOEXCEPT;
  void (*release)(struct kvs_ring_snapshot *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_ring_snapshot_t;

typedef struct kvs_ring_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Changes whenever a picture would be another one: an instance, its state, its health. Cheap. [any & started]
  uint64_t (*epoch)(void *self) KVS_NOEXCEPT;
  /// KVS_UNAVAILABLE, retryable, as long as the ring is not known. [any & started]
  kvs_status_t (*snapshot)(void *self, const kvs_call_t *call, const kvs_ring_query_t *in, kvs_ring_snapshot_t *out,
                           const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_ring_table_t;

#endif  // KVS_ABI_PORT_RING_H_
