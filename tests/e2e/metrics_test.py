#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names, types and labels of the metrics that Mimir's dashboards and alerts look at, by the role that has them: who moves in keeps
both. A name that is missing here is a dashboard with a hole; docs/metrics.md names those that Kvasir does not have, and why."""
import re
import sys
import time

import harness
from cluster import Cluster
from harness import Kvasir, wait_until

C, G, H = "counter", "gauge", "histogram"
USER, REPLICA = {"user"}, {"user", "cluster"}
BUCKET, GROUP = {"bucket", "component", "operation"}, {"user", "rule_group"}

PROCESS = {
    "process_cpu_seconds_total": (C, set()),
    "process_resident_memory_bytes": (G, set()),
    "process_start_time_seconds": (G, set()),
    "cortex_request_duration_seconds": (H, {"method", "route", "status_code", "ws", "route_path"}),
    "cortex_inflight_requests": (G, {"method", "route"}),
    "cortex_tcp_connections": (G, {"protocol"}),
    "cortex_tcp_connections_limit": (G, {"protocol"}),
}
LIMITS = {
    "cortex_runtime_config_last_reload_successful": (G, set()),
    "cortex_limits_defaults": (G, {"limit_name"}),
}
DISTRIBUTOR = {
    "cortex_distributor_received_requests_total": (C, USER),
    "cortex_distributor_requests_in_total": (C, {"user", "version"}),
    "cortex_distributor_received_samples_total": (C, USER),
    "cortex_distributor_samples_in_total": (C, USER),
    "cortex_distributor_received_exemplars_total": (C, USER),
    "cortex_distributor_exemplars_in_total": (C, USER),
    "cortex_distributor_received_metadata_total": (C, USER),
    "cortex_distributor_metadata_in_total": (C, USER),
    "cortex_distributor_received_native_histogram_samples_total": (C, USER),
    "cortex_distributor_received_native_histogram_buckets_total": (C, USER),
    "cortex_distributor_deduped_samples_total": (C, REPLICA),
    "cortex_distributor_non_ha_samples_received_total": (C, USER),
    "cortex_distributor_latest_seen_sample_timestamp_seconds": (G, USER),
    "cortex_distributor_inflight_push_requests": (G, set()),
    "cortex_distributor_inflight_push_requests_bytes": (G, set()),
    "cortex_distributor_instance_limits": (G, {"limit"}),
    "cortex_distributor_uncompressed_request_body_size_bytes": (H, {"user", "handler"}),
    "cortex_ha_tracker_elected_replica_timestamp_seconds": (G, REPLICA),
    "cortex_ha_tracker_kv_store_cas_total": (C, REPLICA),
    "cortex_discarded_samples_total": (C, {"reason", "user"}),
}
INGESTER = {
    "cortex_ingester_memory_series": (G, set()),
    "cortex_ingester_memory_users": (G, set()),
    "cortex_ingester_memory_series_created_total": (C, USER),
    "cortex_ingester_memory_series_removed_total": (C, USER),
    "cortex_ingester_ingested_samples_total": (C, USER),
    "cortex_ingester_ingested_samples_failures_total": (C, USER),
    "cortex_ingester_queried_series": (H, {"stage"}),
    "cortex_ingester_queried_samples": (H, set()),
    "cortex_ingester_queried_exemplars": (H, set()),
    "cortex_ingester_instance_limits": (G, {"limit"}),
    "cortex_ingester_inflight_push_requests": (G, set()),
    "cortex_ingester_inflight_push_requests_bytes": (G, set()),
    "cortex_ingester_inflight_read_requests": (G, set()),
    "cortex_ingester_utilization_limiter_current_cpu_load": (G, set()),
    "cortex_ingester_utilization_limiter_current_memory_usage_bytes": (G, set()),
    "cortex_ingester_oldest_unshipped_block_timestamp_seconds": (G, set()),
    "cortex_ingester_shipper_uploads_total": (C, set()),
    "cortex_ingester_shipper_upload_failures_total": (C, set()),
    "cortex_ingester_tsdb_compactions_total": (C, set()),
    "cortex_ingester_tsdb_compactions_failed_total": (C, set()),
    "cortex_ingester_tsdb_compaction_duration_seconds": (H, set()),
    "cortex_ingester_tsdb_checkpoint_creations_total": (C, set()),
    "cortex_ingester_tsdb_checkpoint_creations_failed_total": (C, set()),
    "cortex_ingester_tsdb_checkpoint_deletions_total": (C, set()),
    "cortex_ingester_tsdb_checkpoint_deletions_failed_total": (C, set()),
    "cortex_ingester_tsdb_forced_compactions_in_progress": (G, set()),
    "cortex_ingester_tsdb_head_truncations_total": (C, set()),
    "cortex_ingester_tsdb_head_truncations_failed_total": (C, set()),
    "cortex_ingester_tsdb_wal_truncations_total": (C, set()),
    "cortex_ingester_tsdb_wal_truncations_failed_total": (C, set()),
    "cortex_ingester_tsdb_wal_truncate_duration_seconds": (H, set()),
    "cortex_ingester_tsdb_mmap_chunk_corruptions_total": (C, set()),
    "cortex_ingester_tsdb_wal_corruptions_total": (C, set()),
    "cortex_ingester_tsdb_wal_writes_failed_total": (G, set()),  # Set from what the log counts.
    "cortex_ingester_tsdb_exemplar_exemplars_in_storage": (G, set()),
    "cortex_ingester_tsdb_exemplar_exemplars_appended_total": (C, USER),
    "cortex_ingester_tsdb_out_of_order_samples_appended_total": (C, USER),
}
QUERIER = {
    "cortex_querier_request_duration_seconds": (H, {"method", "route", "status_code", "ws"}),
    "prometheus_engine_query_duration_seconds": (H, {"slice"}),
    "cortex_query_seconds_total": (C, USER),
    "cortex_query_samples_processed_total": (C, USER),
    "cortex_query_fetched_series_total": (C, USER),
    "cortex_query_fetched_chunks_total": (C, USER),
    "cortex_query_fetched_chunk_bytes_total": (C, USER),
    "cortex_querier_federation_tenants_queried": (H, set()),
}
INDEX = {
    "cortex_bucket_index_loaded": (G, set()),
    "cortex_bucket_index_loads_total": (C, set()),
    "cortex_bucket_index_load_failures_total": (C, set()),
    "cortex_bucket_index_load_duration_seconds": (H, set()),
}
GATEWAY = {
    **INDEX,
    "cortex_bucket_store_blocks_loaded": (G, set()),
    "cortex_bucket_store_block_loads_total": (C, set()),
    "cortex_bucket_store_block_load_failures_total": (C, set()),
    "cortex_bucket_store_block_drops_total": (C, set()),
    "cortex_bucket_store_block_drop_failures_total": (C, set()),
    "cortex_bucket_store_series_get_all_duration_seconds": (H, set()),
    "cortex_bucket_store_series_merge_duration_seconds": (H, set()),
    "cortex_bucket_store_series_result_series": (H, set()),
    "cortex_bucket_store_series_request_stage_duration_seconds": (H, {"stage"}),
    "cortex_bucket_store_series_data_touched": (H, {"data_type", "stage"}),
    "cortex_bucket_store_series_data_fetched": (H, {"data_type", "stage"}),
    "cortex_bucket_store_series_data_size_touched_bytes": (H, {"data_type", "stage"}),
    "cortex_bucket_store_series_data_size_fetched_bytes": (H, {"data_type", "stage"}),
    "cortex_bucket_store_indexheader_lazy_load_duration_seconds": (H, set()),
    "cortex_bucket_stores_tenants_synced": (G, {"component"}),
    "cortex_bucket_stores_blocks_last_successful_sync_timestamp_seconds": (G, {"component"}),
    "cortex_bucket_stores_gate_queries_in_flight": (G, {"component"}),
    "cortex_bucket_store_indexheader_lazy_load_total": (C, set()),
    "cortex_bucket_store_indexheader_lazy_unload_total": (C, set()),
}
GATEWAYS_CLIENT = {
    "cortex_querier_blocks_last_successful_scan_timestamp_seconds": (G, set()),
    "cortex_querier_storegateway_instances_hit_per_query": (H, set()),
    "cortex_querier_storegateway_refetches_per_query": (H, set()),
    "cortex_querier_blocks_consistency_checks_total": (C, set()),
    "cortex_querier_blocks_consistency_checks_failed_total": (C, set()),
}
COMPACTOR = {
    "cortex_compactor_runs_started_total": (C, set()),
    "cortex_compactor_runs_completed_total": (C, set()),
    "cortex_compactor_last_successful_run_timestamp_seconds": (G, set()),
    "cortex_compactor_tenants_discovered": (G, set()),
    "cortex_compactor_tenants_skipped": (G, set()),
    "cortex_compactor_tenants_processing_succeeded": (G, set()),
    "cortex_compactor_tenants_processing_failed": (G, set()),
    "cortex_compactor_group_compactions_total": (C, set()),
    "cortex_compactor_group_compactions_failures_total": (C, set()),
    "cortex_compactor_block_cleanup_started_total": (C, set()),
    "cortex_compactor_block_cleanup_completed_total": (C, set()),
    "cortex_compactor_block_cleanup_failed_total": (C, set()),
    "cortex_compactor_block_cleanup_failures_total": (C, set()),
    "cortex_compactor_block_cleanup_last_successful_run_timestamp_seconds": (G, set()),
    "cortex_compactor_blocks_cleaned_total": (C, set()),
}
STORE = {
    "thanos_objstore_bucket_operations_total": (C, BUCKET),
    "thanos_objstore_bucket_operation_failures_total": (C, BUCKET),
    "thanos_objstore_bucket_operation_duration_seconds": (H, BUCKET),
    "thanos_objstore_bucket_last_successful_upload_time": (G, {"bucket", "component"}),
}
FRONTEND = {
    "cortex_frontend_query_range_duration_seconds": (H, {"method", "status_code"}),
    "cortex_query_frontend_queries_total": (C, {"op", "user"}),
    "cortex_query_frontend_retries": (H, set()),
    "cortex_frontend_split_queries_total": (C, set()),
    "cortex_frontend_query_sharding_rewrites_attempted_total": (C, set()),
    "cortex_frontend_query_sharding_rewrites_succeeded_total": (C, set()),
    "cortex_frontend_sharded_queries_per_query": (H, set()),
    "cortex_frontend_query_result_cache_requests_total": (C, {"request_type"}),
    "cortex_frontend_query_result_cache_hits_total": (C, {"request_type"}),
}
SCHEDULER = {
    "cortex_query_scheduler_queue_duration_seconds": (H, set()),
    "cortex_query_frontend_queue_duration_seconds": (H, set()),
    "cortex_query_scheduler_inflight_requests": (G, set()),
}
RULER = {
    "cortex_prometheus_rule_evaluations_total": (C, GROUP),
    "cortex_prometheus_rule_evaluation_failures_total": (C, GROUP | {"reason"}),
    "cortex_prometheus_rule_evaluation_duration_seconds": (H, USER),
    "cortex_prometheus_rule_group_iterations_total": (C, GROUP),
    "cortex_prometheus_rule_group_iterations_missed_total": (C, GROUP),
    "cortex_prometheus_rule_group_rules": (G, GROUP),
    "cortex_prometheus_rule_group_last_duration_seconds": (G, GROUP),
    "cortex_prometheus_rule_group_interval_seconds": (G, GROUP),
    "cortex_prometheus_notifications_queue_length": (G, set()),
    "cortex_ruler_queries_total": (C, USER),
    "cortex_ruler_write_requests_total": (C, USER),
    "cortex_ruler_managers_total": (G, set()),
}
ALERTMANAGER = {
    "cortex_alertmanager_sync_configs_failed_total": (C, set()),
    "cortex_alertmanager_tenants_discovered": (G, set()),
    "cortex_alertmanager_tenants_owned": (G, set()),
    "cortex_alertmanager_state_persist_total": (C, set()),
    "cortex_alertmanager_state_persist_failed_total": (C, set()),
}
RING = {
    "cortex_ring_members": (G, {"name", "state"}),
}
ETCD = {
    "cortex_kv_request_duration_seconds": (H, {"kv_name", "operation", "status_code", "type"}),
}
# What comes after a minute, or when something goes wrong, by its type alone.
LATER = {
    "cortex_ingester_active_series": G, "cortex_ingester_active_series_custom_tracker": G,
    "cortex_ingester_active_native_histogram_series": G, "cortex_ha_tracker_elected_replica_changes_total": C,
    "cortex_runtime_config_hash": G, "cortex_discarded_exemplars_total": C, "cortex_discarded_metadata_total": C,
    "cortex_discarded_requests_total": C, "cortex_bucket_store_series_blocks_queried": H, "cortex_compactor_runs_failed_total": C,
    "cortex_compactor_blocks_marked_for_no_compaction_total": C, "cortex_compactor_blocks_marked_for_deletion_total": C,
    "cortex_bucket_blocks_count": G, "cortex_bucket_blocks_marked_for_deletion_count": G, "cortex_bucket_blocks_partials_count": G,
    "cortex_bucket_index_last_successful_update_timestamp_seconds": G, "cortex_query_frontend_rejected_queries_total": C,
    "cortex_query_scheduler_queue_length": G, "cortex_query_frontend_queue_length": G,
    "cortex_ingester_active_native_histogram_buckets": G, "cortex_ingester_tsdb_symbol_table_size_bytes": G,
    "cortex_ingester_tsdb_storage_blocks_bytes": G, "cortex_ingester_tsdb_exemplar_series_with_exemplars_in_storage": G,
    "cortex_ingester_tsdb_exemplar_last_exemplars_timestamp_seconds": G, "cortex_ingester_owned_series": G, "cortex_ingester_local_limits": G,
    "cortex_ingester_utilization_limited_read_requests_total": C,
    "cortex_ruler_queries_failed_total": C, "cortex_ruler_write_requests_failed_total": C,
    "cortex_prometheus_notifications_sent_total": C, "cortex_prometheus_notifications_errors_total": C,
    "cortex_prometheus_notifications_dropped_total": C, "cortex_alertmanager_alerts": G, "cortex_alertmanager_silences": G,
    "cortex_alertmanager_alerts_received_total": C, "cortex_alertmanager_alerts_invalid_total": C,
    "cortex_alertmanager_notifications_total": C, "cortex_alertmanager_notifications_failed_total": C,
    "cortex_alertmanager_notification_latency_seconds": H, "cortex_alertmanager_config_last_reload_successful": G,
}


def families(text):
    """{name: (type, label names of its children)}"""
    found = {}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M):
        labels = set()
        for children in re.findall(rf"^{name}(?:_bucket|_sum|_count)?\{{([^\n]*)\}} \S+$", text, re.M):
            labels |= set(re.findall(r'([a-z_]+)="', children))
        found[name] = (kind, labels - {"le"})
    return found


def what_is_wrong(process, *tables):
    found = families(process.get("/metrics", tenant=None).text)
    expected = {name: as_is for table in (PROCESS, *tables) for name, as_is in table.items()}
    wrong = [f"{name}: {found.get(name)} and not {as_is}" for name, as_is in expected.items() if found.get(name) != as_is]
    return wrong + [f"{name} is {found[name]}" for name, kind in LATER.items() if name in found and found[name][0] != kind]


def expect(process, *tables):
    """Some come only with the first round of something, such as a group of rules."""
    try:
        wait_until(lambda: not what_is_wrong(process, *tables), 180)
    except AssertionError:
        raise AssertionError("\n".join([process.config.name, *what_is_wrong(process, *tables)])) from None


def write(door):
    """A pair of replicas, a sample of nobody's, and one that is refused."""
    now = int(time.time() * 1000)
    pair = {"__name__": "up", "cluster": "c"}
    assert door.push([(dict(pair, __replica__="a"), [(now, 1)]), ({"__name__": "m"}, [(now, 1)])]).status == 200
    assert door.push([(dict(pair, __replica__="b"), [(now, 1)])]).status == 202
    assert door.push([({"__name__": "bad name"}, [(now, 1)])]).status == 400
    return now / 1000


