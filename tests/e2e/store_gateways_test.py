#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Three store-gateways share the blocks of a bucket, each of which two of them read: they are killed one after another under queries, and no
answer lacks a block."""
import json
import shutil
import sys
import threading
import time

import harness
from cluster import Cluster
from cluster_test import API
from compactors_test import BEGIN, make_blocks
from harness import wait_until

END = BEGIN + 420 * 60
QUERY = "sum by (instance) (count_over_time(requests_total[1d]))"


def place(block, n, folder):
    """Copies a block as the n-th, under a name that is the same in every run: from names follows which gateways read it."""
    name = f"01HF7Y{n:020d}"
    shutil.copytree(block, folder / name)
    meta = folder / name / "meta.json"
    meta.write_text(json.dumps(dict(json.loads(meta.read_text()), ulid=name)))


def counts(querier, tenant):
    reply = querier.get(API + "/query", tenant, query=QUERY, time=END)
    if reply.status != 200:
        return f"{reply.status} {reply.text[:300]}"
    assert not reply.json.get("warnings"), reply.text
    return {one["metric"]["instance"]: int(one["value"][1]) for one in reply.json["data"]["result"]}


def test_gateways_share_blocks_and_stand_in_for_each_other():
    with Cluster(1, copies=1, gateways=3, gateway_copies=2) as cluster:
        everybody = {f"gateway-{i}": "ACTIVE" for i in range(3)}
        wait_until(lambda: cluster.ring(cluster.querier, "store-gateway") == everybody, 30, "the gateways to be seen")
        blocks = make_blocks(cluster.folder, "one", range(0, 5)) + make_blocks(cluster.folder, "two", range(5, 10))
        for n, block in enumerate(blocks):
            place(block, n, cluster.folder / "coming")
        (cluster.folder / "bucket").mkdir(exist_ok=True)
        (cluster.folder / "coming").rename(cluster.folder / "bucket/test")
        want = {f"host-{i}": 420 for i in range(10)}
        wait_until(lambda: counts(cluster.querier, "test") == want, 30, "the blocks to be found")
        for _ in range(5):
            assert counts(cluster.querier, "test") == want
        loads = [gateway.metric("cortex_bucket_store_block_loads_total") for gateway in cluster.gateways.values()]
        assert all(0 < n < len(blocks) for n in loads), f"each reads a part: {loads} of {len(blocks)}"
        assert sum(loads) <= 2 * len(blocks), loads

        stopping, wrong, refused = threading.Event(), [], []

        def ask():
            while not stopping.is_set():
                got = counts(cluster.querier, "test")
                if isinstance(got, str):
                    refused.append(got)
                elif got != want:
                    wrong.append(got)
        thread = threading.Thread(target=ask)
        thread.start()
        try:
            for i in range(3):
                died = time.monotonic()
                cluster.gateways[i].kill()
                wait_until(lambda: counts(cluster.querier, "test") == want, 60, "the others to stand in")
                assert time.monotonic() - died < 60
                wait_until(lambda n=i: cluster.ring(cluster.querier, "store-gateway")[f"gateway-{n}"] == "UNHEALTHY", 60, "the death to be seen")
                assert counts(cluster.querier, "test") == want
                cluster.gateways[i].start()
                wait_until(lambda: cluster.ring(cluster.querier, "store-gateway") == everybody, 60, "it to be back")
        finally:
            stopping.set()
            thread.join()
        assert not wrong, wrong[:3]
        # One that dies in the middle of an answer ends it: it is refused, and complete when it is asked again.
        assert len(refused) <= 3, refused
        failures = cluster.querier.metric("cortex_querier_blocks_consistency_checks_failed_total")
        assert failures == 0, failures

        # With two away at once some blocks have nobody: that is said.
        for i in (0, 1):
            cluster.gateways[i].kill()
        first = counts(cluster.querier, "test")
        assert isinstance(first, str) and first.startswith("503"), first
        wait_until(lambda: counts(cluster.querier, "test") == want, 60, "the last one to stand in for all")


if __name__ == "__main__":
    if not shutil.which("promtool"):
        sys.exit(77)
    harness.run(sys.modules["__main__"])
