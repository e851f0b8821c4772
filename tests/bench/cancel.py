#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How soon a query ends once its client is gone.

    tests/bench/cancel.py --build build/release --series 100000 --scrapes 120

Loads an all-in-one process through rwload, then asks queries that take long and hangs up in the middle, at times that are spread over what the query
takes whole. What is measured is from there until no query is in evaluation any more, as the process' own gauge says; it includes asking for the gauge.
"""
import argparse
import random
import socket
import statistics
import tempfile
import time
import urllib.parse

from bench import ROOT, Load, harness_of

QUERIES = [
    'count_over_time({__name__=~".+"}[10m])',
    "sum by (pod) (rate(http_requests_total[5m]))",
    'quantile by (pod) (0.9, {__name__=~".+"})',
    "http_request_duration_seconds_sum / on (pod, instance, handler, method, status) http_requests_total",
    'label_replace({__name__=~".+"}, "x", "$1", "pod", "(.*)-.*")',
    "max_over_time(sum by (pod) (rate(http_requests_total[1m]))[10m:5s])",
    'topk by (pod) (5, {__name__=~".+"})',
    'count_values("v", {__name__=~".+"})',
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--scrapes", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    harness = harness_of(options.build)
    start_ms = int(time.time() * 1000) - 15_000 * options.scrapes
    end = start_ms / 1000 + 15 * (options.scrapes - 1)
    with tempfile.TemporaryDirectory() as scratch:
        load = Load(scratch, series=options.series, scrapes=options.scrapes)
        with harness.Kvasir(config=ROOT / "configs/all-in-one.toml") as kvasir:
            load.give(kvasir.url("/api/v1/push"), start_ms=start_ms)

            def path(query):
                return "/prometheus/api/v1/query_range?" + urllib.parse.urlencode({"query": query, "start": end - 15 * options.scrapes, "end": end, "step": 15})

            def running():
                return kvasir.metric("kvs_engine_promql_queries_running")

            print(f"{'ms until it ended: median, worst':>34}   {'whole, s':>8}   query")
            for query in QUERIES:
                begun = time.perf_counter()
                reply = harness.http(kvasir.url(path(query)), headers={"X-Scope-OrgID": "bench"}, timeout=600)
                whole = time.perf_counter() - begun
                assert reply.status in (200, 422), reply.text[:300]
                times = []
                for _ in range(options.rounds):
                    with socket.create_connection(("127.0.0.1", kvasir.port)) as client:
                        client.sendall(f"GET {path(query)} HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: bench\r\n\r\n".encode())
                        time.sleep(random.uniform(0.05, 0.9) * whole)
                        was_running = running() > 0
                    gone = time.perf_counter()
                    while running() > 0:
                        pass
                    if was_running:
                        times.append((time.perf_counter() - gone) * 1000)
                told = f"{statistics.median(times):.0f}, {max(times):.0f} (of {len(times)})" if times else "never caught"
                print(f"{told:>34}   {whole:8.2f}   {query}", flush=True)


if __name__ == "__main__":
    main()
