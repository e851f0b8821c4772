#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A cluster under load in a network of its own, to which one thing after another happens. After each: everything that was acknowledged is readable, no
answer was wrong without a warning, writes and reads went on where a quorum was left, and people were told of an alert once.

KVASIR_BUILD names the build folder (build/test).
"""
import argparse
import pathlib
import random
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "e2e")]

import network  # noqa: E402
import report  # noqa: E402
import scenarios  # noqa: E402
from checks import Checker  # noqa: E402
from cluster import TELLING, Cluster, history, told  # noqa: E402
from harness import ROOT, wait_until  # noqa: E402
from load import Load  # noqa: E402

PATIENCE = 180  # Seconds for what must happen some time: long, as only never is a failure.
LOOK_BACK = 300  # Seconds before a scenario that are read again after it.


class Campaign:
    def __init__(self, seed, hold, s3):
        self.seed, self.hold, self.runs = seed, hold, []
        self.cluster = Cluster(s3)
        try:
            self.cluster.start()
            self.load = Load(self.cluster)
            self.checker = Checker(self.cluster, self.load, seed)
            self.checker.thread.start()
            self.checker.await_answers(PATIENCE)
        except BaseException:
            print(self.cluster.log_ends(), flush=True)
            self.cluster.end(keep=False)
            raise

    def run(self, scenario):
        """One scenario, from a healthy cluster to a healthy cluster."""
        result = report.Result(scenario, self.seed)
        run = f"{scenario.name}-{len(self.runs)}"
        self.runs.append(run)
        began, acked = time.monotonic(), [s.acked for s in self.load.senders]
        for figures in (*self.load.senders, self.checker):
            figures.reset_figures()
        steps = scenario.run(self.cluster, random.Random(f"{self.seed}/{scenario.name}"), result.hit.append)
        try:
            for _ in steps:
                self.load.trigger(run, 1)
                self.while_it_lasts(scenario)
            self.load.trigger(run, 1)  # Also of what never stays broken.
            self.cluster.settle(PATIENCE)
            self.await_writes()
            wait_until(lambda: told(self.cluster.people, run)[0], PATIENCE, "people to be told of the alert")
            self.load.trigger(run, 0)
            self.checker.verify(self.cluster, min(acked) - LOOK_BACK, PATIENCE)
            wait_until(lambda: told(self.cluster.people, run)[1], PATIENCE, "people to be told that the alert is over")
            self.come_to_rest()
        except AssertionError as error:
            self.recover(result, error, steps)
        result.seconds = time.monotonic() - began
        result.samples = sum((s.acked - before) * len(s.ids) for s, before in zip(self.load.senders, acked))
        result.refused_writes = sum(len(s.refused) for s in self.load.senders)
        result.longest_gap = max(s.longest_gap for s in self.load.senders)
        result.answers, result.refused_reads, result.warned = sum(self.checker.answers.values()), len(self.checker.refused), len(self.checker.warned)
        result.failures += self.never()
        return result

    def come_to_rest(self):
        """Until nothing that this scenario has set off can be found wrong in the next one: alerts are over everywhere, and whoever had begun to tell of
        one has ended; questions that were under way are answered."""
        self.cluster.await_no_alerts(PATIENCE)
        time.sleep(TELLING)
        self.checker.await_answers(PATIENCE)

    def recover(self, result, error, steps):
        """From a scenario that failed, so that the next one begins with a healthy cluster; what hinders that is another failure of this one."""
        result.failures.append(str(error)[:1500])
        print(self.cluster.log_ends(length=600), flush=True)
        self.load.trigger(self.runs[-1], 0)
        try:
            for _ in steps:
                pass  # It repairs what it has broken.
            self.cluster.revive()
            self.cluster.settle(PATIENCE)
            self.come_to_rest()
        except AssertionError as hindrance:
            result.failures.append(f"afterwards: {hindrance}"[:1500])

    def while_it_lasts(self, scenario):
        """The time in which something is broken: as long as was asked for, and until what must go on has been seen to."""
        until = time.monotonic() + (scenario.hold if self.hold is None else self.hold)
        if scenario.writes:
            self.await_writes()
        if scenario.reads:
            self.checker.await_answers(PATIENCE)
        while time.monotonic() < until and not self.checker.wrong:
            time.sleep(0.1)

    def await_writes(self):
        """Until each sender has more acknowledged than there is now."""
        want = [int(time.time()) + 1] * len(self.load.senders)
        wait_until(lambda: all(s.hopeless or s.acked >= w for s, w in zip(self.load.senders, want)), PATIENCE,
                   lambda: f"acknowledgements: {[s.acked for s in self.load.senders]} of {want}; refused: {self.load.senders[0].refused[-3:]}")

    def never(self):
        """What may not be, whenever it was seen; told once."""
        found = [f"wrong answer: {one}" for one in self.checker.wrong[:3]]
        found += [f"refused for good: {one}" for s in self.load.senders for one in s.hopeless[:3]]
        for run in self.runs:
            firing, resolved = told(self.cluster.people, run)
            if firing > 1 or resolved > 1:
                found.append(f"people were told {firing} times of the alert of {run}, and {resolved} times that it is over: {history(self.cluster.people, run)}")
                self.runs.remove(run)
        self.checker.wrong.clear()
        for sender in self.load.senders:
            sender.hopeless.clear()
        return found

    def end(self, failed):
        self.checker.stop()
        self.load.stop()
        self.cluster.end(keep=failed)
        if failed:
            print(f"logs are in {self.cluster.folder}")


def chosen(arguments):
    if arguments.only:
        unknown = [name for name in arguments.only if name not in scenarios.ALL]
        if unknown:
            sys.exit(f"no scenario {', '.join(unknown)}; --list says which there are")
        return [scenarios.ALL[name] for name in arguments.only]
    return [s for s in scenarios.ALL.values() if not arguments.short or s.short]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print the scenarios")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these scenarios alone, in this order")
    parser.add_argument("--short", action="store_true", help="those of the short campaign")
    parser.add_argument("--seconds", type=float, default=0, help="begin no scenario after so many seconds; begin anew before (default: each once)")
    parser.add_argument("--hold", type=float, help="how many seconds something stays broken at least (15; etcd for ten minutes)")
    parser.add_argument("--seed", default="", help="chooses order and victims (random)")
    parser.add_argument("--s3", action="store_true", help="buckets in a real S3 store, as tests/services starts it, instead of a shared folder")
    parser.add_argument("--write", action="store_true", help="write the table of docs/reliability.md")
    arguments = parser.parse_args()
    if arguments.list:
        for one in scenarios.ALL.values():
            print(f"{one.name:24} {'short' if one.short else '':6}{'s3' if one.s3 else '':4}{one.text}")
        return 0
    wanted = chosen(arguments)
    network.enter()

    seed = arguments.seed or str(random.SystemRandom().randrange(10**6))
    s3 = arguments.s3 or bool(arguments.only) and any(one.s3 for one in wanted)
    wanted = [one for one in wanted if s3 or not one.s3]
    dice, began, results = random.Random(seed), time.monotonic(), []
    print(f"seed {seed}; the same again: ./dev faults {' '.join(sys.argv[1:])}{'' if arguments.seed else f' --seed {seed}'}", flush=True)
    campaign = Campaign(seed, arguments.hold, s3)
    print(f"a cluster of {len(campaign.cluster.instances)} processes runs after {time.monotonic() - began:.0f}s", flush=True)
    try:
        again = True
        while again:
            order = list(wanted)
            if not arguments.only:
                dice.shuffle(order)
            for scenario in order:
                if arguments.seconds and results and time.monotonic() - began > arguments.seconds:
                    again = False
                    break
                results.append(campaign.run(scenario))
                print(results[-1].line(), flush=True)
            again = again and bool(arguments.seconds)
    finally:
        failed = any(result.failures for result in results) or not results
        campaign.end(failed)
    if arguments.write:
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True).stdout.strip()
        report.write(ROOT / "docs/reliability.md", report.table(results, seed, commit))
    print(f"{sum(not r.failures for r in results)} held, {sum(bool(r.failures) for r in results)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