def add_rules(ruler):
    body = b"name: g\ninterval: 1s\nrules: [{record: r, expr: up}]\n"
    reply = harness.http(ruler.url("/prometheus/config/v1/rules/n"), "POST", body, {"X-Scope-OrgID": "test", "Content-Type": "application/yaml"})
    assert reply.status == 202, reply.text


def test_dashboards_find_what_they_look_for():
    with Kvasir() as kvasir:
        now = write(kvasir)
        assert harness.http(kvasir.url("/api/v1/user_limits"), "PUT", b'{"ingestion_rate": 1000000}', {"X-Scope-OrgID": "x"}).status == 200
        add_rules(kvasir)
        kvasir.query("up", now, "test|other")
        overrides = {"cortex_limits_overrides": (G, {"limit_name", "user"})}
        expect(kvasir, LIMITS, overrides, DISTRIBUTOR, INGESTER, QUERIER, GATEWAY, COMPACTOR, STORE, RULER, ALERTMANAGER)
        text = kvasir.get("/metrics", tenant=None).text
    # The seed's latency alert matches paths, Mimir's dashboards match names.
    assert re.search(r'cortex_request_duration_seconds_count\{[^}]*route="prometheus_api_v1_query"[^}]*route_path="/prometheus/api/v1/query"', text), text[:2000]
    users = set(re.findall(r'thanos_objstore_bucket_operations_total\{bucket="[a-z]+",component="([a-z-]+)"', text))
    assert users == {"ingester", "store-gateway", "compactor", "querier", "ruler-storage", "alertmanager-storage"}, users


