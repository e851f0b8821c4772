#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Differential fuzzer of PromQL: random queries over random series, to a real Prometheus 3.x and to Kvasir. Answers must be the same.

A round is a seed: new servers, new series, some hundred queries. What differs is made smaller and printed with the round, which
repeats it exactly: fuzz_diff.py --seed ROUND --rounds 1.

Differences between versions that are known stand in this file, in fuzz_queries.py and in fuzz_data.py, each where it is avoided.

usage: fuzz_diff.py [--seed N] [--rounds N] [--seconds N] [--queries N] [--delayed-names] [--show]
"""
import argparse
import random
import re
import sys
import time

import answers
import fuzz_data
import fuzz_queries
import remote_write
import servers

# Differences of rounded numbers may be all that is left of them.
answers.TOLERANCE, answers.NEAR_ZERO = 1e-8, 1e-14

FEATURES = ("promql-experimental-functions", "native-histograms")

# Notes that Prometheus has since 3.6 or later, and so has Kvasir.
LATER_NOTES = re.compile(r"sort is ineffective for range queries|conflicting counter resets during histogram")
# Of several pairs that cannot be combined at a step the last is told, which depends on the order of series.
LAST_PAIR = re.compile(r"incompatible (sample types|bucket layout) encountered")
# In 3.5 the place of a subquery's inner expression was lost, and hints of its histograms were kept.
SUBQUERY = re.compile(r"\[[^\]]*:[^\]]*\]")
# Notes about an argument in parentheses pointed at these.
IN_PARENTHESES = re.compile(r"[(,] ?\(")
PLACE = re.compile(r" \(\d+:\d+\)$")


def comparable_note(text, query):
    """A warning or info without what differs between Prometheus 3.5 and later versions; None when nothing is left."""
    if LATER_NOTES.search(text) or LAST_PAIR.search(text):
        return None
    text = text.replace(' for metric name ""', "")
    text = re.sub(r"(#histogram_quantile\)).*( \(\d+:\d+\))$", r"\1\2", text)
    if IN_PARENTHESES.search(query):
        text = PLACE.sub("", text)
    if not SUBQUERY.search(query):
        return text
    # An invalid quantile was told of a subquery without any step, too.
    told_otherwise = "this native histogram metric is not a" in text or "quantile value should be" in text
    return None if told_otherwise else PLACE.sub("", text)


TIMESTAMP_LATER = re.compile(r"timestamp\([^()]*(offset [^()]*@|@[^()]*offset )")


def known(query, prometheus, kvasir):
    """Answers that are known to differ between Prometheus 3.5 and later versions."""
    error = kvasir[1].get("error", "")
    # Elements that cannot be combined, such as a histogram and a number, were no second partners.
    if prometheus[0] == 200 and ("many-to-one matching must be explicit" in error or "grouping labels must ensure" in error):
        return True
    # Equal label sets at different times were not merged.
    if kvasir[0] == 200 and "same labelset" in prometheus[1].get("error", "") and re.search(r"label_|-\(", query):
        return True
    # Several series of histograms in a subquery share memory that is still in use.
    if SUBQUERY.search(query) and re.search(r"\b(h|hf|hg|hc|m)\b", query):
        return True
    # With @ and an offset, timestamp() did not read all that it needs.
    return TIMESTAMP_LATER.search(query) is not None


class Question:
    """A query with the way it is asked."""

    def __init__(self, rng, node):
        self.node = node
        grid = rng.choice((15_000, 15_000, 1_000, 1))
        at = lambda low, high: fuzz_data.START_MS + rng.randrange(low, high) // grid * grid
        self.start = at(-60_000, fuzz_data.LAST_MS - fuzz_data.START_MS + 200_000)
        self.step = rng.choice((15_000, 30_000, 60_000, 7_000, 111_000))
        self.end = self.start + self.step * rng.randrange(60) if rng.random() < 0.6 else None

    def ask(self, server, node):
        if self.end is None:
            return server.api.instant(str(node), self.start)
        return server.api.range(str(node), self.start, self.end, self.step)

    def differ(self, pair, node):
        """What is different, unless it is known to be, and both answers."""
        query = str(node)
        replies = [self.ask(server, node) for server in pair]
        found = answers.differ(*replies, ties=node.ties, notes=lambda text: comparable_note(text, query))
        return None if found and known(query, *replies) else found, replies

    def __str__(self):
        if self.end is None:
            return f"at {self.start / 1000}"
        return f"from {self.start / 1000} to {self.end / 1000} step {self.step / 1000}"


def shrink(question, pair, node, patience=400):
    """The smallest query found that still differs, and how."""
    different = question.differ(pair, node)[0]
    again = True
    while again and patience > 0:
        again = False
        for candidate in node.smaller():
            patience -= 1
            found = question.differ(pair, candidate)[0]
            if found:
                node, different, again = candidate, found, True
                break
            if patience <= 0:
                break
    return node, different


class Tally:
    """What came of the queries so far."""

    def __init__(self):
        self.same = self.failed = self.empty = self.wavering = 0
        self.different = []

    def add(self, replies):
        self.same += 1
        if replies[0][1]["status"] == "error":
            self.failed += 1
        elif not replies[0][1]["data"]["result"]:
            self.empty += 1


class Round:
    """Series and servers that hold them."""

    def __init__(self, binary, seed, features):
        self.binary, self.seed, self.features = binary, seed, features
        self.rng = random.Random(seed)
        self.bodies = remote_write.requests(fuzz_data.dataset(self.rng))

    def run(self, queries, tally, deadline, show):
        own = [name for name in self.features if name.startswith("promql-")]
        with servers.Prometheus(self.binary, self.features) as prometheus, servers.Kvasir(own) as kvasir:
            servers.fill((prometheus, kvasir), self.bodies)
            generator = fuzz_queries.Generator(self.rng)
            for number in range(queries):
                node = generator.query()
                question = Question(self.rng, node)
                if show:
                    print(f"{question}: {node}")
                different, replies = question.differ((prometheus, kvasir), node)
                if not different:
                    tally.add(replies)
                elif not self.confirmed(question, node, kvasir):
                    tally.wavering += 1
                else:
                    smallest, how = shrink(question, (prometheus, kvasir), node)
                    tally.different.append(str(smallest))
                    print(f"DIFFERENT  round {self.seed}, query {number}, {question}\n  {node}\n  smallest: {smallest}\n"
                          f"  Prometheus and Kvasir: {how}", flush=True)
                if deadline and time.monotonic() > deadline:
                    return

    def confirmed(self, question, node, kvasir):
        """Whether a Prometheus that was asked nothing else differs, too: 3.5 keeps memory of histograms from one query for the next,
        and does not always clear it."""
        with servers.Prometheus(self.binary, self.features) as fresh:
            servers.fill((fresh,), self.bodies)
            return question.differ((fresh, kvasir), node)[0] is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="the first round")
    parser.add_argument("--rounds", type=int, default=0, help="how many; 0: as many as there is time for")
    parser.add_argument("--seconds", type=float, default=0, help="when to stop; 0: after the rounds")
    parser.add_argument("--queries", type=int, default=400, help="of a round")
    parser.add_argument("--delayed-names", action="store_true", help="with promql-delayed-name-removal")
    parser.add_argument("--show", action="store_true", help="print every query")
    options = parser.parse_args()

    binary, version = servers.find_prometheus()
    if version is None or version < (3,):
        print("skipped: no Prometheus 3.x")
        return servers.SKIPPED
    features = FEATURES + (("promql-delayed-name-removal",) if options.delayed_names else ())
    began = time.monotonic()
    deadline = began + options.seconds if options.seconds else None
    rounds = options.rounds or (10 ** 9 if deadline else 1)
    tally = Tally()
    for seed in range(options.seed, options.seed + rounds):
        Round(binary, seed, features).run(options.queries, tally, deadline, options.show)
        if deadline and time.monotonic() > deadline:
            break
    print(f"rounds {options.seed} to {seed} beside Prometheus {'.'.join(map(str, version))}, {time.monotonic() - began:.0f}s: "
          f"{tally.same} answers are the same ({tally.failed} errors, {tally.empty} empty), {len(tally.different)} differ, "
          f"{tally.wavering} were another on a fresh Prometheus")
    return 1 if tally.different else 0


if __name__ == "__main__":
    sys.exit(main())
