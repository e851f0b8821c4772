#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tenants cost each other, measured in one process with the shipped configuration.

usage: tenants.py [memory] [flood]        (both without one)

memory: resident bytes of an idle tenant (one series, one sample), and of 5,000 tenants of 100 series each.
flood:  wall and CPU time of one tenant's queries, alone and while another tenant writes new series as fast as it can against its
        limit; and how much memory the flood takes.
"""
import pathlib
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import Kvasir, http, snappy, write_request  # noqa: E402

API = "/prometheus/api/v1"


def resident(kvasir):
    for line in open(f"/proc/{kvasir.process.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def fill(kvasir, tenants, n_series, name):
    """Every tenant the same body: it is encoded once."""
    now = int(time.time() * 1000)
    body = snappy(write_request([({"__name__": f"m{i % 10}", "instance": f"host-{i}:9100", "job": "node"}, [(now, i)]) for i in range(n_series)]))
    for i in range(tenants):
        reply = kvasir.push_raw(body, f"{name}-{i}")
        assert reply.status == 200, reply.text


def memory():
    with Kvasir() as kvasir:
        fill(kvasir, 50, 1, "warm")
        before = resident(kvasir)
        fill(kvasir, 1000, 1, "idle")
        after = resident(kvasir)
        print(f"an idle tenant: {(after - before) / 1000 / 1024:.1f} KiB")
    with Kvasir() as kvasir:
        started = time.monotonic()
        fill(kvasir, 5000, 100, "tenant")
        print(f"5,000 tenants of 100 series: {resident(kvasir) / 2**20:.0f} MiB resident, {time.monotonic() - started:.0f} s to write")


def flood():
    with Kvasir() as kvasir:
        now = int(time.time())
        for t in range(now - 600, now, 15):
            series = [({"__name__": "m", "i": str(i), "job": "a"}, [(t * 1000, t % 97 + i)]) for i in range(2000)]
            assert kvasir.push(series, "quiet").status == 200
        reply = http(kvasir.url("/api/v1/user_limits"), "PUT", b'{"max_global_series_per_user": 1000}', {"X-Scope-OrgID": "loud"})
        assert reply.status == 200, reply.text

        def one():
            begin = time.perf_counter()
            answer = kvasir.get(API + "/query_range", "quiet", query="sum by (job) (rate(m[5m]))", start=now - 300, end=now, step=15)
            assert answer.status == 200, answer.text
            return time.perf_counter() - begin

        def measure(n=60):
            times = sorted(one() for _ in range(n))
            return statistics.median(times) * 1000, times[int(n * 0.9)] * 1000
        one()
        quiet = measure()
        before = resident(kvasir)
        stop = threading.Event()
        sent = [0]

        def write():
            while not stop.is_set():
                t = int(time.time() * 1000)
                kvasir.push_raw(snappy(write_request([({"__name__": "flood", "n": f"{sent[0]}-{i}"}, [(t, 1)]) for i in range(500)])), "loud")
                sent[0] += 500
        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        loud = measure()
        stop.set()
        for writer in writers:
            writer.join()
        print(f"queries of a quiet tenant: median {quiet[0]:.1f} ms, p90 {quiet[1]:.1f} ms")
        print(f"while another floods ({sent[0]} new series sent, its limit is 1000): median {loud[0]:.1f} ms, p90 {loud[1]:.1f} ms")
        print(f"memory that the flood took: {(resident(kvasir) - before) / 2**20:.1f} MiB")


if __name__ == "__main__":
    for name in sys.argv[1:] or ["memory", "flood"]:
        {"memory": memory, "flood": flood}[name]()
