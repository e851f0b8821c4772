#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A query-frontend, alone and before a query-scheduler, answers as a querier does: what it asks, what it remembers, when a
querier dies, and when the cache is gone.

Queries are split every ten minutes, so those of half an hour are four parts, of which all but the newest are cached.
"""
import subprocess
import sys
import threading

import harness
import roles_test
from cluster import SERVICES, Cluster
from cluster_test import API, compare, push
from harness import Kvasir, free_port

# Only queries whose start is a multiple of their step are cached.
roles_test.END -= roles_test.END % 60
roles_test.START = roles_test.END - 1800


class Memcached:
    def __init__(self, folder):
        self.folder, self.port = folder / "memcached", free_port()
        up = subprocess.run([SERVICES / "memcached-up", self.folder, str(self.port)], stdout=subprocess.PIPE, text=True, check=False)
        if up.returncode == 77:
            sys.exit(77)
        assert up.returncode == 0, "memcached does not start"
        self.address = f"127.0.0.1:{self.port}"

    def stop(self):
        subprocess.run([SERVICES / "memcached-down", self.folder], check=True)


def as_seen_by(cluster, process, one):
    cluster.querier = process
    compare(cluster, one)


def test_nobody_can_tell_a_frontend_from_an_engine():
    with Cluster(3) as cluster:
        memcached = Memcached(cluster.folder)
        try:
            cluster.await_ring({f"ingester-{i}": "ACTIVE" for i in range(3)})
            for batch in list(roles_test.scrapes()):
                push(cluster.distributor, batch)
            one = cluster.querier
            queriers = [cluster.start("querier", f"querier-{i}") for i in (1, 2)]
            addresses = ",".join(f"127.0.0.1:{querier.grpc_port}" for querier in queriers)
            read = dict(KVASIR_MEMCACHED_ADDRS=memcached.address, KVASIR_SPLIT_INTERVAL="10m")
            alone = cluster.start("query-frontend", "frontend-0", KVASIR_QUERIER_ADDRS=addresses, **read)
            scheduler = cluster.start("query-scheduler", "scheduler", KVASIR_QUERIER_ADDRS=addresses)
            behind = cluster.start("query-frontend", "frontend-1", KVASIR_QUERIER_ADDRS=f"127.0.0.1:{scheduler.grpc_port}",
                                   KVASIR_QUERIES_PER_QUERIER="100", **read)
            # The second time most of it comes from the cache; the other frontend finds what the first has put there.
            as_seen_by(cluster, alone, one)
            asked = alone.metric("cortex_frontend_query_result_cache_steps_found_total")
            as_seen_by(cluster, alone, one)
            found = alone.metric("cortex_frontend_query_result_cache_steps_found_total") - asked
            assert found > 100, f"{found} steps were found in the cache"
            as_seen_by(cluster, behind, one)
            assert behind.metric("cortex_frontend_query_result_cache_steps_found_total") > 100
            assert alone.metric("cortex_frontend_split_queries_total") > 50
            for process in (alone, behind):
                assert process.metric("cortex_frontend_query_result_cache_refused_total") == 0

            # One querier dies; queries that it had are tried at the other one.
            queriers[0].kill()
            as_seen_by(cluster, alone, one)
            as_seen_by(cluster, behind, one)

            memcached.stop()
            as_seen_by(cluster, alone, one)
            assert alone.metric("kvs_cache_memcached_operation_failures_total") > 0
        finally:
            memcached.stop()


def test_more_queries_than_threads_wait_fairly_and_none_is_lost():
    with Kvasir("ingester") as ingester:
        env = {"KVASIR_INGESTER_ADDRS": f"127.0.0.1:{ingester.grpc_port}"}
        with Kvasir("distributor", env=env) as distributor, Kvasir("querier", env=env) as querier:
            config = querier.folder / "scheduler.toml"
            config.write_text(f"""config_version = 1
[plugins]
load = [{{ id = "net.http" }}, {{ id = "api.prometheus" }}, {{ id = "engine.scheduler" }}, {{ id = "engine.promql" }}, {{ id = "remote.grpc" }}]
[component.http]
type = "net.http"
listen = "127.0.0.1:${{KVASIR_HTTP_PORT}}"
[component.api]
type = "api.prometheus"
ports = {{ http = "http", engine = "scheduler", source = "series" }}
[component.scheduler]
type = "engine.scheduler"
ports = {{ engines = ["promql"] }}
max_concurrent_per_querier = 1
max_outstanding_requests_per_tenant = 10
[component.promql]
type = "engine.promql"
ports = {{ source = "series" }}
[component.series]
type = "remote.grpc_client"
addresses = ["127.0.0.1:{ingester.grpc_port}"]
""")
            reply = distributor.push([({"__name__": "m", "i": str(i)}, [(roles_test.END * 1000, i)]) for i in range(200)])
            assert reply.status == 200, reply.text
            slow = "sum(sum_over_time(count(m + on (i) m)[30m:1s]))"
            with Kvasir(config) as scheduler:
                replies = []

                def one_query(tenant):
                    replies.append((tenant, scheduler.get(API + "/query", tenant=tenant, query=slow, time=roles_test.END)))
                threads = [threading.Thread(target=one_query, args=(tenant,)) for tenant in ["many"] * 40 + ["test"]]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                codes = sorted(reply.status for tenant, reply in replies if tenant == "many")
                assert set(codes) <= {200, 429} and codes[0] == 200, codes
                assert codes.count(200) >= 11, f"{codes.count(200)} answered: those that ran or waited are not refused"
                refused = [reply for _, reply in replies if reply.status == 429]
                for reply in refused:
                    assert reply.json["errorType"] == "too_many_requests" and "too many outstanding requests" in reply.json["error"], reply.text
                assert [reply.status for tenant, reply in replies if tenant == "test"] == [200], "one tenant's load is another's"
                assert scheduler.metric("cortex_query_scheduler_discarded_requests_total") == len(refused)


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
