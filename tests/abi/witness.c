// SPDX-License-Identifier: Apache-2.0
// A library whose functions take every public type, for libabigail to look at.
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

KVS_EXPORT void kvs_witness_str(kvs_str_t *it);
void kvs_witness_str(kvs_str_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_bytes(kvs_bytes_t *it);
void kvs_witness_bytes(kvs_bytes_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_pair(kvs_pair_t *it);
void kvs_witness_pair(kvs_pair_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_error(kvs_error_t *it);
void kvs_witness_error(kvs_error_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_ref(kvs_ref_t *it);
void kvs_witness_ref(kvs_ref_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_iface(kvs_iface_t *it);
void kvs_witness_iface(kvs_iface_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_cancel(kvs_cancel_t *it);
void kvs_witness_cancel(kvs_cancel_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_ext(kvs_ext_t *it);
void kvs_witness_ext(kvs_ext_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_call(kvs_call_t *it);
void kvs_witness_call(kvs_call_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_completion(kvs_completion_t *it);
void kvs_witness_completion(kvs_completion_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_config_key(kvs_config_key_t *it);
void kvs_witness_config_key(kvs_config_key_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_config_value(kvs_config_value_t *it);
void kvs_witness_config_value(kvs_config_value_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_config(kvs_config_t *it);
void kvs_witness_config(kvs_config_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_host(kvs_host_t *it);
void kvs_witness_host(kvs_host_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_port(kvs_port_t *it);
void kvs_witness_port(kvs_port_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_component(kvs_component_t *it);
void kvs_witness_component(kvs_component_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_component_type(kvs_component_type_t *it);
void kvs_witness_component_type(kvs_component_type_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_module(kvs_module_t *it);
void kvs_witness_module(kvs_module_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_credentials(kvs_credentials_t *it);
void kvs_witness_credentials(kvs_credentials_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_identity(kvs_identity_t *it);
void kvs_witness_identity(kvs_identity_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_authenticator_table(kvs_authenticator_table_t *it);
void kvs_witness_authenticator_table(kvs_authenticator_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_cache_keys(kvs_cache_keys_t *it);
void kvs_witness_cache_keys(kvs_cache_keys_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_cache_values(kvs_cache_values_t *it);
void kvs_witness_cache_values(kvs_cache_values_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_cache_item(kvs_cache_item_t *it);
void kvs_witness_cache_item(kvs_cache_item_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_cache_items(kvs_cache_items_t *it);
void kvs_witness_cache_items(kvs_cache_items_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_cache_table(kvs_cache_table_t *it);
void kvs_witness_cache_table(kvs_cache_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_http_request(kvs_http_request_t *it);
void kvs_witness_http_request(kvs_http_request_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_http_piece(kvs_http_piece_t *it);
void kvs_witness_http_piece(kvs_http_piece_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_http_reply(kvs_http_reply_t *it);
void kvs_witness_http_reply(kvs_http_reply_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_http_route(kvs_http_route_t *it);
void kvs_witness_http_route(kvs_http_route_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_http_routes_table(kvs_http_routes_table_t *it);
void kvs_witness_http_routes_table(kvs_http_routes_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_ids(kvs_ids_t *it);
void kvs_witness_ids(kvs_ids_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_resolved(kvs_resolved_t *it);
void kvs_witness_resolved(kvs_resolved_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_labels_query(kvs_labels_query_t *it);
void kvs_witness_labels_query(kvs_labels_query_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_index_stats(kvs_index_stats_t *it);
void kvs_witness_index_stats(kvs_index_stats_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_indexer_table(kvs_indexer_table_t *it);
void kvs_witness_indexer_table(kvs_indexer_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_kv_entry(kvs_kv_entry_t *it);
void kvs_witness_kv_entry(kvs_kv_entry_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_kv_range(kvs_kv_range_t *it);
void kvs_witness_kv_range(kvs_kv_range_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_kv_entries(kvs_kv_entries_t *it);
void kvs_witness_kv_entries(kvs_kv_entries_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_kv_write(kvs_kv_write_t *it);
void kvs_witness_kv_write(kvs_kv_write_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_kv_batch(kvs_kv_batch_t *it);
void kvs_witness_kv_batch(kvs_kv_batch_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_kv_watch(kvs_kv_watch_t *it);
void kvs_witness_kv_watch(kvs_kv_watch_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_kv_table(kvs_kv_table_t *it);
void kvs_witness_kv_table(kvs_kv_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_limit_names(kvs_limit_names_t *it);
void kvs_witness_limit_names(kvs_limit_names_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_limit_values(kvs_limit_values_t *it);
void kvs_witness_limit_values(kvs_limit_values_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_limit_texts(kvs_limit_texts_t *it);
void kvs_witness_limit_texts(kvs_limit_texts_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_limit_take(kvs_limit_take_t *it);
void kvs_witness_limit_take(kvs_limit_take_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_limiter_table(kvs_limiter_table_t *it);
void kvs_witness_limiter_table(kvs_limiter_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_receiver(kvs_receiver_t *it);
void kvs_witness_receiver(kvs_receiver_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_alert(kvs_alert_t *it);
void kvs_witness_alert(kvs_alert_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_notification(kvs_notification_t *it);
void kvs_witness_notification(kvs_notification_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_delivery(kvs_delivery_t *it);
void kvs_witness_delivery(kvs_delivery_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_notifier_table(kvs_notifier_table_t *it);
void kvs_witness_notifier_table(kvs_notifier_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_object_info(kvs_object_info_t *it);
void kvs_witness_object_info(kvs_object_info_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_object_get(kvs_object_get_t *it);
void kvs_witness_object_get(kvs_object_get_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_object_data(kvs_object_data_t *it);
void kvs_witness_object_data(kvs_object_data_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_object_put(kvs_object_put_t *it);
void kvs_witness_object_put(kvs_object_put_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_object_list(kvs_object_list_t *it);
void kvs_witness_object_list(kvs_object_list_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_object_entry(kvs_object_entry_t *it);
void kvs_witness_object_entry(kvs_object_entry_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_object_page(kvs_object_page_t *it);
void kvs_witness_object_page(kvs_object_page_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_object_store_table(kvs_object_store_table_t *it);
void kvs_witness_object_store_table(kvs_object_store_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_query(kvs_query_t *it);
void kvs_witness_query(kvs_query_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_query_result(kvs_query_result_t *it);
void kvs_witness_query_result(kvs_query_result_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_query_batch(kvs_query_batch_t *it);
void kvs_witness_query_batch(kvs_query_batch_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_query_answer(kvs_query_answer_t *it);
void kvs_witness_query_answer(kvs_query_answer_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_query_answers(kvs_query_answers_t *it);
void kvs_witness_query_answers(kvs_query_answers_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_query_engine_table(kvs_query_engine_table_t *it);
void kvs_witness_query_engine_table(kvs_query_engine_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_ring_instance(kvs_ring_instance_t *it);
void kvs_witness_ring_instance(kvs_ring_instance_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_ring_query(kvs_ring_query_t *it);
void kvs_witness_ring_query(kvs_ring_query_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_ring_snapshot(kvs_ring_snapshot_t *it);
void kvs_witness_ring_snapshot(kvs_ring_snapshot_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_ring_table(kvs_ring_table_t *it);
void kvs_witness_ring_table(kvs_ring_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_write_result(kvs_write_result_t *it);
void kvs_witness_write_result(kvs_write_result_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_series_sink_table(kvs_series_sink_table_t *it);
void kvs_witness_series_sink_table(kvs_series_sink_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_matcher(kvs_matcher_t *it);
void kvs_witness_matcher(kvs_matcher_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_matchers(kvs_matchers_t *it);
void kvs_witness_matchers(kvs_matchers_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_select(kvs_select_t *it);
void kvs_witness_select(kvs_select_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_series_cursor_table(kvs_series_cursor_table_t *it);
void kvs_witness_series_cursor_table(kvs_series_cursor_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_series_cursor(kvs_series_cursor_t *it);
void kvs_witness_series_cursor(kvs_series_cursor_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_label_query(kvs_label_query_t *it);
void kvs_witness_label_query(kvs_label_query_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_strings(kvs_strings_t *it);
void kvs_witness_strings(kvs_strings_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_metadata_query(kvs_metadata_query_t *it);
void kvs_witness_metadata_query(kvs_metadata_query_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_metadata_list(kvs_metadata_list_t *it);
void kvs_witness_metadata_list(kvs_metadata_list_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_exemplar_list(kvs_exemplar_list_t *it);
void kvs_witness_exemplar_list(kvs_exemplar_list_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_series_source_table(kvs_series_source_table_t *it);
void kvs_witness_series_source_table(kvs_series_source_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_label_columns(kvs_label_columns_t *it);
void kvs_witness_label_columns(kvs_label_columns_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_chunk(kvs_chunk_t *it);
void kvs_witness_chunk(kvs_chunk_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_series_batch(kvs_series_batch_t *it);
void kvs_witness_series_batch(kvs_series_batch_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_executor_table(kvs_executor_table_t *it);
void kvs_witness_executor_table(kvs_executor_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_health_table(kvs_health_table_t *it);
void kvs_witness_health_table(kvs_health_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_log_table(kvs_log_table_t *it);
void kvs_witness_log_table(kvs_log_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_metric_desc(kvs_metric_desc_t *it);
void kvs_witness_metric_desc(kvs_metric_desc_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_metrics_table(kvs_metrics_table_t *it);
void kvs_witness_metrics_table(kvs_metrics_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_timer_table(kvs_timer_table_t *it);
void kvs_witness_timer_table(kvs_timer_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_clock_table(kvs_clock_table_t *it);
void kvs_witness_clock_table(kvs_clock_table_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_key128(kvs_key128_t *it);
void kvs_witness_key128(kvs_key128_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_histogram_columns(kvs_histogram_columns_t *it);
void kvs_witness_histogram_columns(kvs_histogram_columns_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_exemplar_columns(kvs_exemplar_columns_t *it);
void kvs_witness_exemplar_columns(kvs_exemplar_columns_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_metadata(kvs_metadata_t *it);
void kvs_witness_metadata(kvs_metadata_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_write_batch(kvs_write_batch_t *it);
void kvs_witness_write_batch(kvs_write_batch_t *it) { (void)it; }
KVS_EXPORT void kvs_witness_write_view(kvs_write_view_t *it);
void kvs_witness_write_view(kvs_write_view_t *it) { (void)it; }
const kvs_module_t *kvs_module_v1(void) { return NULL; }
