#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tenants cost each other, measured in one process with the shipped configuration.

usage: tenants.py [memory] [flood]        (both without one)

memory: resident bytes of an idle tenant (one series, one sample), and of 5,000 tenants of 100 series each.
flood:  time of one tenant's queries, alone and while another tenant writes new series as fast as it can against its limit, in
        turns; what the server's CPU was spent on, and how much memory the flood takes. Clients
        and server share the machine: on few cores the clients' own load is part of the ratio.
"""
import http.client
import multiprocessing
import os
import pathlib
import sys
import time
import urllib.parse

from bench import cpu_seconds, memory_mib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import Kvasir, http as api, snappy, write_request  # noqa: E402

API = "/prometheus/api/v1"


def resident_mib(kvasir):
    return memory_mib(kvasir.process.pid)


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
        before = resident_mib(kvasir)
        fill(kvasir, 1000, 1, "idle")
        after = resident_mib(kvasir)
        print(f"an idle tenant: {(after - before) / 1000 * 1024:.1f} KiB")
    with Kvasir() as kvasir:
        started = time.monotonic()
        fill(kvasir, 5000, 100, "tenant")
        print(f"5,000 tenants of 100 series: {resident_mib(kvasir):.0f} MiB resident, {time.monotonic() - started:.0f} s to write")


class Flood:
    """One tenant that pushes new series over several connections as fast as it is answered. It comes from processes of its own, and bodies are
    made beforehand: what is refused is new every time, so a few of them are as good as many."""

    def __init__(self, kvasir, series=2000, connections=4, bodies=8):
        self.port, self.connections = kvasir.port, connections
        now = int(time.time() * 1000)
        self.bodies = [snappy(write_request([({"__name__": "flood", "n": f"{b}-{i}"}, [(now, 1)]) for i in range(series)])) for b in range(bodies)]
        self.pushes, self.refused = multiprocessing.Value("q"), multiprocessing.Value("q")

    def push(self, stop):
        os.nice(5)  # What the clients take is not what is measured.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        n = refused = 0
        while not stop.is_set():
            connection.request("POST", "/api/v1/push", self.bodies[n % len(self.bodies)], {"X-Scope-OrgID": "loud", "Content-Encoding": "snappy"})
            reply = connection.getresponse()
            reply.read()
            n += 1
            refused += reply.status != 200
        for total, value in ((self.pushes, n), (self.refused, refused)):
            with total.get_lock():
                total.value += value

    def __enter__(self):
        self.stop = multiprocessing.Event()
        self.clients = [multiprocessing.Process(target=self.push, args=(self.stop,)) for _ in range(self.connections)]
        for client in self.clients:
            client.start()

    def __exit__(self, *_):
        self.stop.set()
        for client in self.clients:
            client.join()


def percentile(times, p):
    return sorted(times)[min(int(len(times) * p), len(times) - 1)] * 1000


def flood(rounds=8, queries=40):
    """Rounds of quiet and flood in turn, so that whatever else the machine does touches both."""
    with Kvasir() as kvasir:
        now = int(time.time())
        for t in range(now - 600, now, 15):
            series = [({"__name__": "m", "i": str(i), "job": "a"}, [(t * 1000, t % 97 + i)]) for i in range(2000)]
            assert kvasir.push(series, "quiet").status == 200
        reply = api(kvasir.url("/api/v1/user_limits"), "PUT", b'{"max_global_series_per_user": 1000}', {"X-Scope-OrgID": "loud"})
        assert reply.status == 200, reply.text
        connection = http.client.HTTPConnection("127.0.0.1", kvasir.port, timeout=60)
        path = f"{API}/query_range?" + urllib.parse.urlencode({"query": "sum by (job) (rate(m[5m]))", "start": now - 300, "end": now, "step": 15})

        def ask():
            begin = time.perf_counter()
            connection.request("GET", path, headers={"X-Scope-OrgID": "quiet"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            return time.perf_counter() - begin

        def cpu():
            return cpu_seconds(kvasir.process.pid)
        for _ in range(queries):
            ask()
        quiet, loud, spent = [], [], [0.0, 0.0]
        load = Flood(kvasir)
        with load:
            time.sleep(1)  # Its first requests make what a tenant needs once.
        before = resident_mib(kvasir)
        for _ in range(rounds):
            begin = cpu()
            quiet += [ask() for _ in range(queries)]
            spent[0] += cpu() - begin
            begin = cpu()
            with load:
                time.sleep(0.3)
                loud += [ask() for _ in range(queries)]
            spent[1] += cpu() - begin
        for name, times in (("quiet", quiet), ("flood", loud)):
            print(f"{name}: p50 {percentile(times, 0.5):.1f} ms, p99 {percentile(times, 0.99):.1f} ms, of {len(times)} queries")
        print(f"ratios: p50 {percentile(loud, 0.5) / percentile(quiet, 0.5):.2f}, p99 {percentile(loud, 0.99) / percentile(quiet, 0.99):.2f}")
        print(f"CPU of the server: {spent[0]:.1f} s quiet, {spent[1]:.1f} s in the flood of {load.pushes.value} pushes, {load.refused.value} of them refused")
        print(f"memory that the flood took: {resident_mib(kvasir) - before:.1f} MiB")


if __name__ == "__main__":
    for name in sys.argv[1:] or ["memory", "flood"]:
        {"memory": memory, "flood": flood}[name]()
