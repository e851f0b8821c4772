#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Roles are configuration: distributor, ingester and querier as three processes answer byte for byte as one does."""
import random
import sys
import time

import harness
from harness import Kvasir

END = int(time.time()) // 15 * 15
START = END - 1800

QUERIES = [
    "count({__name__!=''})", "requests_total", "sum(rate(requests_total[5m]))", "sum by (pod) (rate(requests_total[5m]))",
    "topk(3, requests_total)", "avg by (code) (memory_bytes)", "max_over_time(memory_bytes[10m])", "quantile(0.9, memory_bytes)",
    "requests_total{pod=~'p[12]'} / on (pod, code) memory_bytes", "sum by (code) (rate(requests_total[5m])) > 0.1",
    "max_over_time(sum(rate(requests_total[1m]))[10m:1m])", "label_replace(memory_bytes, 'x', '$1', 'pod', '(.).*')",
    "absent(nothing)", "requests_total offset 10m", "sort_desc(memory_bytes)", "histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))",
    "vector(1)", "'text'", "sum(", "memory_bytes + on (pod) group_left requests_total",
]


def scrapes():
    rng = random.Random(3)
    counters = {}
    for t in range(START, END + 1, 15):
        batch = []
        for pod in range(5):
            for code in ("200", "500"):
                key = (pod, code)
                counters[key] = 0 if rng.random() < 0.01 else counters.get(key, 0) + rng.randrange(50)
                labels = {"pod": f"p{pod}", "code": code, "cluster": "c"}
                batch.append(({"__name__": "requests_total", **labels}, [(t * 1000, counters[key])]))
                batch.append(({"__name__": "memory_bytes", **labels}, [(t * 1000, rng.random() * 1e9)]))
            for i, le in enumerate(("0.1", "1", "+Inf")):
                batch.append(({"__name__": "latency_bucket", "pod": f"p{pod}", "le": le}, [(t * 1000, (t - START) * (i + 1) / 7)]))
        yield batch


def test_three_processes_answer_as_one_does():
    with Kvasir("ingester") as ingester:
        env = {"KVASIR_INGESTER_ADDRS": f"127.0.0.1:{ingester.grpc_port}"}
        with Kvasir("distributor", env=env) as distributor, Kvasir("querier", env=env) as querier, Kvasir("all-in-one") as one:
            for batch in scrapes():
                for door in (distributor, one):
                    reply = door.push(batch)
                    assert reply.status == 200, f"{reply.status} {reply.text}"
            api = "/prometheus/api/v1"
            for text in QUERIES:
                for path, params in [("/query", dict(query=text, time=END)),
                                     ("/query_range", dict(query=text, start=START, end=END, step=60))]:
                    want, got = one.get(api + path, **params), querier.get(api + path, **params)
                    assert want.status == got.status, f"{text}: {want.status} against {got.status} {got.text[:300]}"
                    assert want.body == got.body, f"{path} {text}:\n{want.text[:600]}\nagainst\n{got.text[:600]}"
                    assert want.status == 200 or text in ("sum(", "memory_bytes + on (pod) group_left requests_total",
                                                          "'text'") , f"{text}: {want.text[:300]}"
            for path, params in [("/labels", {}), ("/label/pod/values", {}), ("/series", {"match[]": "memory_bytes"}),
                                 ("/label/pod/values", {"match[]": "latency_bucket"}), ("/metadata", {})]:
                want, got = one.get(api + path, **params), querier.get(api + path, **params)
                assert want.status == got.status == 200 and want.body == got.body, f"{path}: {want.text[:300]} against {got.text[:300]}"

            # Refusals look the same through the network, and what is gone answers 5xx, never with half of an answer.
            stale = [({"__name__": "requests_total", "pod": "p0", "code": "200", "cluster": "c"}, [(START * 1000, 1)])]
            want, got = one.push(stale), distributor.push(stale)
            assert want.status == got.status == 400, f"{want.text} against {got.text}"
            assert want.body == got.body
            ingester.kill()
            assert distributor.push([({"__name__": "late"}, [(END * 1000, 1)])]).status in (500, 503)
            assert querier.get(api + "/query", query="requests_total", time=END).status in (500, 503)
            ingester.start()
            harness.wait_until(lambda: querier.get(api + "/query", query="requests_total", time=END).status == 200, 60, "the ingester to be back")
            assert querier.get(api + "/query", query="requests_total", time=END).body == one.get(api + "/query", query="requests_total", time=END).body


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