def test_each_role_of_a_cluster_has_its_own():
    with Cluster(n=1, copies=1, gateways=1, gateway_copies=1) as cluster:
        frontend = cluster.start("query-frontend", "frontend", KVASIR_QUERIER_ADDRS=f"127.0.0.1:{cluster.querier.grpc_port}")
        compactor = cluster.start("compactor", "compactor", KVASIR_INSTANCE_ID="compactor")
        ruler = cluster.start("ruler", "ruler", KVASIR_INSTANCE_ID="ruler")
        alertmanager = cluster.start("alertmanager", "alertmanager", KVASIR_INSTANCE_ID="alertmanager")
        cluster.await_ring({"ingester-0": "ACTIVE"})
        wait_until(lambda: cluster.ring(cluster.querier, "store-gateway") == {"gateway-0": "ACTIVE"}, 60, "the store-gateway")
        now = write(cluster.distributor)
        add_rules(ruler)
        wait_until(lambda: frontend.query("up", now), 60, "an answer")
        frontend.query_range("up", now - 60, now, 15)
        expect(cluster.distributor, LIMITS, DISTRIBUTOR, RING, ETCD)
        expect(cluster.ingesters[0], LIMITS, INGESTER, STORE, RING, ETCD)
        expect(cluster.querier, LIMITS, QUERIER, INDEX, GATEWAYS_CLIENT, STORE, RING, ETCD)
        expect(frontend, LIMITS, FRONTEND, SCHEDULER, STORE)
        expect(cluster.gateways[0], LIMITS, GATEWAY, STORE, RING, ETCD)
        expect(compactor, LIMITS, COMPACTOR, STORE, RING, ETCD)
        expect(ruler, LIMITS, RULER, STORE, RING, ETCD)
        expect(alertmanager, LIMITS, ALERTMANAGER, STORE, RING, ETCD)
        # Dashboards of the inside of a cluster name the calls of Mimir's services.
        text = cluster.ingesters[0].get("/metrics", tenant=None).text
        routes = set(re.findall(r'cortex_request_duration_seconds_count\{method="gRPC",route="([^"]+)"[^}]*status_code="success"', text))
        assert {"/cortex.Ingester/Push", "/cortex.Ingester/QueryStream"} <= routes, routes


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
