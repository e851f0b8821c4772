#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names, types and labels of the metrics that Mimir's dashboards and alerts look at, for the parts that exist: who moves in keeps
both. A name that is missing here is a dashboard with a hole."""
import re
import sys
import time

import harness
from harness import Kvasir

C, G, H = "counter", "gauge", "histogram"
EXPECTED = {
    "cortex_request_duration_seconds": (H, {"method", "route", "status_code", "ws", "route_path"}),
    "cortex_inflight_requests": (G, {"method", "route"}),
    "cortex_tcp_connections": (G, {"protocol"}),
    "cortex_tcp_connections_limit": (G, {"protocol"}),
    "cortex_runtime_config_last_reload_successful": (G, set()),
    "cortex_limits_defaults": (G, {"limit_name"}),
    "cortex_limits_overrides": (G, {"limit_name", "user"}),
    "cortex_distributor_received_requests_total": (C, {"user"}),
    "cortex_distributor_requests_in_total": (C, {"user", "version"}),
    "cortex_distributor_received_samples_total": (C, {"user"}),
    "cortex_distributor_samples_in_total": (C, {"user"}),
    "cortex_distributor_received_exemplars_total": (C, {"user"}),
    "cortex_distributor_exemplars_in_total": (C, {"user"}),
    "cortex_distributor_received_metadata_total": (C, {"user"}),
    "cortex_distributor_metadata_in_total": (C, {"user"}),
    "cortex_distributor_received_native_histogram_samples_total": (C, {"user"}),
    "cortex_distributor_received_native_histogram_buckets_total": (C, {"user"}),
    "cortex_distributor_deduped_samples_total": (C, {"user", "cluster"}),
    "cortex_distributor_non_ha_samples_received_total": (C, {"user"}),
    "cortex_distributor_latest_seen_sample_timestamp_seconds": (G, {"user"}),
    "cortex_distributor_inflight_push_requests": (G, set()),
    "cortex_distributor_uncompressed_request_body_size_bytes": (H, {"user", "handler"}),
    "cortex_ha_tracker_elected_replica_timestamp_seconds": (G, {"user", "cluster"}),
    "cortex_ha_tracker_kv_store_cas_total": (C, {"user", "cluster"}),
    "cortex_discarded_samples_total": (C, {"reason", "user"}),
    "cortex_ingester_memory_series": (G, set()),
    "cortex_ingester_memory_users": (G, set()),
    "cortex_ingester_memory_series_created_total": (C, {"user"}),
    "cortex_ingester_memory_series_removed_total": (C, {"user"}),
    "cortex_ingester_ingested_samples_total": (C, {"user"}),
    "cortex_ingester_ingested_samples_failures_total": (C, {"user"}),
    "cortex_ingester_queried_series": (H, {"stage"}),
    "cortex_ingester_queried_samples": (H, set()),
    "cortex_ingester_queried_exemplars": (H, set()),
    "cortex_query_seconds_total": (C, {"user"}),
    "cortex_query_samples_processed_total": (C, {"user"}),
    "cortex_query_fetched_series_total": (C, {"user"}),
    "cortex_query_fetched_chunks_total": (C, {"user"}),
    "cortex_query_fetched_chunk_bytes_total": (C, {"user"}),
    "cortex_querier_federation_tenants_queried": (H, set()),
}
# What comes after a minute, by its type alone.
LATER = {"cortex_ingester_active_series": G, "cortex_ingester_active_series_custom_tracker": G,
         "cortex_ingester_active_native_histogram_series": G, "cortex_ha_tracker_elected_replica_changes_total": C,
         "cortex_runtime_config_hash": G, "cortex_discarded_exemplars_total": C, "cortex_discarded_metadata_total": C,
         "cortex_discarded_requests_total": C}


def families(text):
    """{name: (type, label names of its children)}"""
    found = {}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M):
        labels = set()
        for children in re.findall(rf"^{name}(?:_bucket|_sum|_count)?\{{([^\n]*)\}} \S+$", text, re.M):
            labels |= set(re.findall(r'([a-z_]+)="', children))
        found[name] = (kind, labels - {"le"})
    return found


def test_dashboards_find_what_they_look_for():
    with Kvasir() as kvasir:
        now = int(time.time() * 1000)
        pair = {"__name__": "up", "cluster": "c"}
        assert kvasir.push([(dict(pair, __replica__="a"), [(now, 1)]), ({"__name__": "m"}, [(now, 1)])]).status == 200
        assert kvasir.push([(dict(pair, __replica__="b"), [(now, 1)])]).status == 202
        assert kvasir.push([({"__name__": "bad name"}, [(now, 1)])]).status == 400
        assert harness.http(kvasir.url("/api/v1/user_limits"), "PUT", b'{"ingestion_rate": 1000000}', {"X-Scope-OrgID": "x"}).status == 200
        kvasir.query("up", now / 1000, "test|other")
        text = kvasir.get("/metrics", tenant=None).text
    found = families(text)
    wrong = [f"{name}: {found.get(name)} and not {expected}" for name, expected in EXPECTED.items() if found.get(name) != expected]
    wrong += [f"{name} is {found.get(name)}" for name, kind in LATER.items() if name in found and found[name][0] != kind]
    assert not wrong, "\n".join(wrong)
    # The seed's latency alert matches paths, Mimir's dashboards match names.
    assert re.search(r'cortex_request_duration_seconds_count\{[^}]*route="prometheus_api_v1_query"[^}]*route_path="/prometheus/api/v1/query"', text), text[:2000]


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
