#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a client sees of a query besides its result: plans, statistics, limits; and that one who leaves stops it."""
import pathlib
import re
import socket
import sys
import tempfile
import time
import urllib.parse

import harness
from harness import Kvasir

END = int(time.time()) // 15 * 15
START = END - 3600
API = "/prometheus/api/v1"

# Many seconds of work for any machine, in one row: 11,000 windows of 259,200 samples each. No batch and no series ends
# meanwhile, so whoever stops it has looked up in the middle of a row.
HEAVY = "quantile_over_time(0.5, vector(time())[3d:1s])"


def fill(kvasir):
    for first in range(START, END, 900):
        series = [({"__name__": "m", "i": str(i)}, [(t * 1000, t % 97) for t in range(first, min(first + 900, END), 15)])
                  for i in range(20)]
        reply = kvasir.push(series)
        assert reply.status == 200, reply.text


def metric(kvasir, name, labels=""):
    found = re.search(rf"^{name}{re.escape(labels)} (\S+)$", kvasir.get("/metrics", tenant=None).text, re.M)
    return float(found.group(1)) if found else 0


def test_a_query_explains_itself():
    with Kvasir() as kvasir:
        fill(kvasir)
        query = "sum by (i) (rate(m[5m])) / on (i) sum by (i) (rate(m[5m]))"
        reply = kvasir.get(API + "/query", query=query, time=END, explain="plan")
        assert reply.status == 200, reply.text
        explain = reply.json["data"]["explain"]
        assert explain["mode"] == "plan" and reply.json["data"]["result"] == []
        assert explain["text"] == ("binary / on (i)\n  scan_aggregate sum by (i)  (#1, used 2 times)\n    scan rate(m[5m])\n  = #1\n"), explain
        assert explain["plan"]["inputs"][0]["operator"] == "scan_aggregate"

        reply = kvasir.get(API + "/query_range", query=query, start=START, end=END, step=60, explain="analyze", stats="all")
        data = reply.json["data"]
        assert len(data["result"]) == 20, reply.text[:300]
        node = data["explain"]["plan"]["inputs"][0]
        assert node["rows"] == 20 and node["samples"] > 4000 and node["peakBytes"] > 0 and node["wallSeconds"] > 0, node
        assert data["explain"]["totals"]["cpuSeconds"] > 0
        assert set(data["stats"]) == {"timings", "samples"}
        assert set(data["stats"]["timings"]) == {"evalTotalTime", "resultSortTime", "queryPreparationTime", "innerEvalTime",
                                                 "execQueueTime", "execTotalTime"}
        assert data["stats"]["samples"]["totalQueryableSamples"] > data["stats"]["samples"]["samplesRead"] > 0


def cpu_of_workers(kvasir):
    """CPU seconds that the worker threads of the process have used."""
    total = 0
    for task in pathlib.Path(f"/proc/{kvasir.process.pid}/task").iterdir():
        if (task / "comm").read_text().startswith("worker"):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def test_a_client_that_leaves_stops_its_query():
    with Kvasir() as kvasir:
        cancelled = lambda: metric(kvasir, "kvs_engine_promql_queries_total", '{code="CANCELLED"}')
        before = cancelled()
        parameters = {"query": HEAVY, "start": END - 10_999, "end": END, "step": 1}
        path = f"{API}/query_range?" + urllib.parse.urlencode(parameters)
        with socket.create_connection(("127.0.0.1", kvasir.port)) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: test\r\n\r\n".encode())
            harness.wait_until(lambda: metric(kvasir, "kvs_engine_promql_queries_running") == 1, 60, "the query to run")
        used = cpu_of_workers(kvasir)
        harness.wait_until(lambda: cancelled() == before + 1, 60, "the query to be cancelled")
        used = cpu_of_workers(kvasir) - used
        # The promise is 100 ms. It is measured in time of the processor: how long a thread waits for one is the machine's.
        assert used < 0.1, f"the workers used {used:.3f}s after the client had left"
        assert metric(kvasir, "kvs_engine_promql_queries_running") == 0


OVERRIDES = """
overrides:
  limited:
    max_fetched_series_per_query: 5
    max_total_query_length: 2h
    max_query_expression_size_bytes: 40
"""


def test_a_tenant_may_ask_for_so_much():
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as overrides:
        overrides.write(OVERRIDES)
        overrides.flush()
        with Kvasir(env={"KVASIR_RUNTIME_CONFIG": overrides.name}) as kvasir:
            many = [({"__name__": "m", "i": str(i)}, [(END * 1000, i)]) for i in range(6)]
            for tenant in ("limited", "other"):
                assert kvasir.push(many, tenant).status == 200
            for path, parameters, code, reason in (
                    ("/query", {"query": "m", "time": END}, 422, "err-mimir-max-series-per-query"),
                    ("/query_range", {"query": "m", "start": END - 7260, "end": END, "step": 60}, 400, "err-mimir-max-total-query-length"),
                    ("/query", {"query": "m" + " + m" * 10, "time": END}, 400, "err-mimir-max-query-expression-size-bytes")):
                reply = kvasir.get(API + path, "limited", **parameters)
                assert reply.status == code and f"({reason})" in reply.json["error"], reply.text
                assert kvasir.get(API + path, "other", **parameters).status == 200
            assert kvasir.get(API + "/query", "limited", query='m{i="1"}', time=END).status == 200


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
