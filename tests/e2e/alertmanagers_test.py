#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two Alertmanagers that are sent the same alerts: people are told once, whichever of them lives, and a silence at one holds at both."""
import collections
import sys

import harness
from alert_receiver import AlertReceiver
from cluster import Processes
from harness import http, wait_until

HEAD = {"X-Scope-OrgID": "test", "Content-Type": "application/json"}
CONFIG = """
alertmanager_config: |
  route: {receiver: people, group_by: [n], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}
  receivers: [{name: people, webhook_configs: [{url: "%s/people"}]}]
"""


class Pair(Processes):
    def start_all(self):
        self.am = {name: self.start("alertmanager", name, KVASIR_INSTANCE_ID=name, KVASIR_PEER_TIMEOUT="3s") for name in ("a", "b")}

    def await_both(self):
        self.await_ring_at(self.am.values(), "alertmanager", dict.fromkeys(self.am, "ACTIVE"))

    def knows(self, name):
        """Of how many notifications one knows."""
        return self.am[name].metric("kvs_alertmanager_nflog_entries")

    def post(self, n):
        """As a ruler does: to everybody, whoever answers."""
        for one in self.am.values():
            if one.process.poll() is None:
                reply = http(one.url("/alertmanager/api/v2/alerts"), "POST", b'[{"labels":{"alertname":"A","n":"%s"}}]' % n.encode(), HEAD)
                assert reply.status == 200, reply.text


def test_people_are_told_once_while_any_lives():
    with AlertReceiver() as people, Pair() as pair:
        pair.await_both()
        assert http(pair.am["a"].url("/api/v1/alerts"), "POST", (CONFIG % people.url).encode(), {"X-Scope-OrgID": "test"}).status == 201
        wait_until(lambda: "people" in pair.am["b"].get("/alertmanager/api/v2/status").text, 60, "b to find the configuration")

        def told():
            return collections.Counter(people.told("/people"))
        for n in ("1", "2", "3"):
            pair.post(n)
        wait_until(lambda: len(told()) == 3, 30, "people to be told")

        wait_until(lambda: pair.knows("b") == 3, 30, "b to know")

        # A silence at b holds at a.
        body = b'{"matchers":[{"name":"n","value":"quiet","isRegex":false}],"startsAt":"2020-01-01T00:00:00Z","endsAt":"2040-01-01T00:00:00Z","createdBy":"me","comment":"c"}'
        assert http(pair.am["b"].url("/alertmanager/api/v2/silences"), "POST", body, HEAD).status == 200
        wait_until(lambda: "quiet" in pair.am["a"].get("/alertmanager/api/v2/silences").text, 30, "a to know the silence")
        pair.post("quiet")

        # a dies with something to tell: b tells it. Its turn to tell what a has told was before, and is over.
        pair.am["a"].kill()
        pair.post("4")
        wait_until(lambda: told()["4+"] == 1, 30, "b to tell")
        # And a, when it is back, knows that.
        pair.am["a"].start()
        wait_until(lambda: pair.knows("a") == 4, 60, "a to hear of it")
        pair.await_both()
        for n in ("1", "4", "quiet", "5"):
            pair.post(n)
        wait_until(lambda: told()["5+"] == 1 and pair.knows("b") == 5, 30, "people to be told, and b to know")

        pair.am["a"].kill()
        pair.post("6")
        wait_until(lambda: told()["6+"] == 1, 30, "b to tell, when its turn for 5 is over")
        assert told() == collections.Counter({f"{n}+": 1 for n in "123456"}), told()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
