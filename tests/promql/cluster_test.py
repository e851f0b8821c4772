#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A cluster answers byte for byte as one process does: the test scripts, the queries of the compliance tester, and random ones over random
series, to an all-in-one process and to each door of a cluster that got the same samples. Status, type and body must be the same.

Beside the scripts of this folder, those of Prometheus and the file of the compliance tester are read from $KVASIR_CONFORMANCE_DIR
(../shared/conformance beside the repository) where it is there. A round is a seed with series and queries of its own; one that differs is
repeated by --seed ROUND --rounds 1.

usage: cluster_test.py [--seed N] [--rounds N] [--seconds N] [--queries N] [--every N] [--show]
"""
import argparse
import dataclasses
import http.client
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.parse

import cluster_servers
import compliance_test
import demo_data
import fuzz_data
import fuzz_diff
import fuzz_queries
import remote_write
import servers

FEATURES = ("promql-experimental-functions", "promql-duration-expr", "promql-extended-range-selectors", "promql-binop-fill-modifiers")
V2 = {"Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request", "X-Prometheus-Remote-Write-Version": "2.0.0"}
# Scripts load what is older than what they have loaded before.
LIMITS = "overrides:\n  \"*\":\n    out_of_order_time_window: 100000h\n"
CONTENT = {"Content-Type": "application/x-www-form-urlencoded"}


def thirds(series):
    """The fuzzer's values are multiples of 1/8, whose sums are exact. These are not: here sums would depend on the order in which series are
    added, if the engine did not see to it."""
    def third(value):
        if isinstance(value, remote_write.Histogram):
            return dataclasses.replace(value, sum=value.sum / 3)
        return value if remote_write.is_stale(value) or not math.isfinite(value) else value / 3
    return [(labels, [(t, third(v)) for t, v in samples]) for labels, samples in series]


class Door:
    """A process that is asked, over one connection."""

    def __init__(self, process, tenant):
        self.port, self.head = process.port, dict(CONTENT, **{"X-Scope-OrgID": tenant})
        self.connection = None

    def ask(self, path, params):
        """(status, type, body)"""
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
                self.connection.request("POST", "/prometheus/api/v1" + path, urllib.parse.urlencode(params), self.head)
                reply = self.connection.getresponse()
                return reply.status, reply.getheader("Content-Type"), reply.read()
            except (OSError, http.client.HTTPException):
                self.connection.close()
                self.connection = None  # The server may have closed an idle connection; a second failure is a failure.
                if attempt == 2:
                    raise
        return None


def seconds(ms):
    return ms / 1000


class Comparison:
    """One process and a cluster, which have the same samples of a tenant."""

    def __init__(self, one, cluster, tenant, without=()):
        self.one = Door(one, tenant)
        self.doors = {name: Door(process, tenant) for name, process in cluster.doors.items() if process not in without}
        self.asked, self.failed, self.empty, self.different = 0, 0, 0, []

    def check(self, query, path, params):
        params = dict(params, query=query)
        want = self.one.ask(path, params)
        self.failed += want[0] != 200
        self.empty += b'"result":[]' in want[2]
        for name, door in self.doors.items():
            got = self.patient(door, path, params, want[0])
            self.asked += 1
            if got != want and not (name != "querier" and path == "/query_range" and self.known_of_parts(want, got)):
                self.different.append(query)
                print(f"DIFFERENT  {path} {query} {params}\n  one process, and {name}:\n  {self.begin(want, got)}\n  {self.begin(got, want)}", flush=True)

    @staticmethod
    def known_of_parts(want, got):
        """Where a query that is asked in parts is known to differ (engine.frontend, Limits): of parts that fail the first to do so is told, and
        whether counters were reset is judged from where reading begins."""
        if want[0] != got[0]:
            return False
        one, other = json.loads(want[2]), json.loads(got[2])
        if want[0] == 422:
            return one["errorType"] == other["errorType"]
        for answer in (one, other):
            answer["warnings"] = [text for text in answer.get("warnings", []) if "conflicting counter resets" not in text]
        return one == other

    @staticmethod
    def patient(door, path, params, wanted):
        """An answer that cannot be complete, on a machine with other work, is refused with 503, and complete when asked again."""
        deadline = time.monotonic() + 60
        while True:
            got = door.ask(path, params)
            if got[0] not in (500, 503) or got[0] == wanted or time.monotonic() > deadline:
                return got
            time.sleep(0.1)

    @staticmethod
    def begin(answer, other):
        """Where two answers part."""
        status, kind, body = answer
        at = next((i for i, (a, b) in enumerate(zip(body, other[2])) if a != b), 0)
        return f"{status} {kind} ...{body[max(0, at - 80):at + 160].decode(errors='replace')}"


def fill(one, cluster, tenant, series):
    for body in remote_write.requests(series, samples_a_request=5_000):
        packed = servers.harness.snappy(body)
        for process in (one, cluster.distributor):
            reply = process.push_raw(packed, tenant)
            assert reply.status == 200, f"the data are refused: {reply.status} {reply.text}"


def compliance(one, cluster):
    """The tester's queries, as they are asked of a real Prometheus."""
    queries = compliance_test.queries()
    if not queries:
        print("no file of the compliance tester's queries")
        return []
    fill(one, cluster, "compliance", demo_data.demo(compliance_test.START_MS, compliance_test.END_MS))
    both = Comparison(one, cluster, "compliance")
    start, end, step = compliance_test.RANGE_MS
    for query, _ in queries:
        both.check(query, "/query_range", dict(start=seconds(start), end=seconds(end), step=seconds(step)))
        if "[" not in query:  # Those of vectors, at one time, too.
            both.check(query, "/query", dict(time=seconds(end)))
    print(f"compliance: {len(queries)} queries, {both.asked} answers, {both.failed} errors, {len(both.different)} differ", flush=True)
    return both.different


