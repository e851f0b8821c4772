#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A cluster with a ring answers as one process does: while an ingester is killed, and when it is back.

Both get the same samples; a push that is not acknowledged is sent again, as Prometheus does.
"""
import sys
import time

import harness
import roles_test
from cluster import Cluster
from harness import Kvasir, wait_until

API = "/prometheus/api/v1"
HALF = 60  # Scrapes.


def push(door, batch):
    """Sends until it is acknowledged."""
    deadline = time.monotonic() + 60
    while True:
        reply = door.push(batch)
        if reply.status == 200:
            return
        assert reply.status >= 500, f"{reply.status} {reply.text}"
        assert time.monotonic() < deadline, f"not acknowledged within a minute: {reply.status} {reply.text}"
        time.sleep(0.05)


def ask(process, path, **params):
    """An answer; one that cannot be complete is refused, and asked for again."""
    deadline = time.monotonic() + 60
    while True:
        reply = process.get(API + path, **params)
        if reply.status not in (500, 503) or time.monotonic() > deadline:
            return reply
        time.sleep(0.05)


def in_order(text, reply):
    """The body, with series in the order of their labels: where nobody sorts them, they come in any."""
    if reply.status != 200 or "sort" in text or "topk" in text:
        return reply.body
    found = reply.json
    if isinstance(found["data"]["result"], list) and found["data"]["resultType"] in ("vector", "matrix"):
        found["data"]["result"].sort(key=lambda one: sorted(one["metric"].items()))
    return found


def compare(cluster, one, queries=None):
    for text in queries or roles_test.QUERIES:
        for path, params in [("/query", dict(query=text, time=roles_test.END)),
                             ("/query_range", dict(query=text, start=roles_test.START, end=roles_test.END, step=60))]:
            want, got = one.get(API + path, **params), ask(cluster.querier, path, **params)
            assert want.status == got.status, f"{path} {text}: {want.status} against {got.status} {got.text[:300]}"
            assert in_order(text, want) == in_order(text, got), f"{path} {text}:\n{want.text[:600]}\nagainst\n{got.text[:600]}"
    for path, params in [("/labels", {}), ("/label/pod/values", {}), ("/series", {"match[]": "memory_bytes"})]:
        want, got = one.get(API + path, **params), ask(cluster.querier, path, **params)
        assert want.status == got.status == 200 and want.body == got.body, f"{path}: {want.text[:300]} against {got.text[:300]}"


SHORT = ["count({__name__!=''})", "sum(rate(requests_total[5m]))", "sum(count_over_time({__name__!=''}[30m]))"]


def test_what_is_acknowledged_is_there_whoever_dies():
    scrapes = list(roles_test.scrapes())
    with Cluster(3) as cluster, Kvasir("all-in-one") as one:
        cluster.await_ring({f"ingester-{i}": "ACTIVE" for i in range(3)})
        for n, batch in enumerate(scrapes[:HALF]):
            push(cluster.distributor, batch)
            push(one, batch)
            if n == HALF // 2:  # In the middle of the load.
                cluster.ingesters[1].kill()
        compare(cluster, one)
        cluster.await_ring({"ingester-0": "ACTIVE", "ingester-1": "UNHEALTHY", "ingester-2": "ACTIVE"})
        compare(cluster, one, SHORT)

        cluster.ingesters[1].start()
        cluster.await_ring({f"ingester-{i}": "ACTIVE" for i in range(3)})
        for batch in scrapes[HALF:]:
            push(cluster.distributor, batch)
            push(one, batch)
        compare(cluster, one)

        # A refusal looks the same.
        stale = [({"__name__": "requests_total", "pod": "p0", "code": "200", "cluster": "c"}, [(roles_test.START * 1000, 1)])]
        want, got = one.push(stale), cluster.distributor.push(stale)
        assert want.status == got.status == 400 and want.body == got.body, f"{want.text} against {got.text}"


def test_a_quorum_is_needed_and_said():
    with Cluster(3) as cluster:
        cluster.await_ring({f"ingester-{i}": "ACTIVE" for i in range(3)})
        batch = [({"__name__": "up", "pod": str(i)}, [(int(time.time()) * 1000, i)]) for i in range(50)]
        push(cluster.distributor, batch)
        for i in (0, 1):
            cluster.ingesters[i].kill()
        reply = cluster.distributor.push(batch)
        assert reply.status in (500, 503), f"{reply.status} {reply.text}"
        wait_until(lambda: "live replicas required" in cluster.distributor.push(batch).text, 60, "the reason")
        assert cluster.querier.get(API + "/query", query="up").status in (500, 503), "half of an answer is none"


def test_copies_are_in_different_zones_and_a_zone_may_die():
    with Cluster(6, zones=3) as cluster, Kvasir("all-in-one") as one:
        cluster.await_ring({f"ingester-{i}": "ACTIVE" for i in range(6)})
        for batch in list(roles_test.scrapes())[:10]:
            push(cluster.distributor, batch)
            push(one, batch)
        for i in (1, 4):
            cluster.ingesters[i].kill()
        compare(cluster, one, SHORT)


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
