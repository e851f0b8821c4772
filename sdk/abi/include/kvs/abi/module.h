// SPDX-License-Identifier: Apache-2.0
/// What a shared library is to Kvasir: one exported function, kvs_module_v1, that returns a static record naming the
/// component types inside, their ports and their configuration.
///
/// Life of a component: 1. create  2. link, once per edge  3. start  4. running  5. drain  6. stop  7. destroy.
/// Providers start before those that require them. Stopping runs the other way round: every component is drained first (a
/// listener stops accepting and waits for what is in flight, while everything behind it still works), then stopped.
/// destroy is legal after any step and cannot fail.
#ifndef KVS_ABI_MODULE_H_
#define KVS_ABI_MODULE_H_

#include "kvs/abi/abi.h"
#include "kvs/abi/call.h"
#include "kvs/abi/config.h"
#include "kvs/abi/host.h"

/// Direction and flags of a port.
enum {
  KVS_PORT_PROVIDES = 1u << 0,
  KVS_PORT_REQUIRES = 1u << 1,
  /// The functions of a provided port block: the kernel runs each on a worker thread and gives callers the pending shape.
  KVS_PORT_BLOCKING = 1u << 2
};

/// A named, typed socket of a component type. Element; static.
typedef struct kvs_port {
  const char        *name;     ///< eg: "next", "store"; of a provided port, what graphs show
  uint32_t           flags;
  uint32_t           min_links;  ///< of a required port: 1,1 mandatory; 0,1 optional; 1,UINT32_MAX many
  uint32_t           max_links;
  uint32_t           reserved;
  const char *const *ifaces;   ///< NULL-terminated, best first, eg: { "kvs.object_store/1", NULL }
  const char        *summary;
} kvs_port_t;

struct kvs_component_type;

/// One configured instance. Record, filled by create(); `self` belongs to the plugin until destroy.
typedef struct kvs_component {
  uint32_t struct_size;
  uint32_t reserved;
  const struct kvs_component_type *type;
  void *self;

  /// Takes the peer of a required port. The peer outlives this component; no call may go through it before start.
  /// `index` counts the links of a port that takes many. [main & created]
  kvs_status_t (*link)(void *self, const char *port, uint32_t index, const kvs_iface_t *peer,
                       kvs_error_t *error) KVS_NOEXCEPT;

  /// Fills `out` with a provided interface. KVS_NOT_FOUND for an id it does not provide, never a guess. [any & created]
  kvs_status_t (*get_interface)(void *self, const char *id, kvs_iface_t *out) KVS_NOEXCEPT;

  /// Acquires resources. Required ports may be used; provided ports are not called before this ends. [main & linked]
  kvs_status_t (*start)(void *self, const kvs_call_t *call, const kvs_completion_t *completion,
                        kvs_error_t *error) KVS_NOEXCEPT;

  /// Stops taking new work from outside and ends when what is in flight has ended, or at the deadline. [main & started]
  kvs_status_t (*drain)(void *self, const kvs_call_t *call, const kvs_completion_t *completion,
                        kvs_error_t *error) KVS_NOEXCEPT;

  /// Makes durable what must be, and gives resources back. Nobody calls a provided port any more. [main & drained]
  kvs_status_t (*stop)(void *self, const kvs_call_t *call, const kvs_completion_t *completion,
                       kvs_error_t *error) KVS_NOEXCEPT;

  /// Frees the instance. [main & any state but started]
  void (*destroy)(void *self) KVS_NOEXCEPT;

  /// Takes new values of reloadable keys; NULL: the component is rebuilt instead. [main & started]
  kvs_status_t (*reconfigure)(void *self, const kvs_config_t *config, kvs_error_t *error) KVS_NOEXCEPT;

  /// Whether configuration and wiring fit together, for what only both tell; NULL: they do. No I/O: a mere check of a
  /// configuration asks this too. [main & linked]
  kvs_status_t (*check)(void *self, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_component_t;

/// How much a component type may be leaned on. Flows from plugin to kernel.
enum { KVS_EXPERIMENTAL = 0, KVS_BETA = 1, KVS_STABLE = 2 };

/// Something a module can create. Record; static.
typedef struct kvs_component_type {
  uint32_t                struct_size;
  int32_t                 stability;
  const char             *name;     ///< eg: "storage.filesystem"; vendors begin with a reversed domain
  const char             *summary;  ///< one sentence
  const kvs_port_t       *ports;
  uint64_t                n_ports;
  const kvs_config_key_t *keys;
  uint64_t                n_keys;

  /// Makes an instance. No I/O, no threads, no clock: a whole configuration is created and linked by a mere check.
  /// `host` stays valid until destroy; `config` only until this returns. [main]
  kvs_status_t (*create)(const struct kvs_component_type *type, const kvs_host_t *host, const kvs_config_t *config,
                         kvs_component_t *out, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_component_type_t;

/// A shared library. Record; static.
typedef struct kvs_module {
  uint32_t                           struct_size;
  uint32_t                           abi_minor;  ///< KVS_ABI_MINOR of the headers it was built with; diagnostic
  const char                        *id;         ///< eg: "storage.filesystem" or "com.acme.blobstore"
  const char                        *version;
  const char                        *vendor;
  const char                        *license;
  const kvs_component_type_t *const *types;
  uint64_t                           n_types;
} kvs_module_t;

/// The one exported function. Returns static data, without side effects: no threads, no environment, no files. NULL only
/// when the module cannot run on this machine at all. [any & serial]
KVS_EXPORT const kvs_module_t *kvs_module_v1(void);

typedef const kvs_module_t *(*kvs_module_v1_fn)(void);

#endif  // KVS_ABI_MODULE_H_
