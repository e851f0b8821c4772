#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Three rulers share the groups of a tenant: every one of them answers for all, one is killed, and each alert is told to people once, by an
Alertmanager that the rulers send to."""
import collections
import sys
import threading
import time

import harness
from alert_receiver import AlertReceiver
from cluster import Cluster
from cluster_test import push
from harness import Kvasir, http, wait_until

GROUPS = 9
HEAD = {"X-Scope-OrgID": "test"}


def groups_of(ruler, **params):
    reply = ruler.get("/prometheus/api/v1/rules", **params)
    if reply.status != 200:
        return {}
    return {group["name"]: group for group in reply.json["data"]["groups"]}


def alerts_of(ruler):
    reply = ruler.get("/prometheus/api/v1/alerts")
    return collections.Counter((a["labels"]["alertname"], a["state"]) for a in reply.json["data"]["alerts"]) if reply.status == 200 else {}


class Feeder:
    def __init__(self, cluster):
        self.cluster, self.stopping = cluster, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopping.wait(0.5):
            push(self.cluster.distributor, [({"__name__": "broken", "job": "x"}, [(int(time.time() * 1000), 1)])])

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


ALERTMANAGER = """
alertmanager_config: |
  route:
    receiver: people
    group_by: [alertname]
    group_wait: 1s
    group_interval: 2s
    repeat_interval: 1h
  receivers:
    - name: people
      webhook_configs:
        - url: "%s/people"
"""


def test_rulers_share_groups_and_take_over():
    with AlertReceiver() as people, Cluster(1, copies=1, gateways=1) as cluster:
        (cluster.folder / "alertmanager").mkdir()
        alertmanager = Kvasir("alertmanager", cluster.folder / "alertmanager")
        cluster.all.append(alertmanager)
        assert http(alertmanager.url("/api/v1/alerts"), "POST", (ALERTMANAGER % people.url).encode(), HEAD).status == 201
        cluster.await_ring({"ingester-0": "ACTIVE"})
        rulers = {name: cluster.start("ruler", name, KVASIR_INSTANCE_ID=name, KVASIR_ALERTMANAGER=alertmanager.url("/alertmanager"))
                  for name in ("r0", "r1", "r2")}
        everybody = dict.fromkeys(rulers, "ACTIVE")
        for ruler in rulers.values():
            wait_until(lambda r=ruler: cluster.ring(r, "ruler") == everybody, 60, "all rulers to be seen")
        with Feeder(cluster):
            for i in range(GROUPS):
                text = f"name: g{i}\ninterval: 1s\nquery_offset: 0s\nrules:\n- alert: Broken{i}\n  expr: broken == 1\n  for: 2s\n- record: r{i}\n  expr: broken + {i}\n"
                reply = http(rulers[f"r{i % 3}"].url("/prometheus/config/v1/rules/ns"), "POST", text.encode(), HEAD)
                assert reply.status == 202, reply.text
            names = {f"g{i}" for i in range(GROUPS)}
            local = {name: set(groups_of(ruler, local="true")) for name, ruler in rulers.items()}
            assert sorted(sum(map(list, local.values()), [])) == sorted(names), f"each has its own: {local}"
            assert all(local.values()), local
            for ruler in rulers.values():
                assert set(groups_of(ruler)) == names
            firing = collections.Counter({(f"Broken{i}", "firing"): 1 for i in range(GROUPS)})
            for ruler in rulers.values():
                wait_until(lambda r=ruler: alerts_of(r) == firing, 60, "all alerts to fire, and to be told once")
            wait_until(lambda: len(people.received.get("/people", [])) == GROUPS, 60, "people to be told")

            victim = max(local, key=lambda name: len(local[name]))
            rulers.pop(victim).kill()
            some = next(iter(rulers.values()))
            reply = some.get("/prometheus/api/v1/rules")
            assert reply.status == 200 and victim in str(reply.json.get("warnings")), "what is missing is said"
            for ruler in rulers.values():
                wait_until(lambda r=ruler: set(groups_of(r)) == names, 60, "the rest to take over")
                wait_until(lambda r=ruler: alerts_of(r) == firing, 60, "alerts to fire again")
            left = {name: set(groups_of(ruler, local="true")) for name, ruler in rulers.items()}
            assert sorted(sum(map(list, left.values()), [])) == sorted(names), left
            # Recording goes on, and nothing was ended in between.
            def fresh():
                return all(cluster.querier.query(f"time() - timestamp(r{i}) < 5", time.time()) for i in range(GROUPS))
            wait_until(fresh, 60, "all rules to be recorded")

            # One that leaves is followed at once.
            name, leaver = rulers.popitem()
            assert leaver.stop(60) == 0, leaver.log_text()[-3000:]
            last = next(iter(rulers.values()))
            wait_until(lambda: set(groups_of(last, local="true")) == names, 60, "the last one to have all")
            wait_until(lambda: alerts_of(last) == firing, 60, "alerts to fire still")
        told = collections.Counter(m["groupLabels"]["alertname"] for m in people.received["/people"] if m["status"] == "firing")
        assert told == collections.Counter({f"Broken{i}": 1 for i in range(GROUPS)}), f"each once: {told}"
        assert all(m["status"] == "firing" for m in people.received["/people"]), "nothing was held for ended"


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
