#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs to ask the head and its blocks at once.

    tests/bench/span.py --build build/bench --series 100000 --scrapes 120

Loads half of the scrapes into an all-in-one process, cuts and ships them as a block, loads the other half, and asks the range queries of queries.txt over all of
it: each series is found in memory, in the head's block and in that of the bucket. CPU is of the server process, user and system, the median of --rounds.
"""
import argparse
import statistics
import tempfile
import time
import urllib.parse

from bench import ROOT, Load, cpu_seconds, harness_of


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/bench")
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--scrapes", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    harness = harness_of(options.build)
    interval_ms, half = 15_000, options.scrapes // 2
    start_ms = int(time.time() * 1000) - interval_ms * options.scrapes
    end = start_ms / 1000 + (2 * half - 1) * interval_ms / 1000
    with tempfile.TemporaryDirectory() as scratch:
        load = Load(scratch, series=options.series, scrapes=half)
        with harness.Kvasir(config=ROOT / "configs/all-in-one.toml") as kvasir:
            load.give(kvasir.url("/api/v1/push"), start_ms=start_ms)
            assert harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST", timeout=600).status == 204
            load.give(kvasir.url("/api/v1/push"), start_ms=start_ms + half * interval_ms)
            pid = kvasir.process.pid
            for line in (ROOT / "tests/bench/queries.txt").read_text().splitlines():
                if not line.startswith("range"):
                    continue
                _, span, step, expression = line.split(None, 3)
                form = urllib.parse.urlencode({"query": expression, "start": end - float(span), "end": end, "step": step})
                used = []
                for _ in range(options.rounds):
                    before = cpu_seconds(pid)
                    answer = harness.http(kvasir.url("/prometheus/api/v1/query_range?" + form), headers={"X-Scope-OrgID": "bench"}, timeout=600)
                    assert answer.status == 200, answer
                    used.append((cpu_seconds(pid) - before) * 1000)
                print(f"{statistics.median(used):8.1f} ms CPU  {expression}", flush=True)


if __name__ == "__main__":
    main()
