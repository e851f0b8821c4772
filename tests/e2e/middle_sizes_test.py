#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The middle sizes: read, write and backend, and three processes that do everything. Each answers as one process does, evaluates rules and tells
people, and goes on when one is killed."""
import collections
import shutil
import sys
import time

import harness
import roles_test
from alert_receiver import AlertReceiver
from cluster import Processes
from cluster_test import API, SHORT, ask, compare, push
from compactors_test import make_blocks
from harness import Kvasir, free_port, http, wait_until
from rulers_test import ALERTMANAGER, HEAD, Feeder, groups_of
from store_gateways_test import counts, place

GROUP = b"""name: g
interval: 1s
query_offset: 0s
rules:
- alert: Broken
  expr: broken == 1
- record: twice
  expr: 2 * broken
"""


def alertmanagers_at(ports):
    return ",".join(f"http://127.0.0.1:{port}/alertmanager" for port in ports)


class Installation(Processes):
    """`writes`, `reads` and `backends` are those who do so. `distributor` and `querier`: whom tests of clusters ask."""

    def start_some(self, role, envs):
        return [self.start(role, f"{role}-{i}", KVASIR_INSTANCE_ID=f"{role}-{i}", KVASIR_PEER_TIMEOUT="3s", **env) for i, env in enumerate(envs)]

    def start_all(self):
        self.start_roles()
        self.distributor, self.querier = self.writes[0], self.reads[0]
        writes, backends = ({process.env["KVASIR_INSTANCE_ID"]: "ACTIVE" for process in some} for some in (self.writes, self.backends))
        self.await_ring_at(self.all, "ingester", writes)
        self.await_ring_at(self.writes, "distributor", writes)
        self.await_ring_at(self.reads + self.backends, "store-gateway", backends)
        for name in ("compactor", "ruler", "alertmanager"):
            self.await_ring_at(self.backends, name, backends)


class ReadWrite(Installation):
    """Three writes, so that one may be away, and two of the others."""

    def start_roles(self):
        doors, backends = [[str(free_port()) for _ in range(2)] for _ in range(2)]
        self.writes = self.start_some("write", [{}] * 3)
        self.backends = self.start_some("backend", [dict(KVASIR_HTTP_PORT=port, KVASIR_ALERTMANAGER=alertmanagers_at(backends)) for port in backends])
        reads = ",".join(f"127.0.0.1:{door}" for door in doors)
        self.reads = self.start_some("read", [dict(KVASIR_GRPC_PORT=door, KVASIR_QUERIER_ADDRS=reads, KVASIR_MEMCACHED_ADDRS=f"127.0.0.1:{free_port()}")
                                              for door in doors])


class Trio(Installation):
    """Three that do everything, of which any one may be away."""

    def start_roles(self):
        ports = [str(free_port()) for _ in range(3)]
        self.writes = self.reads = self.backends = self.start_some("all-in-one", [
            dict(KVASIR_HTTP_PORT=port, KVASIR_ALERTMANAGER=alertmanagers_at(ports), KVASIR_GATEWAY_GRPC_PORT=str(free_port()),
                 KVASIR_GATEWAY_FINAL_SLEEP="1s") for port in ports])


def check_answers(kind):
    scrapes = list(roles_test.scrapes())
    with kind() as system, Kvasir("all-in-one") as one:
        # Processes of single roles may stand beside them.
        querier = system.start("querier", "querier")
        writes = [*system.writes, system.start("distributor", "distributor", KVASIR_INSTANCE_ID="distributor")]
        victim = writes[1]
        for n, batch in enumerate(scrapes):
            push(writes[n % len(writes)], batch)
            push(one, batch)
            if n == len(scrapes) // 2:
                writes.remove(victim)
                victim.kill()
        reads = [read for read in system.reads if read is not victim]
        for system.querier in (querier, *reads):
            compare(system, one)
        if victim not in system.reads:
            reads[0].kill()
            compare(system, one, SHORT)


def check_blocks_rules_and_alerts(kind):
    with AlertReceiver() as people, kind() as system:
        blocks = make_blocks(system.folder, "one", range(0, 5)) + make_blocks(system.folder, "two", range(5, 10))
        for n, block in enumerate(blocks):
            place(block, n, system.folder / "coming")
        (system.folder / "bucket").mkdir(exist_ok=True)
        (system.folder / "coming").rename(system.folder / "bucket/test")
        want = {f"host-{i}": 420 for i in range(10)}
        assert http(system.backends[0].url("/api/v1/alerts"), "POST", (ALERTMANAGER % people.url).encode(), HEAD).status == 201
        for backend in system.backends:
            wait_until(lambda b=backend: "people" in b.get("/alertmanager/api/v2/status").text, 60, "the configuration to be found")
        assert http(system.backends[1].url("/prometheus/config/v1/rules/ns"), "POST", GROUP, HEAD).status == 202
        evaluating = [backend for backend in system.backends if groups_of(backend, local="true")]
        assert len(evaluating) == 1, "one of them evaluates the group"
        victim = evaluating[0]
        survivors = [backend for backend in system.backends if backend is not victim]
        reads = [read for read in system.reads if read is not victim]
        system.distributor = next(write for write in system.writes if write is not victim)

        def told():
            return collections.Counter((m["groupLabels"]["alertname"], m["status"]) for m in list(people.received.get("/people", [])))

        def recorded():
            reply = ask(reads[-1], "/query", query="time() - timestamp(twice) < 5", time=time.time())
            return reply.json["data"]["result"]
        with Feeder(system):
            for read in system.reads:
                wait_until(lambda r=read: counts(r, "test") == want, 60, "the blocks to be read")
            wait_until(recorded, 60, "the rule to be recorded")
            wait_until(lambda: all(b.metric("kvs_alertmanager_nflog_entries") == 1 for b in system.backends), 60, "people to be told, and all to know")

            victim.kill()
            wait_until(lambda: counts(reads[0], "test") == want, 60, "the others to read all blocks")
            wait_until(lambda: any(groups_of(backend, local="true") for backend in survivors), 60, "another one to take over the group")
            wait_until(recorded, 60, "the rule to be recorded")
            assert told() == {("Broken", "firing"): 1}, told()

            # What is deleted is seen no more, of blocks neither. (Reads share queries: another one finds the request within a minute.)
            reply = http(reads[0].url(API + "/admin/tsdb/delete_series?match[]=requests_total"), "POST", b"", HEAD)
            assert reply.status == 204, reply.text
            wait_until(lambda: counts(reads[0], "test") == {}, 90, "nothing to be left")


def test_read_and_write_answer_as_one_process_does_whoever_dies():
    check_answers(ReadWrite)


def test_backends_read_blocks_evaluate_rules_and_tell_people_whoever_dies():
    check_blocks_rules_and_alerts(ReadWrite)


def test_a_trio_answers_as_one_process_does_whoever_dies():
    check_answers(Trio)


def test_a_trio_reads_blocks_evaluates_rules_and_tells_people_whoever_dies():
    check_blocks_rules_and_alerts(Trio)


if __name__ == "__main__":
    if not shutil.which("promtool"):
        sys.exit(77)
    harness.run(sys.modules["__main__"])
