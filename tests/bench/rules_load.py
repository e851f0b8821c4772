#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many rule groups at once: are iterations missed, and what do they cost?

usage: KVASIR_BUILD=build/release python3 tests/bench/rules_load.py [--groups 1000] [--rules 20] [--series 10000] [--minutes 3]
"""
import argparse
import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import Kvasir, http  # noqa: E402

TENANT = "load"
# What people write: rates by label, ratios, comparisons.
EXPRESSIONS = ["sum by (pod) (rate(requests_total{{job=\"job{job}\"}}[5m]))", "sum(rate(requests_total{{job=\"job{job}\",code=\"500\"}}[5m])) / sum(rate(requests_total{{job=\"job{job}\"}}[5m]))",
               "max by (code) (requests_total{{job=\"job{job}\"}})", "count(requests_total{{job=\"job{job}\"}} > 10)"]


def group(g, n_rules):
    lines = [f"name: group{g}", "interval: 1m", "query_offset: 0s", "rules:"]
    for r in range(n_rules):
        expr = EXPRESSIONS[r % len(EXPRESSIONS)].format(job=(g + r) % 100)
        if r % 5 == 4:
            lines += [f"  - alert: A{g}_{r}", f"    expr: '{expr} > 1e12'", "    for: 5m"]
        else:
            lines += [f"  - record: g{g}:r{r}", f"    expr: '{expr}'"]
    return "\n".join(lines) + "\n"


def push(kvasir, n_series):
    now = int(time.time() * 1000)
    for first in range(0, n_series, 2000):
        series = [({"__name__": "requests_total", "job": f"job{i % 100}", "pod": f"pod{i // 100 % 20}", "code": "500" if i % 7 == 0 else "200", "i": str(i)},
                   [(now, now / 1000 + i)]) for i in range(first, min(first + 2000, n_series))]
        reply = kvasir.push(series, tenant=TENANT)
        assert reply.status == 200, reply.text


def total(page, name):
    return sum(float(v) for v in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", page, re.M))


def main():
    parser = argparse.ArgumentParser()
    for name, default in (("groups", 1000), ("rules", 20), ("series", 10_000), ("minutes", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    with Kvasir() as kvasir:
        stopping = threading.Event()

        def feed():
            while not stopping.wait(15):
                push(kvasir, args.series)
        push(kvasir, args.series)
        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            began = time.monotonic()
            for g in range(args.groups):
                reply = http(kvasir.url(f"/prometheus/config/v1/rules/ns{g // 50}"), "POST", group(g, args.rules).encode(), {"X-Scope-OrgID": TENANT})
                assert reply.status == 202, reply.text
            print(f"stored {args.groups} groups of {args.rules} rules in {time.monotonic() - began:.1f}s", flush=True)
            time.sleep(60)  # Every group has had its first turn.
            before = kvasir.get("/metrics", tenant=None).text
            time.sleep(args.minutes * 60)
            after = kvasir.get("/metrics", tenant=None).text
            grown = lambda name: total(after, name) - total(before, name)
            evaluations = grown("cortex_prometheus_rule_evaluations_total")
            cpu = grown("process_cpu_seconds_total")
            print(f"iterations {grown('cortex_prometheus_rule_group_iterations_total'):.0f}, "
                  f"missed {grown('cortex_prometheus_rule_group_iterations_missed_total'):.0f}, "
                  f"evaluations {evaluations:.0f}, failed {grown('cortex_prometheus_rule_evaluation_failures_total'):.0f}")
            print(f"CPU of the server {cpu:.1f}s in {args.minutes} min, {1e3 * cpu / max(evaluations, 1):.2f} ms an evaluation, writes of samples included")
        finally:
            stopping.set()
            feeder.join()


main()
