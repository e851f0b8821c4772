// SPDX-License-Identifier: Apache-2.0
// The binary layout of every public struct, on 64-bit machines: sizes, offsets, types, numbers and ids.
// Written by tests/abi/make_layout.py. README.md says how it changes.
#include "kvs/abi/abi.h"
#include "kvs/abi/call.h"
#include "kvs/abi/config.h"
#include "kvs/abi/host.h"
#include "kvs/abi/kvs.h"
#include "kvs/abi/module.h"
#include "kvs/abi/port/authenticator.h"
#include "kvs/abi/port/cache.h"
#include "kvs/abi/port/http_routes.h"
#include "kvs/abi/port/indexer.h"
#include "kvs/abi/port/kv.h"
#include "kvs/abi/port/limiter.h"
#include "kvs/abi/port/notifier.h"
#include "kvs/abi/port/object_store.h"
#include "kvs/abi/port/query_engine.h"
#include "kvs/abi/port/ring.h"
#include "kvs/abi/port/series_sink.h"
#include "kvs/abi/port/series_source.h"
#include "kvs/abi/series_batch.h"
#include "kvs/abi/service/executor.h"
#include "kvs/abi/service/health.h"
#include "kvs/abi/service/log.h"
#include "kvs/abi/service/metrics.h"
#include "kvs/abi/service/timer.h"
#include "kvs/abi/write_batch.h"
#include "kvs/abi/write_origin.h"

