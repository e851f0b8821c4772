#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each hop of a cluster costs, beside one process: CPU of every role per million samples with one copy and with three, bytes on the wire
per sample, and queries of the cluster beside those of the all-in-one process.

    tests/bench/hops.py --build build/release --series 100000 --scrapes 60

Three ingesters, one distributor, one querier, one query-frontend without a cache, etcd; all on this machine, with the shipped configurations. The
load is rwload's, the same for each. CPU is user and system, from before the load until its last sample is acknowledged by all
copies. Bytes are those of TCP, as ss(8) tells them. Read ratios within one run: all processes and the load share the cores.
"""
import argparse
import re
import statistics
import subprocess
import tempfile
import time
import urllib.parse

from bench import ROOT, Load, cpu_seconds, harness_of

API = "/prometheus/api/v1"
TENANT = {"X-Scope-OrgID": "bench"}
INTERVAL_MS = 15_000


def bytes_sent(pid, ports):
    """By the process over connections that it has to any of these ports on this machine."""
    lines = subprocess.run(["ss", "-tinpHO", "state", "established"], capture_output=True, text=True, check=True).stdout.splitlines()
    total = 0
    for line in lines:
        peer = line.split()[3]
        sent = re.search(r"bytes_sent:(\d+)", line)
        if f"pid={pid}," in line and sent and int(peer.rsplit(":", 1)[1]) in ports:
            total += int(sent.group(1))
    return total


class SameLoad(Load):
    """The same samples for each, up to now."""

    def __init__(self, scratch, options):
        super().__init__(scratch, series=options.series, scrapes=options.scrapes, rw=options.rw)
        self.samples = options.series * options.scrapes
        self.start_ms = int(time.time() * 1000) - INTERVAL_MS * options.scrapes
        self.end = (self.start_ms + (options.scrapes - 1) * INTERVAL_MS) / 1000

    def give_to(self, door):
        return self.give(door.url("/api/v1/push"), start_ms=self.start_ms)


def queries(end):
    """(what is shown, path, parameters) of queries.txt."""
    for line in (ROOT / "tests/bench/queries.txt").read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "instant":
            expression = rest.split(None, 2)[2]
            yield f"instant `{expression}`", "/query", {"query": expression, "time": end}
        elif kind == "range":
            span, step, expression = rest.split(None, 2)
            yield f"`{expression}`, at {step} s", "/query_range", {"query": expression, "start": end - float(span), "end": end, "step": step}


class Asked:
    """What one door takes for each query: wall and CPU in milliseconds, CPU of all processes that work for it."""

    def __init__(self, harness, door, pids, end, rounds):
        self.answers, self.wall, self.cpu = [], [], []
        for _, path, params in queries(end):
            url = door.url(API + path + "?" + urllib.parse.urlencode(params))
            wall, before = [], 0
            for n in range(rounds + 1):
                if n == 1:  # The first one finds everything cold.
                    before = cpu_seconds(*pids)
                began = time.perf_counter()
                reply = harness.http(url, headers=TENANT, timeout=600)
                wall.append((time.perf_counter() - began) * 1000)
                assert reply.status == 200, reply.text[:500]
            self.answers.append(reply.body)
            self.wall.append(statistics.median(wall[1:]))
            self.cpu.append((cpu_seconds(*pids) - before) * 1000 / rounds)


def settled(read):
    """The value once it has not changed for a second: the last copy of a write goes on without its caller."""
    value = read()
    while True:
        time.sleep(1)
        before, value = value, read()
        if before == value:
            return value


def measure_one(harness, load, rounds):
    with harness.Kvasir("all-in-one") as one:
        pid = one.process.pid
        before = cpu_seconds(pid)
        said = load.give_to(one)
        used = cpu_seconds(pid) - before
        print(f"all-in-one: {used / load.samples * 1e6:.2f} CPU s per million samples; {said['compressed_bytes'] / load.samples:.1f} bytes "
              "a sample from the sender", flush=True)
        return Asked(harness, one, [pid], load.end, rounds)


def measure_cluster(harness, cluster, load, copies, rounds):
    class Steady(cluster.Cluster):
        """With the periods of configs/cluster instead of a test's."""

        def env(self, **more):
            return dict(super().env(**more), KVASIR_HEARTBEAT_PERIOD="15s", KVASIR_HEARTBEAT_TIMEOUT="1m", KVASIR_BLOCKS_SYNC="1m")

    with Steady(3, copies=copies) as roles:
        roles.await_ring({f"ingester-{i}": "ACTIVE" for i in range(3)})
        ingesters = list(roles.ingesters.values())
        etcd = int((roles.etcd.folder / "etcd.pid").read_text().split()[0])
        pids = {"distributor": [roles.distributor.process.pid], "ingesters": [one.process.pid for one in ingesters], "etcd": [etcd]}
        ports = {one.grpc_port for one in ingesters}

        def used():
            return {role: sum(map(cpu_seconds, of_role)) for role, of_role in pids.items()}

        def sent():
            return bytes_sent(roles.distributor.process.pid, ports)

        before, sent_before = used(), sent()
        load.give_to(roles.distributor)
        sent_after = settled(sent)
        after = used()
        million = load.samples / 1e6
        spent = {role: (after[role] - before[role]) / million for role in pids}
        print(f"cluster, {copies} {'copy' if copies == 1 else 'copies'}: CPU s per million samples: "
              + ", ".join(f"{role} {seconds:.2f}" for role, seconds in spent.items()) + f"; together {sum(spent.values()):.2f}; "
              f"{(sent_after - sent_before) / load.samples:.1f} bytes a sample from the distributor", flush=True)
        frontend = roles.start("query-frontend", "frontend", KVASIR_QUERIER_ADDRS=f"127.0.0.1:{roles.querier.grpc_port}", KVASIR_MEMCACHED_ADDRS="")
        readers = [one.process.pid for one in (*ingesters, *roles.gateways.values(), roles.querier)]
        return (Asked(harness, roles.querier, readers, load.end, rounds),
                Asked(harness, frontend, [*readers, frontend.process.pid], load.end, rounds))


def show(one, querier, frontend, end):
    print("\n| query | all-in-one, wall and CPU ms | querier | frontend | wall, times | CPU, times |\n|---|---|---|---|---|---|")
    walls, cpus = [], []
    for i, (text, _, _) in enumerate(queries(end)):
        walls.append(frontend.wall[i] / one.wall[i])
        cpus.append(frontend.cpu[i] / one.cpu[i])
        same = one.answers[i] == querier.answers[i] == frontend.answers[i]
        both = [f"{asked.wall[i]:.1f}, {asked.cpu[i]:.1f}" for asked in (one, querier, frontend)]
        print(f"| {text}{'' if same else ' **(other bytes)**'} | {' | '.join(both)} | {walls[-1]:.1f} | {cpus[-1]:.1f} |")
    print(f"\nmedian: {statistics.median(walls):.1f} times the wall time, {statistics.median(cpus):.1f} times the CPU")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--scrapes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=7, help="of each query")
    parser.add_argument("--rw", type=int, default=1, choices=(1, 2), help="version of Remote Write")
    options = parser.parse_args()
    harness = harness_of(options.build)
    import cluster
    with tempfile.TemporaryDirectory() as scratch:
        load = SameLoad(scratch, options)
        print(f"{options.series:,} series, {options.scrapes} scrapes, Remote Write {options.rw}", flush=True)
        one = measure_one(harness, load, options.rounds)
        measure_cluster(harness, cluster, load, 1, 1)
        show(one, *measure_cluster(harness, cluster, load, 3, options.rounds), load.end)


if __name__ == "__main__":
    main()
