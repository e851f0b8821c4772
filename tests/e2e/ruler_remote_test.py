#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A ruler without an engine of its own: a query-frontend, a query-scheduler and queriers answer what its rules ask. Those of a group are planned
together by a querier, each keeps its own error, limits of the tenant hold, and a querier that dies is not missed."""
import sys
import time

import harness
from cluster import Cluster
from harness import free_port, http, wait_until
from rulers_test import HEAD, Feeder, alerts_of, groups_of

GROUP = """
name: g
interval: 1s
query_offset: 0s
rules:
- record: r0
  expr: sum(broken)
- record: r1
  expr: count(broken) + 1
- record: wrong
  expr: '{__name__=~"r0|r1"} + on () {__name__=~"r0|r1"}'
- record: costly
  expr: topk(5, broken)
- alert: Broken
  expr: broken == 1
  for: 2s
  annotations:
    summary: '{{ with query "r1" }}{{ . | first | value }}{{ end }}'
"""
LIMITS = """
overrides:
  test:
    blocked_queries:
    - pattern: topk(5, broken)
      reason: too costly
"""


def rules_of(ruler):
    groups = groups_of(ruler)
    return {rule["name"]: rule for rule in groups["g"]["rules"]} if "g" in groups else {}


def test_rules_are_answered_behind_frontend_and_scheduler():
    with Cluster(1, copies=1, gateways=1) as cluster:
        limits = cluster.folder / "limits.yaml"
        limits.write_text(LIMITS)
        queriers = [cluster.querier, cluster.start("querier", "querier-1")]
        scheduler = cluster.start("query-scheduler", "scheduler", KVASIR_QUERIER_ADDRS=",".join(f"127.0.0.1:{q.grpc_port}" for q in queriers))
        frontend = cluster.start("query-frontend", "frontend", KVASIR_QUERIER_ADDRS=f"127.0.0.1:{scheduler.grpc_port}",
                                 KVASIR_MEMCACHED_ADDRS=f"127.0.0.1:{free_port()}", KVASIR_RUNTIME_CONFIG=str(limits))
        ruler = cluster.start("ruler-remote", "ruler", KVASIR_INSTANCE_ID="ruler", KVASIR_FRONTEND_ADDRS=f"127.0.0.1:{frontend.grpc_port}")
        cluster.await_ring({"ingester-0": "ACTIVE"})
        wait_until(lambda: cluster.ring(ruler, "ruler") == {"ruler": "ACTIVE"}, 60, "the ruler to be seen")
        with Feeder(cluster):
            assert http(ruler.url("/prometheus/config/v1/rules/ns"), "POST", GROUP.encode(), HEAD).status == 202

            def fresh(querier):
                return all(querier.query(f"{name} == {value} and time() - timestamp({name}) < 5", time.time()) for name, value in (("r0", 1), ("r1", 2)))
            wait_until(lambda: fresh(queriers[0]), 60, "rules to be recorded")
            wait_until(lambda: alerts_of(ruler) == {("Broken", "firing"): 1}, 60, "the alert to fire")
            alert, = ruler.get("/prometheus/api/v1/alerts").json["data"]["alerts"]
            assert alert["annotations"] == {"summary": "2"}, alert
            rules = rules_of(ruler)
            assert rules["r0"]["health"] == rules["r1"]["health"] == "ok", rules
            assert rules["wrong"]["health"] == "err" and "duplicate series" in rules["wrong"]["lastError"], rules["wrong"]
            assert rules["costly"]["health"] == "err" and "too costly" in rules["costly"]["lastError"], rules["costly"]
            # What they share was read once, behind two hops.
            assert sum(q.metric("kvs_engine_promql_shared_reads_total") for q in queriers) > 0
            assert frontend.metric("cortex_query_frontend_queries_total") > 5

            queriers[0].kill()
            wait_until(lambda: fresh(queriers[1]), 60, "rules to go on at the other querier")
            before = rules_of(ruler)["r0"]["lastEvaluation"]

            def goes_on():
                rule = rules_of(ruler)["r0"]
                return rule["lastEvaluation"] != before and rule["health"] == "ok"
            wait_until(goes_on, 60, "another evaluation, and no error")
            assert alerts_of(ruler) == {("Broken", "firing"): 1}


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