#define PIN(what, value) _Static_assert((what) == (value), #what)
#define FIELD(type, field, offset, ...) \
  PIN(offsetof(type, field), offset); \
  _Static_assert(_Generic(((type *)0)->field, __VA_ARGS__: 1, default: 0), #field " is not " #__VA_ARGS__)
#define ARRAY(type, field, offset) PIN(offsetof(type, field), offset)

// kvs/abi/abi.h
PIN(KVS_OK, 0);
PIN(KVS_CANCELLED, 1);
PIN(KVS_UNKNOWN, 2);
PIN(KVS_INVALID_ARGUMENT, 3);
PIN(KVS_DEADLINE_EXCEEDED, 4);
PIN(KVS_NOT_FOUND, 5);
PIN(KVS_ALREADY_EXISTS, 6);
PIN(KVS_PERMISSION_DENIED, 7);
PIN(KVS_RESOURCE_EXHAUSTED, 8);
PIN(KVS_FAILED_PRECONDITION, 9);
PIN(KVS_ABORTED, 10);
PIN(KVS_OUT_OF_RANGE, 11);
PIN(KVS_UNIMPLEMENTED, 12);
PIN(KVS_INTERNAL, 13);
PIN(KVS_UNAVAILABLE, 14);
PIN(KVS_DATA_LOSS, 15);
PIN(KVS_UNAUTHENTICATED, 16);
PIN(KVS_PENDING, -1);
PIN(KVS_END, -2);
PIN(KVS_ERROR_RETRYABLE, 1);
PIN(KVS_ERROR_PARTIAL, 2);
PIN(sizeof(kvs_str_t), 16);  // frozen
FIELD(kvs_str_t, data, 0, const char *);
FIELD(kvs_str_t, size, 8, uint64_t);
PIN(sizeof(kvs_bytes_t), 16);  // frozen
FIELD(kvs_bytes_t, data, 0, const uint8_t *);
FIELD(kvs_bytes_t, size, 8, uint64_t);
PIN(sizeof(kvs_pair_t), 32);  // frozen
FIELD(kvs_pair_t, name, 0, kvs_str_t);
FIELD(kvs_pair_t, value, 16, kvs_str_t);
PIN(sizeof(kvs_error_t), 80);  // may grow at the tail
FIELD(kvs_error_t, struct_size, 0, uint32_t);
FIELD(kvs_error_t, code, 4, kvs_status_t);
FIELD(kvs_error_t, flags, 8, uint32_t);
FIELD(kvs_error_t, retry_after_ms, 12, uint32_t);
FIELD(kvs_error_t, message, 16, kvs_str_t);
FIELD(kvs_error_t, reason, 32, kvs_str_t);
FIELD(kvs_error_t, details, 48, const kvs_pair_t *);
FIELD(kvs_error_t, n_details, 56, uint64_t);
FIELD(kvs_error_t, release, 64, void (*)(struct kvs_error *self));
FIELD(kvs_error_t, producer, 72, void *);
PIN(sizeof(kvs_ref_t), 24);  // may grow at the tail
FIELD(kvs_ref_t, struct_size, 0, uint32_t);
FIELD(kvs_ref_t, reserved, 4, uint32_t);
FIELD(kvs_ref_t, retain, 8, void (*)(struct kvs_ref *self));
FIELD(kvs_ref_t, release, 16, void (*)(struct kvs_ref *self));
PIN(sizeof(kvs_iface_t), 32);  // may grow at the tail
FIELD(kvs_iface_t, struct_size, 0, uint32_t);
FIELD(kvs_iface_t, reserved, 4, uint32_t);
FIELD(kvs_iface_t, id, 8, const char *);
FIELD(kvs_iface_t, table, 16, const void *);
FIELD(kvs_iface_t, self, 24, void *);

// kvs/abi/call.h
PIN(sizeof(kvs_cancel_t), 32);  // may grow at the tail
FIELD(kvs_cancel_t, struct_size, 0, uint32_t);
FIELD(kvs_cancel_t, reserved, 4, uint32_t);
FIELD(kvs_cancel_t, cancelled, 8, int32_t (*)(const struct kvs_cancel *self));
FIELD(kvs_cancel_t, subscribe, 16, uint64_t (*)(const struct kvs_cancel *self, void (*fn)(void *arg), void *arg));
FIELD(kvs_cancel_t, unsubscribe, 24, void (*)(const struct kvs_cancel *self, uint64_t ticket));
PIN(sizeof(kvs_ext_t), 32);  // may grow at the tail
FIELD(kvs_ext_t, struct_size, 0, uint32_t);
FIELD(kvs_ext_t, reserved, 4, uint32_t);
FIELD(kvs_ext_t, id, 8, const char *);
FIELD(kvs_ext_t, next, 16, const struct kvs_ext *);
FIELD(kvs_ext_t, value, 24, const void *);
PIN(sizeof(kvs_call_t), 72);  // may grow at the tail
FIELD(kvs_call_t, struct_size, 0, uint32_t);
FIELD(kvs_call_t, flags, 4, uint32_t);
FIELD(kvs_call_t, deadline_ns, 8, int64_t);
FIELD(kvs_call_t, tenant, 16, kvs_str_t);
FIELD(kvs_call_t, cancel, 32, const kvs_cancel_t *);
ARRAY(kvs_call_t, trace_id, 40);
ARRAY(kvs_call_t, span_id, 56);
FIELD(kvs_call_t, ext, 64, const kvs_ext_t *);
PIN(sizeof(kvs_completion_t), 16);  // frozen
FIELD(kvs_completion_t, done, 0, void (*)(void *ctx, kvs_status_t status));
FIELD(kvs_completion_t, ctx, 8, void *);

// kvs/abi/config.h
PIN(KVS_CONFIG_BOOL, 1);
PIN(KVS_CONFIG_INT, 2);
PIN(KVS_CONFIG_FLOAT, 3);
PIN(KVS_CONFIG_STRING, 4);
PIN(KVS_CONFIG_DURATION, 5);
PIN(KVS_CONFIG_BYTES, 6);
PIN(KVS_CONFIG_SECRET, 7);
PIN(KVS_CONFIG_STRINGS, 8);
PIN(KVS_CONFIG_MAP, 9);
PIN(KVS_CONFIG_REQUIRED, 1);
PIN(KVS_CONFIG_RELOADABLE, 2);
PIN(KVS_CONFIG_DEPRECATED, 4);
PIN(sizeof(kvs_config_key_t), 56);  // frozen
FIELD(kvs_config_key_t, name, 0, const char *);
FIELD(kvs_config_key_t, type, 8, kvs_config_type_t);
FIELD(kvs_config_key_t, flags, 12, uint32_t);
FIELD(kvs_config_key_t, default_value, 16, const char *);
FIELD(kvs_config_key_t, summary, 24, const char *);
FIELD(kvs_config_key_t, choices, 32, const char *const *);
FIELD(kvs_config_key_t, minimum, 40, double);
FIELD(kvs_config_key_t, maximum, 48, double);
PIN(sizeof(kvs_config_value_t), 64);  // frozen
FIELD(kvs_config_value_t, type, 0, kvs_config_type_t);
FIELD(kvs_config_value_t, is_set, 4, uint32_t);
FIELD(kvs_config_value_t, integer, 8, int64_t);
FIELD(kvs_config_value_t, number, 16, double);
FIELD(kvs_config_value_t, text, 24, kvs_str_t);
FIELD(kvs_config_value_t, items, 40, const kvs_str_t *);
FIELD(kvs_config_value_t, names, 48, const kvs_str_t *);
FIELD(kvs_config_value_t, n_items, 56, uint64_t);
PIN(sizeof(kvs_config_t), 16);  // may grow at the tail
FIELD(kvs_config_t, struct_size, 0, uint32_t);
FIELD(kvs_config_t, n_values, 4, uint32_t);
FIELD(kvs_config_t, values, 8, const kvs_config_value_t *);

// kvs/abi/host.h
PIN(sizeof(kvs_host_t), 32);  // may grow at the tail
FIELD(kvs_host_t, struct_size, 0, uint32_t);
FIELD(kvs_host_t, reserved, 4, uint32_t);
FIELD(kvs_host_t, self, 8, void *);
FIELD(kvs_host_t, component, 16, const char *);
FIELD(kvs_host_t, get_service, 24, kvs_status_t (*)(void *self, const char *id, kvs_iface_t *out));

// kvs/abi/module.h
PIN(KVS_PORT_PROVIDES, 1);
PIN(KVS_PORT_REQUIRES, 2);
PIN(KVS_PORT_BLOCKING, 4);
PIN(KVS_EXPERIMENTAL, 0);
PIN(KVS_BETA, 1);
PIN(KVS_STABLE, 2);
PIN(sizeof(kvs_port_t), 40);  // frozen
FIELD(kvs_port_t, name, 0, const char *);
FIELD(kvs_port_t, flags, 8, uint32_t);
FIELD(kvs_port_t, min_links, 12, uint32_t);
FIELD(kvs_port_t, max_links, 16, uint32_t);
FIELD(kvs_port_t, reserved, 20, uint32_t);
FIELD(kvs_port_t, ifaces, 24, const char *const *);
FIELD(kvs_port_t, summary, 32, const char *);
PIN(sizeof(kvs_component_t), 88);  // may grow at the tail
FIELD(kvs_component_t, struct_size, 0, uint32_t);
FIELD(kvs_component_t, reserved, 4, uint32_t);
FIELD(kvs_component_t, type, 8, const struct kvs_component_type *);
FIELD(kvs_component_t, self, 16, void *);
FIELD(kvs_component_t, link, 24, kvs_status_t (*)(void *self, const char *port, uint32_t index, const kvs_iface_t *peer, kvs_error_t *error));
FIELD(kvs_component_t, get_interface, 32, kvs_status_t (*)(void *self, const char *id, kvs_iface_t *out));
FIELD(kvs_component_t, start, 40, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_component_t, drain, 48, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_component_t, stop, 56, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_component_t, destroy, 64, void (*)(void *self));
FIELD(kvs_component_t, reconfigure, 72, kvs_status_t (*)(void *self, const kvs_config_t *config, kvs_error_t *error));
FIELD(kvs_component_t, check, 80, kvs_status_t (*)(void *self, kvs_error_t *error));
PIN(sizeof(kvs_component_type_t), 64);  // may grow at the tail
FIELD(kvs_component_type_t, struct_size, 0, uint32_t);
FIELD(kvs_component_type_t, stability, 4, int32_t);
FIELD(kvs_component_type_t, name, 8, const char *);
FIELD(kvs_component_type_t, summary, 16, const char *);
FIELD(kvs_component_type_t, ports, 24, const kvs_port_t *);
FIELD(kvs_component_type_t, n_ports, 32, uint64_t);
FIELD(kvs_component_type_t, keys, 40, const kvs_config_key_t *);
FIELD(kvs_component_type_t, n_keys, 48, uint64_t);
FIELD(kvs_component_type_t, create, 56, kvs_status_t (*)(const struct kvs_component_type *type, const kvs_host_t *host, const kvs_config_t *config, kvs_component_t *out, kvs_error_t *error));
PIN(sizeof(kvs_module_t), 56);  // may grow at the tail
FIELD(kvs_module_t, struct_size, 0, uint32_t);
FIELD(kvs_module_t, abi_minor, 4, uint32_t);
FIELD(kvs_module_t, id, 8, const char *);
FIELD(kvs_module_t, version, 16, const char *);
FIELD(kvs_module_t, vendor, 24, const char *);
FIELD(kvs_module_t, license, 32, const char *);
FIELD(kvs_module_t, types, 40, const kvs_component_type_t *const *);
FIELD(kvs_module_t, n_types, 48, uint64_t);

// kvs/abi/port/authenticator.h
#define KVS_AUTHENTICATOR_V1 "kvs.authenticator/1"
#define KVS_EXT_IDENTITY "kvs.identity"
PIN(KVS_RIGHT_READ, 1);
PIN(KVS_RIGHT_WRITE, 2);
PIN(KVS_RIGHT_ADMIN, 4);
PIN(sizeof(kvs_credentials_t), 72);  // may grow at the tail
FIELD(kvs_credentials_t, struct_size, 0, uint32_t);
FIELD(kvs_credentials_t, reserved, 4, uint32_t);
FIELD(kvs_credentials_t, authorization, 8, kvs_str_t);
FIELD(kvs_credentials_t, peer_subject, 24, kvs_str_t);
FIELD(kvs_credentials_t, peer_names, 40, const kvs_str_t *);
FIELD(kvs_credentials_t, n_peer_names, 48, uint64_t);
FIELD(kvs_credentials_t, remote, 56, kvs_str_t);
PIN(sizeof(kvs_identity_t), 72);  // may grow at the tail
FIELD(kvs_identity_t, struct_size, 0, uint32_t);
FIELD(kvs_identity_t, rights, 4, uint32_t);
FIELD(kvs_identity_t, subject, 8, kvs_str_t);
FIELD(kvs_identity_t, tenants, 24, const kvs_str_t *);
FIELD(kvs_identity_t, n_tenants, 32, uint64_t);
FIELD(kvs_identity_t, matchers, 40, kvs_matchers_t);
FIELD(kvs_identity_t, release, 56, void (*)(struct kvs_identity *self));
FIELD(kvs_identity_t, producer, 64, void *);
PIN(sizeof(kvs_authenticator_table_t), 24);  // may grow at the tail
FIELD(kvs_authenticator_table_t, struct_size, 0, uint32_t);
FIELD(kvs_authenticator_table_t, reserved, 4, uint32_t);
FIELD(kvs_authenticator_table_t, identify, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_credentials_t *in, kvs_identity_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_authenticator_table_t, challenge, 16, kvs_str_t (*)(void *self));

// kvs/abi/port/cache.h
#define KVS_CACHE_V1 "kvs.cache/1"
PIN(sizeof(kvs_cache_keys_t), 24);  // may grow at the tail
FIELD(kvs_cache_keys_t, struct_size, 0, uint32_t);
FIELD(kvs_cache_keys_t, reserved, 4, uint32_t);
FIELD(kvs_cache_keys_t, keys, 8, const kvs_str_t *);
FIELD(kvs_cache_keys_t, n_keys, 16, uint64_t);
PIN(sizeof(kvs_cache_values_t), 40);  // may grow at the tail
FIELD(kvs_cache_values_t, struct_size, 0, uint32_t);
FIELD(kvs_cache_values_t, reserved, 4, uint32_t);
FIELD(kvs_cache_values_t, values, 8, const kvs_bytes_t *);
FIELD(kvs_cache_values_t, n_values, 16, uint64_t);
FIELD(kvs_cache_values_t, release, 24, void (*)(struct kvs_cache_values *self));
FIELD(kvs_cache_values_t, producer, 32, void *);
PIN(sizeof(kvs_cache_item_t), 40);  // frozen
FIELD(kvs_cache_item_t, key, 0, kvs_str_t);
FIELD(kvs_cache_item_t, value, 16, kvs_bytes_t);
FIELD(kvs_cache_item_t, ttl_ms, 32, int64_t);
PIN(sizeof(kvs_cache_items_t), 24);  // may grow at the tail
FIELD(kvs_cache_items_t, struct_size, 0, uint32_t);
FIELD(kvs_cache_items_t, reserved, 4, uint32_t);
FIELD(kvs_cache_items_t, items, 8, const kvs_cache_item_t *);
FIELD(kvs_cache_items_t, n_items, 16, uint64_t);
PIN(sizeof(kvs_cache_table_t), 32);  // may grow at the tail
FIELD(kvs_cache_table_t, struct_size, 0, uint32_t);
FIELD(kvs_cache_table_t, reserved, 4, uint32_t);
FIELD(kvs_cache_table_t, get, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_cache_keys_t *in, kvs_cache_values_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_cache_table_t, put, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_cache_items_t *in, void *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_cache_table_t, remove, 24, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_cache_keys_t *in, void *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/http_routes.h
#define KVS_HTTP_ROUTES_V1 "kvs.http_routes/1"
PIN(KVS_HTTP_NEEDS_TENANT, 1);
PIN(KVS_HTTP_FEDERATION, 2);
PIN(KVS_HTTP_RAW_BODY, 4);
PIN(KVS_HTTP_ADMIN, 8);
PIN(KVS_HTTP_READS, 16);
PIN(KVS_HTTP_PUBLIC, 32);
PIN(KVS_HTTP_LABELS, 64);
PIN(sizeof(kvs_http_request_t), 128);  // may grow at the tail
FIELD(kvs_http_request_t, struct_size, 0, uint32_t);
FIELD(kvs_http_request_t, n_headers, 4, uint32_t);
FIELD(kvs_http_request_t, method, 8, kvs_str_t);
FIELD(kvs_http_request_t, path, 24, kvs_str_t);
FIELD(kvs_http_request_t, query, 40, kvs_str_t);
FIELD(kvs_http_request_t, headers, 56, const kvs_pair_t *);
FIELD(kvs_http_request_t, body, 64, kvs_bytes_t);
FIELD(kvs_http_request_t, params, 80, const kvs_str_t *);
FIELD(kvs_http_request_t, n_params, 88, uint64_t);
FIELD(kvs_http_request_t, remote, 96, kvs_str_t);
FIELD(kvs_http_request_t, target, 112, kvs_str_t);
PIN(sizeof(kvs_http_piece_t), 24);  // may grow at the tail
FIELD(kvs_http_piece_t, struct_size, 0, uint32_t);
FIELD(kvs_http_piece_t, reserved, 4, uint32_t);
FIELD(kvs_http_piece_t, bytes, 8, kvs_bytes_t);
PIN(sizeof(kvs_http_reply_t), 72);  // may grow at the tail
FIELD(kvs_http_reply_t, struct_size, 0, uint32_t);
FIELD(kvs_http_reply_t, status, 4, int32_t);
FIELD(kvs_http_reply_t, headers, 8, const kvs_pair_t *);
FIELD(kvs_http_reply_t, n_headers, 16, uint64_t);
FIELD(kvs_http_reply_t, segments, 24, const kvs_bytes_t *);
FIELD(kvs_http_reply_t, n_segments, 32, uint64_t);
FIELD(kvs_http_reply_t, release, 40, void (*)(struct kvs_http_reply *self));
FIELD(kvs_http_reply_t, producer, 48, void *);
FIELD(kvs_http_reply_t, next, 56, kvs_status_t (*)(void *next_self, const kvs_call_t *call, const void *in, kvs_http_piece_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_http_reply_t, next_self, 64, void *);
PIN(sizeof(kvs_http_route_t), 88);  // may grow at the tail
FIELD(kvs_http_route_t, struct_size, 0, uint32_t);
FIELD(kvs_http_route_t, flags, 4, uint32_t);
FIELD(kvs_http_route_t, methods, 8, kvs_str_t);
FIELD(kvs_http_route_t, pattern, 24, kvs_str_t);
FIELD(kvs_http_route_t, name, 40, kvs_str_t);
FIELD(kvs_http_route_t, max_body_bytes, 56, uint64_t);
FIELD(kvs_http_route_t, max_decoded_bytes, 64, uint64_t);
FIELD(kvs_http_route_t, handler_self, 72, void *);
FIELD(kvs_http_route_t, handle, 80, kvs_status_t (*)(void *handler_self, const kvs_call_t *call, const kvs_http_request_t *in, kvs_http_reply_t *out, const kvs_completion_t *completion, kvs_error_t *error));
PIN(sizeof(kvs_http_routes_table_t), 24);  // may grow at the tail
FIELD(kvs_http_routes_table_t, struct_size, 0, uint32_t);
FIELD(kvs_http_routes_table_t, reserved, 4, uint32_t);
FIELD(kvs_http_routes_table_t, add, 8, kvs_status_t (*)(void *self, const char *component, const kvs_http_route_t *route, kvs_error_t *error));
FIELD(kvs_http_routes_table_t, remove_all, 16, void (*)(void *self, const char *component));

// kvs/abi/port/indexer.h
#define KVS_INDEXER_V1 "kvs.indexer/1"
PIN(sizeof(kvs_ids_t), 40);  // may grow at the tail
FIELD(kvs_ids_t, struct_size, 0, uint32_t);
FIELD(kvs_ids_t, reserved, 4, uint32_t);
FIELD(kvs_ids_t, ids, 8, const uint32_t *);
FIELD(kvs_ids_t, n_ids, 16, uint64_t);
FIELD(kvs_ids_t, release, 24, void (*)(struct kvs_ids *self));
FIELD(kvs_ids_t, producer, 32, void *);
PIN(sizeof(kvs_resolved_t), 40);  // may grow at the tail
FIELD(kvs_resolved_t, struct_size, 0, uint32_t);
FIELD(kvs_resolved_t, n_created, 4, uint32_t);
FIELD(kvs_resolved_t, ids, 8, uint32_t *);
FIELD(kvs_resolved_t, created, 16, uint8_t *);
FIELD(kvs_resolved_t, is_bounded, 24, uint32_t);
FIELD(kvs_resolved_t, max_created, 28, uint32_t);
FIELD(kvs_resolved_t, max_per_metric, 32, uint32_t);
FIELD(kvs_resolved_t, reserved, 36, uint32_t);
PIN(sizeof(kvs_labels_query_t), 40);  // may grow at the tail
FIELD(kvs_labels_query_t, struct_size, 0, uint32_t);
FIELD(kvs_labels_query_t, has_names, 4, uint32_t);
FIELD(kvs_labels_query_t, ids, 8, const uint32_t *);
FIELD(kvs_labels_query_t, n_ids, 16, uint64_t);
FIELD(kvs_labels_query_t, names, 24, const kvs_str_t *);
FIELD(kvs_labels_query_t, n_names, 32, uint64_t);
PIN(sizeof(kvs_index_stats_t), 32);  // may grow at the tail
FIELD(kvs_index_stats_t, struct_size, 0, uint32_t);
FIELD(kvs_index_stats_t, reserved, 4, uint32_t);
FIELD(kvs_index_stats_t, n_series, 8, uint64_t);
FIELD(kvs_index_stats_t, id_end, 16, uint64_t);
FIELD(kvs_index_stats_t, bytes, 24, uint64_t);
PIN(sizeof(kvs_indexer_table_t), 64);  // may grow at the tail
FIELD(kvs_indexer_table_t, struct_size, 0, uint32_t);
FIELD(kvs_indexer_table_t, reserved, 4, uint32_t);
FIELD(kvs_indexer_table_t, resolve, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_write_view_t *in, kvs_resolved_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_indexer_table_t, select, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_matchers_t *in, kvs_ids_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_indexer_table_t, labels, 24, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_labels_query_t *in, kvs_label_columns_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_indexer_table_t, label_names, 32, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_indexer_table_t, label_values, 40, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_indexer_table_t, remove, 48, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_ids_t *in, void *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_indexer_table_t, stats, 56, kvs_status_t (*)(void *self, const kvs_call_t *call, const void *in, kvs_index_stats_t *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/kv.h
#define KVS_KV_V1 "kvs.kv/1"
PIN(KVS_KV_DELETE, 1);
PIN(KVS_KV_COMPARE, 2);
PIN(sizeof(kvs_kv_entry_t), 40);  // frozen
FIELD(kvs_kv_entry_t, key, 0, kvs_str_t);
FIELD(kvs_kv_entry_t, value, 16, kvs_bytes_t);
FIELD(kvs_kv_entry_t, revision, 32, uint64_t);
PIN(sizeof(kvs_kv_range_t), 48);  // may grow at the tail
FIELD(kvs_kv_range_t, struct_size, 0, uint32_t);
FIELD(kvs_kv_range_t, is_prefix, 4, uint32_t);
FIELD(kvs_kv_range_t, key, 8, kvs_str_t);
FIELD(kvs_kv_range_t, start_after, 24, kvs_str_t);
FIELD(kvs_kv_range_t, limit, 40, uint64_t);
PIN(sizeof(kvs_kv_entries_t), 48);  // may grow at the tail
FIELD(kvs_kv_entries_t, struct_size, 0, uint32_t);
FIELD(kvs_kv_entries_t, more, 4, uint32_t);
FIELD(kvs_kv_entries_t, entries, 8, const kvs_kv_entry_t *);
FIELD(kvs_kv_entries_t, n_entries, 16, uint64_t);
FIELD(kvs_kv_entries_t, revision, 24, uint64_t);
FIELD(kvs_kv_entries_t, release, 32, void (*)(struct kvs_kv_entries *self));
FIELD(kvs_kv_entries_t, producer, 40, void *);
PIN(sizeof(kvs_kv_write_t), 48);  // frozen
FIELD(kvs_kv_write_t, key, 0, kvs_str_t);
FIELD(kvs_kv_write_t, value, 16, kvs_bytes_t);
FIELD(kvs_kv_write_t, expected, 32, uint64_t);
FIELD(kvs_kv_write_t, flags, 40, uint32_t);
FIELD(kvs_kv_write_t, ttl_ms, 44, uint32_t);
PIN(sizeof(kvs_kv_batch_t), 24);  // may grow at the tail
FIELD(kvs_kv_batch_t, struct_size, 0, uint32_t);
FIELD(kvs_kv_batch_t, reserved, 4, uint32_t);
FIELD(kvs_kv_batch_t, writes, 8, const kvs_kv_write_t *);
FIELD(kvs_kv_batch_t, n_writes, 16, uint64_t);
PIN(sizeof(kvs_kv_watch_t), 32);  // may grow at the tail
FIELD(kvs_kv_watch_t, struct_size, 0, uint32_t);
FIELD(kvs_kv_watch_t, is_prefix, 4, uint32_t);
FIELD(kvs_kv_watch_t, key, 8, kvs_str_t);
FIELD(kvs_kv_watch_t, after, 24, uint64_t);
PIN(sizeof(kvs_kv_table_t), 32);  // may grow at the tail
FIELD(kvs_kv_table_t, struct_size, 0, uint32_t);
FIELD(kvs_kv_table_t, reserved, 4, uint32_t);
FIELD(kvs_kv_table_t, get, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_kv_range_t *in, kvs_kv_entries_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_kv_table_t, apply, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_kv_batch_t *in, uint64_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_kv_table_t, watch, 24, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_kv_watch_t *in, kvs_kv_entries_t *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/limiter.h
#define KVS_LIMITER_V1 "kvs.limiter/1"
PIN(sizeof(kvs_limit_names_t), 24);  // may grow at the tail
FIELD(kvs_limit_names_t, struct_size, 0, uint32_t);
FIELD(kvs_limit_names_t, reserved, 4, uint32_t);
FIELD(kvs_limit_names_t, names, 8, const kvs_str_t *);
FIELD(kvs_limit_names_t, n_names, 16, uint64_t);
PIN(sizeof(kvs_limit_values_t), 24);  // may grow at the tail
FIELD(kvs_limit_values_t, struct_size, 0, uint32_t);
FIELD(kvs_limit_values_t, reserved, 4, uint32_t);
FIELD(kvs_limit_values_t, epoch, 8, uint64_t);
FIELD(kvs_limit_values_t, values, 16, double *);
PIN(sizeof(kvs_limit_texts_t), 48);  // may grow at the tail
FIELD(kvs_limit_texts_t, struct_size, 0, uint32_t);
FIELD(kvs_limit_texts_t, reserved, 4, uint32_t);
FIELD(kvs_limit_texts_t, epoch, 8, uint64_t);
FIELD(kvs_limit_texts_t, texts, 16, const kvs_str_t *);
FIELD(kvs_limit_texts_t, n_texts, 24, uint64_t);
FIELD(kvs_limit_texts_t, release, 32, void (*)(struct kvs_limit_texts *self));
FIELD(kvs_limit_texts_t, producer, 40, void *);
PIN(sizeof(kvs_limit_take_t), 32);  // may grow at the tail
FIELD(kvs_limit_take_t, struct_size, 0, uint32_t);
FIELD(kvs_limit_take_t, reserved, 4, uint32_t);
FIELD(kvs_limit_take_t, name, 8, kvs_str_t);
FIELD(kvs_limit_take_t, amount, 24, double);
PIN(sizeof(kvs_limiter_table_t), 40);  // may grow at the tail
FIELD(kvs_limiter_table_t, struct_size, 0, uint32_t);
FIELD(kvs_limiter_table_t, reserved, 4, uint32_t);
FIELD(kvs_limiter_table_t, epoch, 8, uint64_t (*)(void *self));
FIELD(kvs_limiter_table_t, limits, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_limit_names_t *in, kvs_limit_values_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_limiter_table_t, take, 24, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_limit_take_t *in, void *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_limiter_table_t, texts, 32, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_limit_names_t *in, kvs_limit_texts_t *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/notifier.h
#define KVS_NOTIFIER_V1 "kvs.notifier/1"
PIN(sizeof(kvs_receiver_t), 72);  // may grow at the tail
FIELD(kvs_receiver_t, struct_size, 0, uint32_t);
FIELD(kvs_receiver_t, index, 4, uint32_t);
FIELD(kvs_receiver_t, name, 8, kvs_str_t);
FIELD(kvs_receiver_t, settings, 24, kvs_str_t);
FIELD(kvs_receiver_t, templates, 40, const kvs_pair_t *);
FIELD(kvs_receiver_t, n_templates, 48, uint64_t);
FIELD(kvs_receiver_t, external_url, 56, kvs_str_t);
PIN(sizeof(kvs_alert_t), 72);  // frozen
FIELD(kvs_alert_t, labels, 0, const kvs_pair_t *);
FIELD(kvs_alert_t, n_labels, 8, uint64_t);
FIELD(kvs_alert_t, annotations, 16, const kvs_pair_t *);
FIELD(kvs_alert_t, n_annotations, 24, uint64_t);
FIELD(kvs_alert_t, starts_ms, 32, int64_t);
FIELD(kvs_alert_t, ends_ms, 40, int64_t);
FIELD(kvs_alert_t, generator_url, 48, kvs_str_t);
FIELD(kvs_alert_t, fingerprint, 64, uint64_t);
PIN(sizeof(kvs_notification_t), 112);  // may grow at the tail
FIELD(kvs_notification_t, struct_size, 0, uint32_t);
FIELD(kvs_notification_t, reserved, 4, uint32_t);
FIELD(kvs_notification_t, receiver, 8, const kvs_receiver_t *);
FIELD(kvs_notification_t, group_key, 16, kvs_str_t);
FIELD(kvs_notification_t, group_labels, 32, const kvs_pair_t *);
FIELD(kvs_notification_t, n_group_labels, 40, uint64_t);
FIELD(kvs_notification_t, alerts, 48, const kvs_alert_t *);
FIELD(kvs_notification_t, n_alerts, 56, uint64_t);
FIELD(kvs_notification_t, memory, 64, const kvs_pair_t *);
FIELD(kvs_notification_t, n_memory, 72, uint64_t);
FIELD(kvs_notification_t, reason, 80, kvs_str_t);
FIELD(kvs_notification_t, route_labels, 96, const kvs_pair_t *);
FIELD(kvs_notification_t, n_route_labels, 104, uint64_t);
PIN(sizeof(kvs_delivery_t), 40);  // may grow at the tail
FIELD(kvs_delivery_t, struct_size, 0, uint32_t);
FIELD(kvs_delivery_t, reserved, 4, uint32_t);
FIELD(kvs_delivery_t, memory, 8, const kvs_pair_t *);
FIELD(kvs_delivery_t, n_memory, 16, uint64_t);
FIELD(kvs_delivery_t, release, 24, void (*)(struct kvs_delivery *self));
FIELD(kvs_delivery_t, producer, 32, void *);
PIN(sizeof(kvs_notifier_table_t), 32);  // may grow at the tail
FIELD(kvs_notifier_table_t, struct_size, 0, uint32_t);
FIELD(kvs_notifier_table_t, reserved, 4, uint32_t);
FIELD(kvs_notifier_table_t, type, 8, kvs_str_t (*)(void *self));
FIELD(kvs_notifier_table_t, check, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_receiver_t *in, void *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_notifier_table_t, notify, 24, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_notification_t *in, kvs_delivery_t *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/object_store.h
#define KVS_OBJECT_STORE_V1 "kvs.object_store/1"
PIN(KVS_PUT_ALWAYS, 0);
PIN(KVS_PUT_IF_ABSENT, 1);
PIN(KVS_PUT_IF_ETAG, 2);
PIN(sizeof(kvs_object_info_t), 56);  // may grow at the tail
FIELD(kvs_object_info_t, struct_size, 0, uint32_t);
FIELD(kvs_object_info_t, reserved, 4, uint32_t);
FIELD(kvs_object_info_t, size, 8, uint64_t);
FIELD(kvs_object_info_t, modified_ms, 16, int64_t);
FIELD(kvs_object_info_t, etag, 24, kvs_str_t);
FIELD(kvs_object_info_t, release, 40, void (*)(struct kvs_object_info *self));
FIELD(kvs_object_info_t, producer, 48, void *);
PIN(sizeof(kvs_object_get_t), 40);  // may grow at the tail
FIELD(kvs_object_get_t, struct_size, 0, uint32_t);
FIELD(kvs_object_get_t, reserved, 4, uint32_t);
FIELD(kvs_object_get_t, key, 8, kvs_str_t);
FIELD(kvs_object_get_t, offset, 24, uint64_t);
FIELD(kvs_object_get_t, size, 32, uint64_t);
PIN(sizeof(kvs_object_data_t), 40);  // may grow at the tail
FIELD(kvs_object_data_t, struct_size, 0, uint32_t);
FIELD(kvs_object_data_t, reserved, 4, uint32_t);
FIELD(kvs_object_data_t, bytes, 8, kvs_bytes_t);
FIELD(kvs_object_data_t, release, 24, void (*)(struct kvs_object_data *self));
FIELD(kvs_object_data_t, producer, 32, void *);
PIN(sizeof(kvs_object_put_t), 56);  // may grow at the tail
FIELD(kvs_object_put_t, struct_size, 0, uint32_t);
FIELD(kvs_object_put_t, condition, 4, int32_t);
FIELD(kvs_object_put_t, key, 8, kvs_str_t);
FIELD(kvs_object_put_t, bytes, 24, kvs_bytes_t);
FIELD(kvs_object_put_t, etag, 40, kvs_str_t);
PIN(sizeof(kvs_object_list_t), 56);  // may grow at the tail
FIELD(kvs_object_list_t, struct_size, 0, uint32_t);
FIELD(kvs_object_list_t, max_keys, 4, uint32_t);
FIELD(kvs_object_list_t, prefix, 8, kvs_str_t);
FIELD(kvs_object_list_t, start_after, 24, kvs_str_t);
FIELD(kvs_object_list_t, delimiter, 40, kvs_str_t);
PIN(sizeof(kvs_object_entry_t), 40);  // frozen
FIELD(kvs_object_entry_t, key, 0, kvs_str_t);
FIELD(kvs_object_entry_t, size, 16, uint64_t);
FIELD(kvs_object_entry_t, modified_ms, 24, int64_t);
FIELD(kvs_object_entry_t, is_prefix, 32, uint32_t);
FIELD(kvs_object_entry_t, reserved, 36, uint32_t);
PIN(sizeof(kvs_object_page_t), 40);  // may grow at the tail
FIELD(kvs_object_page_t, struct_size, 0, uint32_t);
FIELD(kvs_object_page_t, more, 4, uint32_t);
FIELD(kvs_object_page_t, entries, 8, const kvs_object_entry_t *);
FIELD(kvs_object_page_t, n_entries, 16, uint64_t);
FIELD(kvs_object_page_t, release, 24, void (*)(struct kvs_object_page *self));
FIELD(kvs_object_page_t, producer, 32, void *);
PIN(sizeof(kvs_object_store_table_t), 48);  // may grow at the tail
FIELD(kvs_object_store_table_t, struct_size, 0, uint32_t);
FIELD(kvs_object_store_table_t, reserved, 4, uint32_t);
FIELD(kvs_object_store_table_t, stat, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_str_t *in, kvs_object_info_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_object_store_table_t, get, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_object_get_t *in, kvs_object_data_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_object_store_table_t, put, 24, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_object_put_t *in, kvs_object_info_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_object_store_table_t, list, 32, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_object_list_t *in, kvs_object_page_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_object_store_table_t, remove, 40, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_str_t *in, void *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/query_engine.h
#define KVS_QUERY_ENGINE_V1 "kvs.query_engine/1"
PIN(KVS_QUERY_RANGE, 1);
PIN(KVS_QUERY_STATS, 2);
PIN(KVS_QUERY_STATS_PER_STEP, 4);
PIN(KVS_QUERY_EXPLAIN, 8);
PIN(KVS_QUERY_ANALYZE, 16);
PIN(KVS_QUERY_NO_CACHE, 32);
PIN(KVS_QUERY_PART, 64);
PIN(KVS_RESOLUTION_SAMPLES, -1);
PIN(KVS_RESOLUTION_AUTO, -2);
PIN(KVS_VALUE_SCALAR, 1);
PIN(KVS_VALUE_VECTOR, 2);
PIN(KVS_VALUE_MATRIX, 3);
PIN(KVS_VALUE_STRING, 4);
PIN(sizeof(kvs_query_t), 80);  // may grow at the tail
FIELD(kvs_query_t, struct_size, 0, uint32_t);
FIELD(kvs_query_t, flags, 4, uint32_t);
FIELD(kvs_query_t, text, 8, kvs_str_t);
FIELD(kvs_query_t, start_ms, 24, int64_t);
FIELD(kvs_query_t, end_ms, 32, int64_t);
FIELD(kvs_query_t, step_ms, 40, int64_t);
FIELD(kvs_query_t, lookback_ms, 48, int64_t);
FIELD(kvs_query_t, max_resolution_ms, 56, int64_t);
FIELD(kvs_query_t, shard_index, 64, uint32_t);
FIELD(kvs_query_t, shard_count, 68, uint32_t);
FIELD(kvs_query_t, priority, 72, int32_t);
FIELD(kvs_query_t, reserved, 76, uint32_t);
PIN(sizeof(kvs_query_result_t), 200);  // may grow at the tail
FIELD(kvs_query_result_t, struct_size, 0, uint32_t);
FIELD(kvs_query_result_t, value_type, 4, int32_t);
FIELD(kvs_query_result_t, n_series, 8, uint32_t);
FIELD(kvs_query_result_t, sorted, 12, uint32_t);
FIELD(kvs_query_result_t, labels, 16, kvs_label_columns_t);
FIELD(kvs_query_result_t, point_begin, 72, const uint32_t *);
FIELD(kvs_query_result_t, timestamp_ms, 80, const int64_t *);
FIELD(kvs_query_result_t, value, 88, const double *);
FIELD(kvs_query_result_t, histograms, 96, const kvs_histogram_columns_t *);
FIELD(kvs_query_result_t, text, 104, kvs_str_t);
FIELD(kvs_query_result_t, warnings, 120, const kvs_str_t *);
FIELD(kvs_query_result_t, infos, 128, const kvs_str_t *);
FIELD(kvs_query_result_t, n_warnings, 136, uint64_t);
FIELD(kvs_query_result_t, n_infos, 144, uint64_t);
FIELD(kvs_query_result_t, stats_json, 152, kvs_str_t);
FIELD(kvs_query_result_t, explain_json, 168, kvs_str_t);
FIELD(kvs_query_result_t, release, 184, void (*)(struct kvs_query_result *self));
FIELD(kvs_query_result_t, producer, 192, void *);
PIN(sizeof(kvs_query_batch_t), 32);  // may grow at the tail
FIELD(kvs_query_batch_t, struct_size, 0, uint32_t);
FIELD(kvs_query_batch_t, max_parallel, 4, uint32_t);
FIELD(kvs_query_batch_t, queries, 8, const kvs_query_t *const *);
FIELD(kvs_query_batch_t, n_queries, 16, uint64_t);
FIELD(kvs_query_batch_t, timeout_ms, 24, int64_t);
PIN(sizeof(kvs_query_answer_t), 32);  // frozen
FIELD(kvs_query_answer_t, result, 0, kvs_query_result_t *);
FIELD(kvs_query_answer_t, error, 8, kvs_error_t *);
FIELD(kvs_query_answer_t, wall_ns, 16, int64_t);
FIELD(kvs_query_answer_t, code, 24, kvs_status_t);
FIELD(kvs_query_answer_t, reserved, 28, uint32_t);
PIN(sizeof(kvs_query_answers_t), 24);  // may grow at the tail
FIELD(kvs_query_answers_t, struct_size, 0, uint32_t);
FIELD(kvs_query_answers_t, reserved, 4, uint32_t);
FIELD(kvs_query_answers_t, answers, 8, kvs_query_answer_t *);
FIELD(kvs_query_answers_t, n_answers, 16, uint64_t);
PIN(sizeof(kvs_query_engine_table_t), 24);  // may grow at the tail
FIELD(kvs_query_engine_table_t, struct_size, 0, uint32_t);
FIELD(kvs_query_engine_table_t, reserved, 4, uint32_t);
FIELD(kvs_query_engine_table_t, query, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_query_t *in, kvs_query_result_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_query_engine_table_t, query_batch, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_query_batch_t *in, kvs_query_answers_t *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/ring.h
#define KVS_RING_V1 "kvs.ring/1"
PIN(KVS_RING_PENDING, 0);
PIN(KVS_RING_JOINING, 1);
PIN(KVS_RING_ACTIVE, 2);
PIN(KVS_RING_LEAVING, 3);
PIN(KVS_RING_HEALTHY, 1);
PIN(KVS_RING_READ_ONLY, 2);
PIN(KVS_RING_SELF, 4);
PIN(KVS_RING_WRITE, 0);
PIN(KVS_RING_READ, 1);
PIN(KVS_RING_WORK, 2);
PIN(sizeof(kvs_ring_instance_t), 56);  // frozen
FIELD(kvs_ring_instance_t, id, 0, kvs_str_t);
FIELD(kvs_ring_instance_t, address, 16, kvs_str_t);
FIELD(kvs_ring_instance_t, zone, 32, kvs_str_t);
FIELD(kvs_ring_instance_t, state, 48, int32_t);
FIELD(kvs_ring_instance_t, flags, 52, uint32_t);
PIN(sizeof(kvs_ring_query_t), 24);  // may grow at the tail
FIELD(kvs_ring_query_t, struct_size, 0, uint32_t);
FIELD(kvs_ring_query_t, operation, 4, int32_t);
FIELD(kvs_ring_query_t, shard_size, 8, uint32_t);
FIELD(kvs_ring_query_t, reserved, 12, uint32_t);
FIELD(kvs_ring_query_t, lookback_ms, 16, int64_t);
PIN(sizeof(kvs_ring_snapshot_t), 56);  // may grow at the tail
FIELD(kvs_ring_snapshot_t, struct_size, 0, uint32_t);
FIELD(kvs_ring_snapshot_t, n_instances, 4, uint32_t);
FIELD(kvs_ring_snapshot_t, epoch, 8, uint64_t);
FIELD(kvs_ring_snapshot_t, instances, 16, const kvs_ring_instance_t *);
FIELD(kvs_ring_snapshot_t, replication_factor, 24, uint32_t);
FIELD(kvs_ring_snapshot_t, n_zones, 28, uint32_t);
FIELD(kvs_ring_snapshot_t, owners, 32, void (*)(const struct kvs_ring_snapshot *self, const uint32_t *tokens, uint64_t n, uint32_t *out));
FIELD(kvs_ring_snapshot_t, release, 40, void (*)(struct kvs_ring_snapshot *self));
FIELD(kvs_ring_snapshot_t, producer, 48, void *);
PIN(sizeof(kvs_ring_table_t), 24);  // may grow at the tail
FIELD(kvs_ring_table_t, struct_size, 0, uint32_t);
FIELD(kvs_ring_table_t, reserved, 4, uint32_t);
FIELD(kvs_ring_table_t, epoch, 8, uint64_t (*)(void *self));
FIELD(kvs_ring_table_t, snapshot, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_ring_query_t *in, kvs_ring_snapshot_t *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/series_sink.h
#define KVS_SERIES_SINK_V1 "kvs.series_sink/1"
PIN(sizeof(kvs_write_result_t), 32);  // may grow at the tail
FIELD(kvs_write_result_t, struct_size, 0, uint32_t);
FIELD(kvs_write_result_t, reserved, 4, uint32_t);
FIELD(kvs_write_result_t, samples_accepted, 8, uint64_t);
FIELD(kvs_write_result_t, histograms_accepted, 16, uint64_t);
FIELD(kvs_write_result_t, exemplars_accepted, 24, uint64_t);
PIN(sizeof(kvs_series_sink_table_t), 16);  // may grow at the tail
FIELD(kvs_series_sink_table_t, struct_size, 0, uint32_t);
FIELD(kvs_series_sink_table_t, reserved, 4, uint32_t);
FIELD(kvs_series_sink_table_t, write, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_write_view_t *in, kvs_write_result_t *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/port/series_source.h
#define KVS_SERIES_SOURCE_V1 "kvs.series_source/1"
PIN(KVS_MATCH_EQUAL, 0);
PIN(KVS_MATCH_NOT_EQUAL, 1);
PIN(KVS_MATCH_REGEX, 2);
PIN(KVS_MATCH_NOT_REGEX, 3);
PIN(KVS_SELECT_NO_CHUNKS, 1);
PIN(KVS_SELECT_SORTED, 2);
PIN(KVS_SELECT_HAS_LABELS, 4);
PIN(KVS_AGGREGATE_COUNT, 1);
PIN(KVS_AGGREGATE_SUM, 2);
PIN(KVS_AGGREGATE_MIN, 4);
PIN(KVS_AGGREGATE_MAX, 8);
PIN(KVS_AGGREGATE_COUNTER, 16);
PIN(sizeof(kvs_matcher_t), 40);  // frozen
FIELD(kvs_matcher_t, name, 0, kvs_str_t);
FIELD(kvs_matcher_t, value, 16, kvs_str_t);
FIELD(kvs_matcher_t, type, 32, int32_t);
FIELD(kvs_matcher_t, reserved, 36, uint32_t);
PIN(sizeof(kvs_matchers_t), 16);  // frozen
FIELD(kvs_matchers_t, matchers, 0, const kvs_matcher_t *);
FIELD(kvs_matchers_t, n, 8, uint64_t);
PIN(sizeof(kvs_select_t), 120);  // may grow at the tail
FIELD(kvs_select_t, struct_size, 0, uint32_t);
FIELD(kvs_select_t, flags, 4, uint32_t);
FIELD(kvs_select_t, min_ms, 8, int64_t);
FIELD(kvs_select_t, max_ms, 16, int64_t);
FIELD(kvs_select_t, matchers, 24, kvs_matchers_t);
FIELD(kvs_select_t, func, 40, kvs_str_t);
FIELD(kvs_select_t, step_ms, 56, int64_t);
FIELD(kvs_select_t, range_ms, 64, int64_t);
FIELD(kvs_select_t, labels, 72, const kvs_str_t *);
FIELD(kvs_select_t, n_labels, 80, uint64_t);
FIELD(kvs_select_t, limit, 88, uint64_t);
FIELD(kvs_select_t, shard_index, 96, uint32_t);
FIELD(kvs_select_t, shard_count, 100, uint32_t);
FIELD(kvs_select_t, resolution_ms, 104, int64_t);
FIELD(kvs_select_t, aggregates, 112, uint32_t);
FIELD(kvs_select_t, reserved, 116, uint32_t);
PIN(sizeof(kvs_series_cursor_table_t), 32);  // may grow at the tail
FIELD(kvs_series_cursor_table_t, struct_size, 0, uint32_t);
FIELD(kvs_series_cursor_table_t, reserved, 4, uint32_t);
FIELD(kvs_series_cursor_table_t, next, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const void *in, kvs_series_batch_t **out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_series_cursor_table_t, release, 16, void (*)(void *self));
FIELD(kvs_series_cursor_table_t, late_warnings, 24, uint64_t (*)(void *self, const kvs_str_t **out));
PIN(sizeof(kvs_series_cursor_t), 32);  // may grow at the tail
FIELD(kvs_series_cursor_t, struct_size, 0, uint32_t);
FIELD(kvs_series_cursor_t, n_warnings, 4, uint32_t);
FIELD(kvs_series_cursor_t, table, 8, const kvs_series_cursor_table_t *);
FIELD(kvs_series_cursor_t, self, 16, void *);
FIELD(kvs_series_cursor_t, warnings, 24, const kvs_str_t *);
PIN(sizeof(kvs_label_query_t), 64);  // may grow at the tail
FIELD(kvs_label_query_t, struct_size, 0, uint32_t);
FIELD(kvs_label_query_t, reserved, 4, uint32_t);
FIELD(kvs_label_query_t, min_ms, 8, int64_t);
FIELD(kvs_label_query_t, max_ms, 16, int64_t);
FIELD(kvs_label_query_t, sets, 24, const kvs_matchers_t *);
FIELD(kvs_label_query_t, n_sets, 32, uint64_t);
FIELD(kvs_label_query_t, name, 40, kvs_str_t);
FIELD(kvs_label_query_t, limit, 56, uint64_t);
PIN(sizeof(kvs_strings_t), 40);  // may grow at the tail
FIELD(kvs_strings_t, struct_size, 0, uint32_t);
FIELD(kvs_strings_t, truncated, 4, uint32_t);
FIELD(kvs_strings_t, items, 8, const kvs_str_t *);
FIELD(kvs_strings_t, n_items, 16, uint64_t);
FIELD(kvs_strings_t, release, 24, void (*)(struct kvs_strings *self));
FIELD(kvs_strings_t, producer, 32, void *);
PIN(sizeof(kvs_metadata_query_t), 40);  // may grow at the tail
FIELD(kvs_metadata_query_t, struct_size, 0, uint32_t);
FIELD(kvs_metadata_query_t, reserved, 4, uint32_t);
FIELD(kvs_metadata_query_t, metric, 8, kvs_str_t);
FIELD(kvs_metadata_query_t, limit, 24, uint64_t);
FIELD(kvs_metadata_query_t, limit_per_metric, 32, uint64_t);
PIN(sizeof(kvs_metadata_list_t), 40);  // may grow at the tail
FIELD(kvs_metadata_list_t, struct_size, 0, uint32_t);
FIELD(kvs_metadata_list_t, reserved, 4, uint32_t);
FIELD(kvs_metadata_list_t, items, 8, const kvs_metadata_t *);
FIELD(kvs_metadata_list_t, n_items, 16, uint64_t);
FIELD(kvs_metadata_list_t, release, 24, void (*)(struct kvs_metadata_list *self));
FIELD(kvs_metadata_list_t, producer, 32, void *);
PIN(sizeof(kvs_exemplar_list_t), 128);  // may grow at the tail
FIELD(kvs_exemplar_list_t, struct_size, 0, uint32_t);
FIELD(kvs_exemplar_list_t, reserved, 4, uint32_t);
FIELD(kvs_exemplar_list_t, series, 8, kvs_label_columns_t);
FIELD(kvs_exemplar_list_t, exemplars, 64, kvs_exemplar_columns_t);
FIELD(kvs_exemplar_list_t, release, 112, void (*)(struct kvs_exemplar_list *self));
FIELD(kvs_exemplar_list_t, producer, 120, void *);
PIN(sizeof(kvs_series_source_table_t), 56);  // may grow at the tail
FIELD(kvs_series_source_table_t, struct_size, 0, uint32_t);
FIELD(kvs_series_source_table_t, reserved, 4, uint32_t);
FIELD(kvs_series_source_table_t, select, 8, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_select_t *in, kvs_series_cursor_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_series_source_table_t, label_names, 16, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_series_source_table_t, label_values, 24, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_series_source_table_t, metadata, 32, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_metadata_query_t *in, kvs_metadata_list_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_series_source_table_t, exemplars, 40, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_exemplar_list_t *out, const kvs_completion_t *completion, kvs_error_t *error));
FIELD(kvs_series_source_table_t, tenants, 48, kvs_status_t (*)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out, const kvs_completion_t *completion, kvs_error_t *error));

// kvs/abi/series_batch.h
PIN(KVS_CHUNK_XOR, 1);
PIN(KVS_CHUNK_HISTOGRAM, 2);
PIN(KVS_CHUNK_FLOAT_HISTOGRAM, 3);
PIN(KVS_CHUNK_XOR2, 4);
PIN(KVS_CHUNK_HISTOGRAM_START, 5);
PIN(KVS_CHUNK_FLOAT_HISTOGRAM_START, 6);
PIN(KVS_CHUNK_AGGREGATES, 255);
PIN(KVS_CHUNK_OVERLAPS, 1);
PIN(KVS_CHUNK_WINDOW_5M, 2);
PIN(KVS_CHUNK_WINDOW_1H, 4);
PIN(sizeof(kvs_label_columns_t), 56);  // frozen
FIELD(kvs_label_columns_t, struct_size, 0, uint32_t);
FIELD(kvs_label_columns_t, n_series, 4, uint32_t);
FIELD(kvs_label_columns_t, symbols, 8, const kvs_str_t *);
FIELD(kvs_label_columns_t, n_symbols, 16, uint64_t);
FIELD(kvs_label_columns_t, begin, 24, const uint32_t *);
FIELD(kvs_label_columns_t, refs, 32, const uint32_t *);
FIELD(kvs_label_columns_t, release, 40, void (*)(struct kvs_label_columns *self));
FIELD(kvs_label_columns_t, producer, 48, void *);
PIN(sizeof(kvs_chunk_t), 32);  // frozen
FIELD(kvs_chunk_t, min_ms, 0, int64_t);
FIELD(kvs_chunk_t, max_ms, 8, int64_t);
FIELD(kvs_chunk_t, data, 16, const uint8_t *);
FIELD(kvs_chunk_t, size, 24, uint32_t);
FIELD(kvs_chunk_t, n_samples, 28, uint16_t);
FIELD(kvs_chunk_t, encoding, 30, uint8_t);
FIELD(kvs_chunk_t, flags, 31, uint8_t);
PIN(sizeof(kvs_series_batch_t), 96);  // may grow at the tail
FIELD(kvs_series_batch_t, struct_size, 0, uint32_t);
FIELD(kvs_series_batch_t, n_series, 4, uint32_t);
FIELD(kvs_series_batch_t, labels, 8, kvs_label_columns_t);
FIELD(kvs_series_batch_t, chunk_begin, 64, const uint32_t *);
FIELD(kvs_series_batch_t, chunks, 72, const kvs_chunk_t *);
FIELD(kvs_series_batch_t, release, 80, void (*)(struct kvs_series_batch *self));
FIELD(kvs_series_batch_t, producer, 88, void *);

// kvs/abi/service/executor.h
#define KVS_EXECUTOR_V1 "kvs.host.executor/1"
PIN(KVS_EXECUTOR_REACTOR, 0);
PIN(KVS_EXECUTOR_WORKER, 1);
PIN(sizeof(kvs_executor_table_t), 48);  // may grow at the tail
FIELD(kvs_executor_table_t, struct_size, 0, uint32_t);
FIELD(kvs_executor_table_t, reserved, 4, uint32_t);
FIELD(kvs_executor_table_t, post, 8, void (*)(void *self, int32_t where, void (*fn)(void *arg), void *arg));
FIELD(kvs_executor_table_t, parallel, 16, void (*)(void *self, uint64_t n, uint32_t max_threads, void (*fn)(void *arg, uint64_t i), void *arg));
FIELD(kvs_executor_table_t, start_thread, 24, kvs_thread_t *(*)(void *self, kvs_str_t name, void (*fn)(void *arg), void *arg));
FIELD(kvs_executor_table_t, join_thread, 32, void (*)(void *self, kvs_thread_t *thread));
FIELD(kvs_executor_table_t, worker_count, 40, uint32_t (*)(void *self));

// kvs/abi/service/health.h
#define KVS_HEALTH_V1 "kvs.host.health/1"
PIN(KVS_HEALTH_READY, 0);
PIN(KVS_HEALTH_NOT_READY, 1);
PIN(KVS_HEALTH_DEGRADED, 2);
PIN(KVS_HEALTH_FAILED, 3);
PIN(sizeof(kvs_health_table_t), 16);  // may grow at the tail
FIELD(kvs_health_table_t, struct_size, 0, uint32_t);
FIELD(kvs_health_table_t, reserved, 4, uint32_t);
FIELD(kvs_health_table_t, set, 8, void (*)(void *self, int32_t state, kvs_str_t reason));

// kvs/abi/service/log.h
#define KVS_LOG_V1 "kvs.host.log/1"
PIN(KVS_LOG_DEBUG, 0);
PIN(KVS_LOG_INFO, 1);
PIN(KVS_LOG_WARN, 2);
PIN(KVS_LOG_ERROR, 3);
PIN(sizeof(kvs_log_table_t), 24);  // may grow at the tail
FIELD(kvs_log_table_t, struct_size, 0, uint32_t);
FIELD(kvs_log_table_t, reserved, 4, uint32_t);
FIELD(kvs_log_table_t, enabled, 8, int32_t (*)(void *self, int32_t level));
FIELD(kvs_log_table_t, write, 16, void (*)(void *self, int32_t level, kvs_str_t message, const kvs_pair_t *pairs, uint64_t n_pairs));

// kvs/abi/service/metrics.h
#define KVS_METRICS_V1 "kvs.host.metrics/1"
PIN(KVS_METRIC_COUNTER, 0);
PIN(KVS_METRIC_GAUGE, 1);
PIN(KVS_METRIC_HISTOGRAM, 2);
PIN(sizeof(kvs_metric_desc_t), 72);  // may grow at the tail
FIELD(kvs_metric_desc_t, struct_size, 0, uint32_t);
FIELD(kvs_metric_desc_t, type, 4, int32_t);
FIELD(kvs_metric_desc_t, name, 8, kvs_str_t);
FIELD(kvs_metric_desc_t, help, 24, kvs_str_t);
FIELD(kvs_metric_desc_t, label_names, 40, const kvs_str_t *);
FIELD(kvs_metric_desc_t, n_label_names, 48, uint64_t);
FIELD(kvs_metric_desc_t, buckets, 56, const double *);
FIELD(kvs_metric_desc_t, n_buckets, 64, uint64_t);
PIN(sizeof(kvs_metrics_table_t), 64);  // may grow at the tail
FIELD(kvs_metrics_table_t, struct_size, 0, uint32_t);
FIELD(kvs_metrics_table_t, reserved, 4, uint32_t);
FIELD(kvs_metrics_table_t, family, 8, kvs_metric_family_t *(*)(void *self, const kvs_metric_desc_t *desc));
FIELD(kvs_metrics_table_t, cell, 16, kvs_metric_cell_t *(*)(void *self, kvs_metric_family_t *family, const kvs_str_t *values, uint64_t n_values));
FIELD(kvs_metrics_table_t, add, 24, void (*)(void *self, kvs_metric_cell_t *cell, double delta));
FIELD(kvs_metrics_table_t, set, 32, void (*)(void *self, kvs_metric_cell_t *cell, double value));
FIELD(kvs_metrics_table_t, observe, 40, void (*)(void *self, kvs_metric_cell_t *cell, double value));
FIELD(kvs_metrics_table_t, remove, 48, void (*)(void *self, kvs_metric_family_t *family, const kvs_str_t *values, uint64_t n_values));
FIELD(kvs_metrics_table_t, on_collect, 56, void (*)(void *self, void (*fn)(void *arg), void *arg));

// kvs/abi/service/timer.h
#define KVS_TIMER_V1 "kvs.host.timer/1"
#define KVS_CLOCK_V1 "kvs.host.clock/1"
PIN(sizeof(kvs_timer_table_t), 24);  // may grow at the tail
FIELD(kvs_timer_table_t, struct_size, 0, uint32_t);
FIELD(kvs_timer_table_t, reserved, 4, uint32_t);
FIELD(kvs_timer_table_t, after, 8, uint64_t (*)(void *self, int64_t delay_ms, int64_t period_ms, void (*fn)(void *arg), void *arg));
FIELD(kvs_timer_table_t, cancel, 16, void (*)(void *self, uint64_t ticket));
PIN(sizeof(kvs_clock_table_t), 24);  // may grow at the tail
FIELD(kvs_clock_table_t, struct_size, 0, uint32_t);
FIELD(kvs_clock_table_t, reserved, 4, uint32_t);
FIELD(kvs_clock_table_t, now_ms, 8, int64_t (*)(void *self));
FIELD(kvs_clock_table_t, monotonic_ns, 16, int64_t (*)(void *self));

// kvs/abi/write_batch.h
PIN(KVS_LABELS_PROTOBUF, 1);
PIN(KVS_LABELS_SYMBOLS, 2);
PIN(KVS_TYPE_UNKNOWN, 0);
PIN(KVS_TYPE_COUNTER, 1);
PIN(KVS_TYPE_GAUGE, 2);
PIN(KVS_TYPE_HISTOGRAM, 3);
PIN(KVS_TYPE_GAUGE_HISTOGRAM, 4);
PIN(KVS_TYPE_SUMMARY, 5);
PIN(KVS_TYPE_INFO, 6);
PIN(KVS_TYPE_STATESET, 7);
PIN(sizeof(kvs_key128_t), 16);  // frozen
FIELD(kvs_key128_t, lo, 0, uint64_t);
FIELD(kvs_key128_t, hi, 8, uint64_t);
PIN(sizeof(kvs_histogram_columns_t), 160);  // may grow at the tail
FIELD(kvs_histogram_columns_t, struct_size, 0, uint32_t);
FIELD(kvs_histogram_columns_t, n_histograms, 4, uint32_t);
FIELD(kvs_histogram_columns_t, begin, 8, const uint32_t *);
FIELD(kvs_histogram_columns_t, timestamp_ms, 16, const int64_t *);
FIELD(kvs_histogram_columns_t, start_timestamp_ms, 24, const int64_t *);
FIELD(kvs_histogram_columns_t, is_float, 32, const uint8_t *);
FIELD(kvs_histogram_columns_t, reset_hint, 40, const uint8_t *);
FIELD(kvs_histogram_columns_t, schema, 48, const int32_t *);
FIELD(kvs_histogram_columns_t, zero_threshold, 56, const double *);
FIELD(kvs_histogram_columns_t, zero_count, 64, const uint64_t *);
FIELD(kvs_histogram_columns_t, count, 72, const uint64_t *);
FIELD(kvs_histogram_columns_t, sum, 80, const double *);
FIELD(kvs_histogram_columns_t, positive_span_begin, 88, const uint32_t *);
FIELD(kvs_histogram_columns_t, negative_span_begin, 96, const uint32_t *);
FIELD(kvs_histogram_columns_t, span_offset, 104, const int32_t *);
FIELD(kvs_histogram_columns_t, span_length, 112, const uint32_t *);
FIELD(kvs_histogram_columns_t, positive_bucket_begin, 120, const uint32_t *);
FIELD(kvs_histogram_columns_t, negative_bucket_begin, 128, const uint32_t *);
FIELD(kvs_histogram_columns_t, bucket, 136, const uint64_t *);
FIELD(kvs_histogram_columns_t, custom_begin, 144, const uint32_t *);
FIELD(kvs_histogram_columns_t, custom_bound, 152, const double *);
PIN(sizeof(kvs_exemplar_columns_t), 48);  // frozen
FIELD(kvs_exemplar_columns_t, struct_size, 0, uint32_t);
FIELD(kvs_exemplar_columns_t, n_exemplars, 4, uint32_t);
FIELD(kvs_exemplar_columns_t, begin, 8, const uint32_t *);
FIELD(kvs_exemplar_columns_t, timestamp_ms, 16, const int64_t *);
FIELD(kvs_exemplar_columns_t, value, 24, const double *);
FIELD(kvs_exemplar_columns_t, label_begin, 32, const uint32_t *);
FIELD(kvs_exemplar_columns_t, label, 40, const kvs_pair_t *);
PIN(sizeof(kvs_metadata_t), 56);  // frozen
FIELD(kvs_metadata_t, metric, 0, kvs_str_t);
FIELD(kvs_metadata_t, help, 16, kvs_str_t);
FIELD(kvs_metadata_t, unit, 32, kvs_str_t);
FIELD(kvs_metadata_t, type, 48, uint32_t);
FIELD(kvs_metadata_t, reserved, 52, uint32_t);
PIN(sizeof(kvs_write_batch_t), 136);  // may grow at the tail
FIELD(kvs_write_batch_t, struct_size, 0, uint32_t);
FIELD(kvs_write_batch_t, label_layout, 4, uint32_t);
FIELD(kvs_write_batch_t, ref, 8, kvs_ref_t *);
FIELD(kvs_write_batch_t, n_series, 16, uint32_t);
FIELD(kvs_write_batch_t, n_samples, 20, uint32_t);
FIELD(kvs_write_batch_t, series_key, 24, const kvs_key128_t *);
FIELD(kvs_write_batch_t, label_bytes, 32, const kvs_bytes_t *);
FIELD(kvs_write_batch_t, label_begin, 40, const uint32_t *);
FIELD(kvs_write_batch_t, label_refs, 48, const uint32_t *);
FIELD(kvs_write_batch_t, symbols, 56, const kvs_str_t *);
FIELD(kvs_write_batch_t, n_symbols, 64, uint64_t);
FIELD(kvs_write_batch_t, sample_begin, 72, const uint32_t *);
FIELD(kvs_write_batch_t, timestamp_ms, 80, const int64_t *);
FIELD(kvs_write_batch_t, value, 88, const double *);
FIELD(kvs_write_batch_t, start_timestamp_ms, 96, const int64_t *);
FIELD(kvs_write_batch_t, histograms, 104, const kvs_histogram_columns_t *);
FIELD(kvs_write_batch_t, exemplars, 112, const kvs_exemplar_columns_t *);
FIELD(kvs_write_batch_t, metadata, 120, const kvs_metadata_t *);
FIELD(kvs_write_batch_t, n_metadata, 128, uint64_t);
PIN(sizeof(kvs_write_view_t), 24);  // may grow at the tail
FIELD(kvs_write_view_t, struct_size, 0, uint32_t);
FIELD(kvs_write_view_t, n_rows, 4, uint32_t);
FIELD(kvs_write_view_t, batch, 8, const kvs_write_batch_t *);
FIELD(kvs_write_view_t, rows, 16, const uint32_t *);

// kvs/abi/write_origin.h
#define KVS_EXT_FROM_RULE "kvs.from_rule"
