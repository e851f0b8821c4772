#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a results cache saves: the same range queries, asked of one process with and without it, in turn.

usage: frontend_cache.py [--series N] [--rounds N]     (KVASIR_BUILD names the build folder)

A dashboard that is open is asked the same again and again, a step later each time. So is this: every round moves the range by one step. Without the
cache each request says `Cache-Control: no-store`; nothing else differs. CPU is of the process, user and system.
"""
import argparse
import os
import pathlib
import statistics
import sys
import time

from bench import cpu_seconds

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import Kvasir  # noqa: E402

STEP, HOURS = 30, 6
QUERIES = ["sum by (pod) (rate(m[5m]))", "max_over_time(m[10m])", "count(m)"]
CONFIG = """config_version = 1
[plugins]
load = [{ id = "net.http" }, { id = "ingest.remote_write" }, { id = "head" }, { id = "index.memory" }, { id = "engine.promql" },
  { id = "engine.frontend" }, { id = "cache.memory" }, { id = "api.prometheus" }]
[component.http]
type = "net.http"
listen = "127.0.0.1:${KVASIR_HTTP_PORT}"
[component.write]
type = "ingest.remote_write"
ports = { http = "http", next = "head" }
[component.head]
type = "head"
ports = { index = "index" }
data_dir = "${KVASIR_DATA_DIR}/head"
[component.index]
type = "index.memory"
[component.promql]
type = "engine.promql"
ports = { source = "head" }
[component.cache]
type = "cache.memory"
capacity = "256MiB"
max_item_size = "64MiB"
[component.frontend]
type = "engine.frontend"
ports = { next = "promql", cache = "cache" }
split_queries_by_interval = "2h"
max_cached_result = "64MiB"
[component.api]
type = "api.prometheus"
ports = { http = "http", engine = "frontend", source = "head" }
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--series", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    end = int(time.time()) // STEP * STEP
    start = end - HOURS * 3600
    folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp"))
    config = folder / f"frontend-cache-{os.getpid()}.toml"
    config.write_text(CONFIG)
    try:
        with Kvasir(config) as kvasir:
            for t in range(start, end + 1, STEP):
                batch = [({"__name__": "m", "pod": f"p{i % 20}", "i": str(i)}, [(t * 1000, (t - start) * (i % 7 + 1))]) for i in range(arguments.series)]
                reply = kvasir.push(batch)
                assert reply.status == 200, reply.text
            print(f"{arguments.series} series, {HOURS} h, step {STEP} s, {arguments.rounds} rounds, each a step later")
            print(f"{'query':32} {'CPU ms':>8} {'cached':>8} {'less':>6}   {'wall ms':>8} {'cached':>8} {'less':>6}")
            for query in QUERIES:
                used = {}
                for name, headers in [("asked", {"Cache-Control": "no-store"}), ("cached", {})]:
                    wall = []
                    answers = []
                    for i in range(-1, arguments.rounds):  # The first fills the cache, and counts for neither.
                        if i == 0:
                            before = cpu_seconds(kvasir.process.pid)
                        began = time.monotonic()
                        reply = kvasir.get("/prometheus/api/v1/query_range", headers=headers, query=query, step=STEP,
                                           start=start + (i + 1) * STEP, end=end - (arguments.rounds - i - 1) * STEP)
                        wall.append((time.monotonic() - began) * 1000)
                        assert reply.status == 200, reply.text
                        answers.append(reply.body)
                    used[name] = ((cpu_seconds(kvasir.process.pid) - before) * 1000 / arguments.rounds, statistics.median(wall[1:]), answers)
                assert used["asked"][2] == used["cached"][2], f"{query}: the cache changes the answer"
                (a, aw, _), (c, cw, _) = used["asked"], used["cached"]
                print(f"{query:32} {a:8.1f} {c:8.1f} {a / max(c, 0.01):6.1f}   {aw:8.1f} {cw:8.1f} {aw / cw:6.1f}")
    finally:
        config.unlink()


if __name__ == "__main__":
    main()
