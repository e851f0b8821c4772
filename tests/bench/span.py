#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs to ask the head and its blocks at once.

    tests/bench/span.py --build build/bench --series 100000 --scrapes 120

Loads half of the scrapes into an all-in-one process, cuts and ships them as a block, loads the other half, and asks the range queries of queries.txt over all of
it: each series is found in memory, in the head's block and in that of the bucket. CPU is of the server process, user and system, the median of --rounds.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]


def cpu_ms(pid):
    """Of all threads, to the nanosecond: a query is shorter than a tick of the clock in stat."""
    total = 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((thread / "schedstat").read_text().split()[0])
        except OSError:
            pass  # It has ended.
    return total / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/bench")
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--scrapes", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ["KVASIR_BUILD"] = str(pathlib.Path(options.build).resolve())
    sys.path.insert(0, str(ROOT / "tests/e2e"))
    import harness

    interval_ms, half = 15_000, options.scrapes // 2
    start_ms = int(time.time() * 1000) - interval_ms * options.scrapes
    end = start_ms / 1000 + (2 * half - 1) * interval_ms / 1000
    with tempfile.TemporaryDirectory() as scratch:
        rwload = pathlib.Path(scratch) / "rwload"
        subprocess.run(["c++", "-O2", "-std=c++20", ROOT / "tests/bench/rwload.cc", "-o", rwload, "-lsnappy", "-lcurl", "-lpthread"], check=True)
        with harness.Kvasir(config=ROOT / "configs/all-in-one.toml") as kvasir:

            def load(first_ms):
                subprocess.run([rwload, "--url", kvasir.url("/api/v1/push"), "--tenant", "bench", "--series", str(options.series), "--scrapes", str(half),
                                "--start-ms", str(first_ms)], check=True, stdout=subprocess.DEVNULL)

            load(start_ms)
            assert harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST", timeout=600).status == 204
            load(start_ms + half * interval_ms)
            pid = kvasir.process.pid
            for line in (ROOT / "tests/bench/queries.txt").read_text().splitlines():
                if not line.startswith("range"):
                    continue
                _, span, step, expression = line.split(None, 3)
                form = urllib.parse.urlencode({"query": expression, "start": end - float(span), "end": end, "step": step})
                used = []
                for _ in range(options.rounds):
                    before = cpu_ms(pid)
                    answer = harness.http(kvasir.url("/prometheus/api/v1/query_range?" + form), headers={"X-Scope-OrgID": "bench"}, timeout=600)
                    assert answer.status == 200, answer
                    used.append(cpu_ms(pid) - before)
                print(f"{statistics.median(used):8.1f} ms CPU  {expression}", flush=True)


if __name__ == "__main__":
    main()
