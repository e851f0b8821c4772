# SPDX-License-Identifier: Apache-2.0
"""Queries whose answers are known: every answer without a warning must be exact, at any time; what is refused is counted."""
import collections
import random
import threading
import time
import urllib.parse

from cluster import HEAD
from harness import wait_until
from load import HISTORY_STEP, SERIES, Balancer, value_of

API = "/prometheus/api/v1"


def points(values):
    return {round(float(t)): float(v) for t, v in values}


def differs(what, got, want):
    """What to say of an answer that is not the right one; empty if it is."""
    if got == want:
        return ""
    keys = sorted(set(got) | set(want))
    wrong = [key for key in keys if got.get(key) != want.get(key)]
    first = wrong[0]
    return f"{what}: {len(wrong)} of {len(keys)} differ, first {first}: {str(got.get(first))[:200]} instead of {str(want.get(first))[:200]}"


class Question:
    """A path with parameters, and what to make of the answer's data: text, empty if it is right."""

    def __init__(self, kind, path, params, judge):
        self.kind, self.params, self.judge = kind, params, judge
        self.path = f"{API}{path}?{urllib.parse.urlencode(params)}"


def raw(sender, seconds):
    """Every sample of a sender's series in the last seconds, as they were sent."""
    last = sender.acked
    first = max(sender.first, last - seconds + 1)
    text = f'load{{sender="{sender.number}"}}[{last - first}500ms]'

    def judge(data):
        got = {int(one["metric"]["series"]): points(one["values"]) for one in data["result"]}
        want = {i: {s: value_of(i, s) for s in range(first, last + 1)} for i in sender.ids}
        return differs(text, got, want)
    return Question("raw", "/query", dict(query=text, time=f"{last}.499"), judge)


def sums(sender, seconds, step=5):
    """The sum over a sender's series, at steps up to what is acknowledged."""
    last = sender.acked
    first = max(sender.first, last - seconds)
    text = f'sum by (sender) (load{{sender="{sender.number}"}})'

    def judge(data):
        got = points(data["result"][0]["values"]) if data["result"] else {}
        return differs(text, got, {s: float(sum(value_of(i, s) for i in sender.ids)) for s in range(first, last + 1, step)})
    return Question("sum", "/query_range", dict(query=text, start=first, end=last, step=step), judge)


def history(first, last):
    """Blocks, which only store-gateways have."""
    text = "sum(history)"

    def judge(data):
        got = points(data["result"][0]["values"]) if data["result"] else {}
        return differs(text, got, {s: float(sum(value_of(i, s) for i in range(SERIES))) for s in range(first, last + 1, HISTORY_STEP)})
    return Question("blocks", "/query_range", dict(query=text, start=first, end=last, step=HISTORY_STEP), judge)


def counts(first, last):
    """How many samples each series of the blocks has: none twice, none missing."""
    text = f"count_over_time(history[{last - first}500ms])"

    def judge(data):
        got = {int(one["metric"]["series"]): int(one["value"][1]) for one in data["result"]}
        return differs(text, got, dict.fromkeys(range(SERIES), (last - first) // HISTORY_STEP + 1))
    return Question("counts", "/query", dict(query=text, time=f"{last}.499"), judge)


def names(sender):
    """Which series there are."""
    text = f'load{{sender="{sender.number}"}}'

    def judge(data):
        return differs("series", dict.fromkeys((int(one["series"]) for one in data), True), dict.fromkeys(sender.ids, True))
    return Question("series", "/series", {"match[]": text, "start": sender.first, "end": sender.acked}, judge)


class Checker:
    """Asks all the time, through query-frontends and queriers in turn. `answers`: how many, by kind; `wrong`: what should never be."""

    def __init__(self, cluster, load, seed):
        self.load, self.dice = load, random.Random(seed)
        self.balancer = Balancer(lambda: cluster.all("query-frontend") + cluster.all("querier"), timeout=20)
        self.answers, self.refused, self.warned, self.wrong = collections.Counter(), [], [], []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def questions(self):
        sender = self.dice.choice(self.load.senders)
        return [raw(sender, 60), sums(sender, 300), history(*self.load.history), counts(*self.load.history), names(sender)]

    def judge(self, question, reply):
        """Whether it was a complete and right answer."""
        if reply.status >= 300:
            self.wrong.append(f"{reply.door}: {question.path}: {reply.status} {reply.text[:300]}")
        elif reply.json.get("warnings"):
            self.warned.append(f"{reply.door}: {reply.json['warnings']}"[:300])
        else:
            complaint = question.judge(reply.json["data"])
            if not complaint:
                self.answers[question.kind] += 1
                return True
            self.wrong.append(f"{reply.door}: {complaint}")
        return False

    def run(self):
        while not self.stopping.is_set():
            for question in self.questions():
                reply, refusals = self.balancer.send(question.path, headers=HEAD)
                self.refused += refusals
                if reply is not None:
                    self.judge(question, reply)
                if self.stopping.wait(0.1):
                    return

    def reset_figures(self):
        self.answers, self.refused, self.warned = collections.Counter(), [], []

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def await_answers(self, seconds, each=1):
        """Until every kind of question was answered so often from now on."""
        before = collections.Counter(self.answers)
        kinds = [question.kind for question in self.questions()]
        wait_until(lambda: self.wrong or all(self.answers[kind] - before[kind] >= each for kind in kinds), seconds,
                   lambda: f"answers of each kind: {dict(self.answers - before)}; refused: {self.refused[-3:]}")

    def verify(self, cluster, since, seconds=180):
        """Every sample that was sent for that time, and acknowledged, is readable, at every door."""
        for door in cluster.all("query-frontend") + cluster.all("querier"):
            balancer = Balancer(lambda d=door: [d], timeout=60)
            for sender in self.load.senders:
                for ask in (lambda s=sender: raw(s, s.acked - since), lambda: counts(*self.load.history), lambda: history(*self.load.history)):
                    last = []

                    def complete():
                        question = ask()
                        reply, last[:] = balancer.send(question.path, headers=HEAD)
                        return reply is not None and (self.judge(question, reply) or self.wrong)
                    wait_until(complete, seconds, lambda: f"{door.name} to read everything: {last} {self.warned[-1:]}")
