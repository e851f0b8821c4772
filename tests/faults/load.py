# SPDX-License-Identifier: Apache-2.0
"""Steady load whose every value can be computed again: value_of(series, second).

A sender has a sample of each of its series for every second, sends them in order, and sends again what was not acknowledged, as Prometheus does. So what
was acknowledged is one number: everything up to `acked`. When writes are refused for a while it falls behind, and catches up afterwards.
"""
import threading
import time

from cluster import HEAD, TENANT
from harness import http, snappy, wait_until, write_request

SERIES = 20  # Of each sender.
AT_ONCE = 20  # Seconds in a request of one that catches up.
HISTORY_STEP, HISTORY_SECONDS = 30, 2 * 3600


def value_of(series, second):
    """A whole number below a million, so that sums are exact in any order."""
    return (series * 2654435761 + second * 40503 + second * second % 7919) % 1_000_003


class Balancer:
    """What stands before a role: takes instances in turn, the next one where one does not answer or cannot, and such a one last for a while."""

    def __init__(self, instances, timeout, shunned_for=5):
        self.instances, self.timeout, self.shunned_for, self.turn, self.shunned = instances, timeout, shunned_for, 0, {}

    def send(self, path, method="GET", body=None, headers=None):
        """(reply of the first that answered with less than 500, its `door` being who that was; refusals before it); without any, (None, refusals)."""
        refusals = []
        self.turn += 1
        everybody = self.instances()
        everybody = everybody[self.turn % len(everybody):] + everybody[:self.turn % len(everybody)]
        for one in sorted(everybody, key=lambda one: self.shunned.get(one.name, 0) > time.monotonic()):
            try:
                reply = http(one.url(path), method, body, headers, timeout=self.timeout)
                if reply.status < 500:
                    reply.door = one.name
                    return reply, refusals
                refusals.append(f"{one.name}: {reply.status} {reply.text[:200]}")
            except Exception as error:  # Of sockets and of HTTP: broken off, refused, too late.
                self.shunned[one.name] = time.monotonic() + self.shunned_for
                refusals.append(f"{one.name}: {type(error).__name__} {error}")
        return None, refusals


PUSH = dict(HEAD, **{"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"})


class Sender:
    def __init__(self, number, cluster):
        self.number, self.ids = number, range(number * SERIES, (number + 1) * SERIES)
        self.balancer = Balancer(lambda: cluster.all("distributor"), timeout=5)
        self.first = int(time.time())
        self.acked, self.tried = self.first - 1, self.first - 1  # Everything up to these seconds.
        self.refused, self.hopeless, self.longest_gap, self.last_ack = [], [], 0.0, time.monotonic()
        self.triggers = {}  # run: value; sent along with the samples of each second.
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def batch(self, seconds):
        rows = [({"__name__": "load", "sender": str(self.number), "series": str(i)}, [(1000 * s, value_of(i, s)) for s in seconds]) for i in self.ids]
        return rows + [({"__name__": "trigger", "run": run}, [(1000 * s, value) for s in seconds]) for run, value in sorted(self.triggers.items())]

    def push(self, rows):
        reply, refusals = self.balancer.send("/api/v1/push", "POST", snappy(write_request(rows)), PUSH)
        self.refused += refusals
        if reply is not None and reply.status >= 300:
            self.hopeless.append(f"{reply.status} {reply.text[:300]}")
        return reply is not None and reply.status < 300

    def run(self):
        while not self.stopping.is_set():
            now = int(time.time())
            if self.tried > self.acked:
                seconds = self.unacked  # Once more, and the same: a second of which a part was taken has its values.
            elif now > self.acked:
                seconds = range(self.acked + 1, min(now, self.acked + AT_ONCE) + 1)
                self.unacked, self.tried, self.rows = seconds, seconds[-1], self.batch(seconds)
            else:
                self.stopping.wait(0.05)
                continue
            if self.push(self.rows):
                self.acked = seconds[-1]
                self.longest_gap = max(self.longest_gap, time.monotonic() - self.last_ack)
                self.last_ack = time.monotonic()
            else:
                self.stopping.wait(0.1)

    def reset_figures(self):
        self.refused, self.longest_gap, self.last_ack = [], 0.0, time.monotonic()


def push_history(sender):
    """Samples of a time that is over, which become blocks at once; (first, last second)."""
    last = (int(time.time()) - 3600) // HISTORY_STEP * HISTORY_STEP
    first = last - HISTORY_SECONDS
    seconds = range(first, last + 1, HISTORY_STEP)
    rows = [({"__name__": "history", "series": str(i)}, [(1000 * s, value_of(i, s)) for s in seconds]) for i in range(SERIES)]
    deadline = time.monotonic() + 120
    while not sender.push(rows):
        assert not sender.hopeless, sender.hopeless
        assert time.monotonic() < deadline, f"history is not taken: {sender.refused[-3:]}"
        time.sleep(0.1)
    return first, last


class Load:
    def __init__(self, cluster, senders=2):
        self.senders = [Sender(n, cluster) for n in range(senders)]
        self.history = push_history(self.senders[0])
        for one in cluster.all("ingester"):
            reply = http(one.url(f"/ingester/flush?tenant={TENANT}&wait=true"), "POST", b"", timeout=120)
            assert reply.status < 300, reply.text
        for sender in self.senders:
            sender.first = int(time.time())
            sender.acked = sender.tried = sender.first - 1
            sender.thread.start()
        wait_until(lambda: all(s.acked >= s.first for s in self.senders), 120, lambda: f"the first samples to be taken: {self.senders[0].refused[-3:]}")

    def trigger(self, run, value):
        self.senders[0].triggers[run] = value

    def forget(self, run):
        self.senders[0].triggers.pop(run, None)

    def stop(self):
        for sender in self.senders:
            sender.stopping.set()
        for sender in self.senders:
            sender.thread.join()
