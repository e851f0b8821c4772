#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Six ingesters become three, with one copy of every series, so that whatever one of them does not hand over is lost: no query misses a sample,
while they leave and afterwards, and writes go on."""
import sys
import threading

import harness
import roles_test
from cluster import Cluster
from cluster_test import API, push
from harness import http, wait_until

QUERY = "sum by (pod) (count_over_time(requests_total[1d]))"


class Watch:
    """Asks the same question all the time: every answer must be the one that is wanted, or one of more samples."""

    def __init__(self, cluster, at):
        self.cluster, self.at = cluster, at
        self.want, self.wrong, self.refused, self.asked = {}, [], [], 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def ask(self):
        reply = self.cluster.querier.get(API + "/query", query=QUERY, time=self.at)
        if reply.status != 200:
            return None, f"{reply.status} {reply.text[:300]}"
        if reply.json.get("warnings"):
            return None, str(reply.json["warnings"])
        return {one["metric"].get("pod", ""): int(one["value"][1]) for one in reply.json["data"]["result"]}, ""

    def run(self):
        while not self.stopping.is_set():
            want = dict(self.want)
            got, why = self.ask()
            self.asked += 1
            if got is None:
                self.refused.append(why)
            elif any(got.get(pod, 0) < n for pod, n in want.items()):
                self.wrong.append({pod: (got.get(pod, 0), n) for pod, n in want.items() if got.get(pod, 0) < n})

    def __enter__(self):
        self.want = self.ask()[0]
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


def test_six_become_three_and_no_query_misses_a_sample():
    scrapes = list(roles_test.scrapes())
    names = [f"ingester-{i}" for i in range(6)]
    with Cluster(6, copies=1, gateways=1) as cluster:
        cluster.await_ring(dict.fromkeys(names, "ACTIVE"))
        wait_until(lambda: cluster.ring(cluster.querier, "store-gateway") == {"gateway-0": "ACTIVE"}, 60, "the gateway to be seen")
        for batch in scrapes[:60]:
            push(cluster.distributor, batch)
        with Watch(cluster, roles_test.END) as watch:
            assert watch.want and sum(watch.want.values()) == 600, watch.want
            for n, i in enumerate((5, 4, 3)):
                leaver = cluster.ingesters[i]
                assert http(leaver.url("/ingester/prepare-shutdown"), "POST", b"").status == 204
                assert leaver.stop(120) == 0, leaver.log_text()[-3000:]
                cluster.await_ring(dict.fromkeys(names[:i], "ACTIVE"))
                push(cluster.distributor, scrapes[60 + n])
                watch.want = watch.ask()[0] or watch.want
            asked = watch.asked
            wait_until(lambda: watch.asked > asked + 3, 60, "some more questions")
        assert not watch.wrong, watch.wrong[:3]
        # Between its leaving the ring and everybody's seeing that it may be asked in vain: that is said, and never a part of an answer.
        assert all(why.startswith("503") for why in watch.refused), watch.refused[:3]
        total = sum(len(samples) for batch in scrapes[:63] for labels, samples in batch if labels["__name__"] == "requests_total")
        got, why = watch.ask()
        assert got and sum(got.values()) == total, (why, got and sum(got.values()), total)


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