class Scripts:
    """The test scripts: what they load goes to both, and what they ask is asked of both. Every so many statements are asked, from one on that
    the seed chooses."""

    def __init__(self, one, cluster, seed, every):
        self.one, self.cluster, self.seed, self.every = one, cluster, seed, every
        self.asked, self.failed, self.empty, self.refused, self.statements, self.tenants, self.different = 0, 0, 0, 0, 0, 0, []

    def begin(self):
        """A tenant of its own, which has nothing yet. What is remembered is not asked for: scripts change the past."""
        self.tenants += 1
        self.tenant = f"scripts-{self.tenants}"
        self.both = Comparison(self.one, self.cluster, self.tenant, without=(self.cluster.remembering,))

    def end(self):
        self.asked += self.both.asked
        self.failed += self.both.failed
        self.empty += self.both.empty
        self.different += self.both.different

    def load(self, body):
        packed = servers.harness.snappy(body)
        want, got = (process.push_raw(packed, self.tenant, V2).status for process in (self.one, self.cluster.distributor))
        # What a server does not take, such as a series without a name, neither of them has.
        assert want == got and want in (200, 204, 400), f"{want} and {got} for what a script loads"
        self.refused += want == 400

    def ask(self, statement):
        self.statements += 1
        if (self.statements + self.seed) % self.every != 0:
            return
        query = statement["query"]
        if "time" in statement:
            at = statement["time"]
            self.both.check(query, "/query", dict(time=seconds(at)))
            self.both.check(query, "/query_range", dict(start=seconds(at - 60_000), end=seconds(at + 60_000), step=60))
        else:
            self.both.check(query, "/query_range", {key: seconds(statement[key]) for key in ("start", "end", "step")})

    def run(self):
        own = pathlib.Path(__file__).resolve().parent
        theirs = pathlib.Path(os.environ.get("KVASIR_CONFORMANCE_DIR", servers.harness.ROOT / "../shared/conformance")) / "promql"
        files = sorted(own.glob("*.test")) + sorted(theirs.glob("*.test"))
        for file in files:
            done = subprocess.run([servers.harness.BINARY, "promqltest", "--requests", file], capture_output=True, check=True)
            self.begin()
            for line in done.stdout.decode(errors="surrogateescape").splitlines():
                statement = json.loads(line)
                if "clear" in statement:
                    self.end()
                    self.begin()
                elif "write" in statement:
                    self.load(bytes.fromhex(statement["write"]))
                else:
                    self.ask(statement)
            self.end()
        print(f"scripts: {len(files)} files, {self.statements} statements, {self.asked} answers, {self.failed} queries fail, {self.empty} find nothing, "
              f"{self.refused} loads refused in part, {len(self.different)} differ", flush=True)
        assert self.empty < self.asked / 4, "what scripts load is not there"
        return self.different


def fuzz(one, cluster, seed, options, deadline):
    tenant = f"round-{seed}"
    rng = random.Random(seed)
    fill(one, cluster, tenant, thirds(fuzz_data.dataset(rng)))
    both = Comparison(one, cluster, tenant)
    generator = fuzz_queries.Generator(rng)
    for _ in range(options.queries):
        node = generator.query()
        question = fuzz_diff.Question(rng, node)
        if options.show:
            print(f"{question}: {node}")
        if question.end is None:
            both.check(str(node), "/query", dict(time=seconds(question.start)))
        else:
            # Only what begins at a multiple of its step is remembered.
            start = question.start - question.start % question.step if rng.random() < 0.7 else question.start
            both.check(str(node), "/query_range", dict(start=seconds(start), end=seconds(question.end), step=seconds(question.step)))
        if deadline and time.monotonic() > deadline:
            break
    print(f"round {seed}: {both.asked} answers, {both.failed} errors, {len(both.different)} differ", flush=True)
    return both.different


def run(one, cluster, options):
    began = time.monotonic()
    deadline = began + options.seconds if options.seconds else None
    rounds = options.rounds or (10 ** 9 if deadline else 1)
    different = compliance(one, cluster) + Scripts(one, cluster, options.seed, options.every).run()
    for seed in range(options.seed, options.seed + rounds):
        if deadline and time.monotonic() > deadline:
            break
        different += fuzz(one, cluster, seed, options, deadline)
    found = cluster.remembering.metric("cortex_frontend_query_result_cache_steps_found_total")
    split = cluster.frontend.metric("cortex_frontend_split_queries_total")
    shards = cluster.frontend.metric("cortex_frontend_sharded_queries_total")
    print(f"{time.monotonic() - began:.0f}s: {found:.0f} steps came from the cache, {split:.0f} parts, {shards:.0f} shards, {len(different)} differ")
    assert found > 100 and split > 100 and shards > 10, "the frontends did not do what this is about"
    return 1 if different else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="the first round")
    parser.add_argument("--rounds", type=int, default=0, help="how many; 0: as many as there is time for")
    parser.add_argument("--seconds", type=float, default=0, help="when to stop; 0: after the rounds")
    parser.add_argument("--queries", type=int, default=200, help="of a round")
    parser.add_argument("--every", type=int, default=1, help="of the scripts' statements, ask one of so many")
    parser.add_argument("--show", action="store_true", help="print every query")
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as limits:
        limits.write(LIMITS)
        limits.flush()
        env = dict(KVASIR_RUNTIME_CONFIG=limits.name)
        with cluster_servers.Cluster(FEATURES, env=env) as cluster, servers.Kvasir(FEATURES, env) as one:
            return run(one, cluster, options)


if __name__ == "__main__":
    sys.exit(main())
